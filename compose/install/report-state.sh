# Where data and keys are kept, and whether they go when this folder goes: nobody should find that out afterwards.

# Tests make and remove their own, and an installation says it itself.
state_dir=
[ "$command" = test ] || [ "$command" = install ] || state_dir=$(.venv/bin/appliance config show | sed -n 's/^state_dir = "\(.*\)"$/\1/p') || true
case "$state_dir" in
  '') ;; # a test, or settings that are refused, which was just said
  "$PWD"/*) say "data and keys are kept in $state_dir: they go when this folder is deleted" ;;
  *)
    say "data and keys are kept in $state_dir: they stay when this folder is deleted"
    printf '   %s\n' "to remove them for good: .venv/bin/appliance down && rm -rf '$state_dir'"
    ;;
esac
