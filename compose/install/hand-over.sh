# From here the command that was asked for goes on in this process.

case "$command" in
  demo) exec .venv/bin/appliance demo "$@" ;;
  test) exec bash "$steps/run-tests.sh" "$@" ;;
  install | voice)
    say 'done. Next:'
    printf '   %s\n' \
      './install.sh demo           see it work, with a demo shop' \
      '.venv/bin/appliance up      start it' \
      '.venv/bin/appliance doctor  look whether all is well'
    ;;
esac
