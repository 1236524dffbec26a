#!/usr/bin/env bash
# Every gate at its full size, part by part, with a dated report in var/reports. A part that passed is not run again by the
# next call while the tree is the same, so a soak that was cut off goes on. Ends with 1 unless every part passed.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit
steps=compose/install
reports=var/reports
export PATH="$PWD/.venv/bin:$PATH"
is_all=yes
source "$steps/fetch-test-parts.sh"
await_environments

tree=$(find install.sh pyproject.toml appliance models security tests compose -type f ! -path '*/__pycache__/*' -print0 |
  sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)

# Sets $report: the one that was begun on this tree and is not finished, or a new one.
begin() {
  mkdir -p "$reports"
  local each
  for each in "$reports"/soak-*.md; do
    if grep -qs "^tree: $tree\$" "$each" && ! grep -q '^finished' "$each"; then
      report=$each
      printf '== going on with %s\n' "$report"
      return
    fi
  done
  report=$reports/soak-$(date +%Y-%m-%dT%H%M%S).md
  {
    printf '# Soak of %s\n\ntree: %s\n\n' "$(date +%F)" "$tree"
    printf 'machine: %s, %s cores, %s\n\n' "$(uname -m)" "$(nproc)" "$(python --version)"
    printf '| part | size | seconds | result | last line |\n| --- | --- | --- | --- | --- |\n'
  } >"$report"
  printf '== a new soak: %s\n' "$report"
}

# part NAME SIZE COMMAND...
part() {
  local name=$1 size=$2 log result=failed began=$SECONDS
  shift 2
  if grep -q "^| $name | .* | passed | " "$report"; then
    printf '== %s: passed before\n' "$name"
    return
  fi
  printf '== %s (%s)\n' "$name" "$size"
  log=${report%.md}/$name.log
  mkdir -p "${report%.md}"
  "$@" 2>&1 | tee "$log" && result=passed
  [ "$result" = passed ] || is_failed=yes
  printf '| %s | %s | %s | %s | %s |\n' "$name" "$size" "$((SECONDS - began))" "$result" \
    "$(tail -n 1 "$log" | tr '|' '/')" >>"$report"
}

properties() {
  pytest -q --hypothesis-profile=full "$@"
}

begin
is_failed=no
part lint full ruff check .
part format full ruff format --check .
part types full mypy
part pages full bash "$steps/build-console.sh" check
AUDIT_KILLS=$(python -c 'from tests.appliance.aftersales.cases.test_killed_at_every_step import FULL_SIZE as it; print(it)')
API_EXAMPLES=$(python -c 'from tests.appliance.channels.test_api_by_its_document import FULL_SIZE; print(FULL_SIZE)')
export AUDIT_KILLS API_EXAMPLES
for folder in tests/*/; do
  name=$(basename "$folder")
  [ "$name" = e2e ] || [ -z "$(find "$folder" -name 'test_*.py' -print -quit)" ] ||
    part "$name" 'full properties' properties "$folder"
done
part top 'full properties' properties tests/test_*.py
part e2e full pytest -q tests/e2e --ignore tests/e2e/test_storm.py
STORM_REFUNDS=$(python -c 'from tests.e2e.test_storm import FULL_SIZE; print(FULL_SIZE)')
STORM_SEED=$(date +%Y%m%d)
export STORM_REFUNDS STORM_SEED
part storm "$STORM_REFUNDS refunds, seed $STORM_SEED" pytest -q tests/e2e/test_storm.py

[ "$is_failed" = yes ] || printf '\nfinished: every part passed\n' >>"$report"
printf '== %s\n' "$report"
[ "$is_failed" = no ]
