# What was asked for: install (default), uninstall, voice, demo or test. The rest of the words belong to the command.

usage() { sed -n '2,/^set/p' install.sh | sed '/^set/d; s/^# \{0,1\}//'; }

command=install
case "${1:-}" in
  '' | --answers | --print-answers | --dry-run) ;;
  install | uninstall)
    command=$1
    shift
    ;;
  demo | test | voice)
    command=$1
    shift
    ;;
  -h | --help)
    usage
    exit 0
    ;;
  *) fail "there is no command '$1'" "./install.sh --help lists them" ;;
esac

# What is printed then is a file.
case " $* " in
  *' --print-answers '*) say() { printf '== %s\n' "$*" >&2; } ;;
esac
