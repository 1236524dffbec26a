# An installation for real looks at the whole machine first, and says all that it found at once; so does taking it away.

set_up() { PYTHONPATH=$PWD PYTHONDONTWRITEBYTECODE=1 "$python" -s -m appliance.setup "$@"; }

case "$command" in
  install)
    code=0
    set_up look "$@" || code=$?
    [ "$code" -ne 3 ] || exit 0 # only shown
    [ "$code" -eq 0 ] || exit "$code"
    ;;
  uninstall)
    code=0
    set_up uninstall "$@" || code=$?
    exit "$code"
    ;;
esac
