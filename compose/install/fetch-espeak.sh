#!/usr/bin/env bash
# Puts the library of eSpeak NG 1.52 and its data into .espeak-ng, where the worker loads it (python -m models.tts.espeak).
# Prints the folder; or why it is not here, and ends with 1. Does nothing if it is current.
#
# It is GPL-3 and no part of the product: the wheel is unpacked beside it, and nothing is imported from it.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
source compose/install/read-refusal.sh
wheel=espeakng-loader==0.2.4
folder=.espeak-ng

not_here() {
  printf '%s\n' "$1"
  exit 1
}

if [ ! -e "$folder/installed" ] || [ "$(cat "$folder/installed")" != "$wheel" ]; then
  rm -rf -- "$folder"
  mkdir -- "$folder"
  .venv/bin/python -m pip --disable-pip-version-check install --no-input --no-compile --no-deps --only-binary :all: \
    --progress-bar off --target "$folder" "$wheel" >"$folder/install.log" 2>&1 ||
    not_here "the package registry does not give it: $(refusal "$folder/install.log")"
  [ -e "$folder/espeakng_loader/libespeak-ng.so.1" ] || not_here "$wheel holds no library for $(uname -m)"
  printf '%s\n' "$wheel" >"$folder/installed"
fi
printf '%s\n' "$PWD/$folder/espeakng_loader"
