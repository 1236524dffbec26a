# From here the command that was asked for goes on in this process; it has locks of its own.

exec 9<&-

case "$command" in
  demo) exec .venv/bin/appliance demo "$@" ;;
  test) exec bash "$steps/run-tests.sh" "$@" ;;
  install) exec .venv/bin/python -P -m appliance.setup install "$@" ;;
  voice)
    say 'done. Next:'
    [ "$command" = install ] || printf '   %s\n' \
      '.venv/bin/appliance selftest voice   speak, hear and hold calls, with nothing of yours in it' \
      'docs/phone.md                        how calls come in'
    printf '   %s\n' \
      './install.sh demo           see it work, with a demo shop' \
      '.venv/bin/appliance up      start it' \
      '.venv/bin/appliance doctor  look whether all is well'
    ;;
esac
