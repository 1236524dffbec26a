#!/usr/bin/env bash
# Every gate, one after another; a failing one does not hide the next. Ends with pytest's own summary line.
#
#   run-tests.sh          what a change must pass
#   run-tests.sh --all    the long ones too
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit
export PATH="$PWD/.venv/bin:$PATH"

selection=(-m 'not slow')
for word in "$@"; do
  case "$word" in
    --all) selection=() ;;
    *)
      printf "FAIL: there is no option '%s'. Cure: --all, or none\n" "$word" >&2
      exit 2
      ;;
  esac
done

failed=0
gate() {
  printf '== %s\n' "$*"
  "$@" || {
    printf 'FAIL: %s. Cure: run it alone (after: source .venv/bin/activate) and mend what it names\n' "$*" >&2
    failed=1
  }
}

gate ruff check .
gate ruff format --check .
gate mypy
printf '== pytest\n'
pytest -q "${selection[@]}" || failed=1
exit "$failed"
