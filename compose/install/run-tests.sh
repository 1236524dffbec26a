#!/usr/bin/env bash
# Every gate, one after another; a failing one does not hide the next. Ends with pytest's own summary line.
#
#   run-tests.sh          what a change must pass
#   run-tests.sh --all    the long ones too, at sizes that fit an hour; whatever else touches the database on two PostgreSQLs
#   run-tests.sh --soak   the same at full size, which takes as long as it takes; see run-soak.sh
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit
steps=compose/install
export PATH="$PWD/.venv/bin:$PATH"

is_all=yes
selection=()
case "$*" in
  '')
    is_all=no
    selection=(-m 'not slow')
    ;;
  --all) selection=(-m 'not soak') ;;
  --soak) exec bash "$steps/run-soak.sh" ;;
  *)
    printf "FAIL: there is no option '%s'. Cure: --all, --soak, or none\n" "$*" >&2
    exit 2
    ;;
esac

printf '== what the tests need beside .venv\n'
source "$steps/fetch-test-parts.sh"

failed=()
gate() {
  printf '== %s\n' "$*"
  "$@" || failed+=("$*")
}

gate ruff check .
gate ruff format --check .
gate mypy
gate bash "$steps/build-console.sh" check
await_environments

# One more than there are cores: whole calls and the start of servers wait most of their time.
processes=$(($(nproc) + 1))
[ "$processes" -le 4 ] || processes=4

printf '== pytest\n'
said=$(mktemp)
trap 'rm -f -- "$said"' EXIT
pytest -q -n "$processes" --durations 25 "${selection[@]}" | tee "$said"
code=${PIPESTATUS[0]}

# What failed before is said here, where it is seen; then pytest's last line again, because it is what machines read.
if [ "${#failed[@]}" -gt 0 ]; then
  for each in "${failed[@]}"; do
    printf "FAIL: '%s' found faults. Cure: run it alone (after: source .venv/bin/activate) and mend what it names\n" "$each" >&2
  done
  tail -n 1 "$said"
  exit 1
fi
exit "$code"
