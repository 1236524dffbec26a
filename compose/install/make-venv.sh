# Makes .venv and installs the product into it, at the versions of constraints.txt. Does nothing if it is current.

log=.venv/install.log

# A .venv that was moved or copied, whose Python is gone, or that was cut off before it had pip, starts over.
is_usable() {
  local prefix
  prefix=$(.venv/bin/python -c 'import sys; print(sys.prefix)' 2>/dev/null) && [ "$prefix" = "$PWD/.venv" ] &&
    .venv/bin/python -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' &&
    .venv/bin/python -m pip --version >/dev/null 2>&1
}

# Debian's Python comes without ensurepip: then another pip installs the first one.
make_venv() {
  rm -rf -- .venv
  if "$python" -m venv .venv >/dev/null 2>&1; then return; fi
  rm -rf -- .venv
  "$python" -m venv --without-pip .venv ||
    fail 'this Python cannot make a virtual environment' 'install its venv module (Debian: apt-get install python3-venv)'
  pip_from_bundle || "$python" -m pip --python .venv/bin/python install --quiet pip 2>/dev/null || pip_from_debian
}

# A bundle brings pip as a wheel, which can install itself.
pip_from_bundle() {
  local wheel
  wheel=$(find bundle/wheels -name 'pip-*.whl' -print -quit 2>/dev/null) && [ -n "$wheel" ] &&
    .venv/bin/python "$wheel/pip" install --quiet pip
}

# Without root: Debian's own pip wheel, unpacked beside, installs pip.
pip_from_debian() {
  local scratch wheel
  scratch=$(mktemp -d)
  (cd "$scratch" && apt-get download python3-pip-whl && dpkg -x python3-pip-whl_*.deb .) >/dev/null 2>&1 || true
  wheel=$(find "$scratch" -name 'pip-*.whl' -print -quit)
  if [ -z "$wheel" ] || ! .venv/bin/python "$wheel/pip" install --quiet pip; then
    fail 'this Python has neither ensurepip nor pip' 'install its venv module (Debian: apt-get install python3-venv)'
  fi
  rm -rf -- "$scratch"
}

# What the build of the pages said stands among pip's lines; it knows its own cure.
if_pages_failed() {
  local said
  said=$(grep -m 1 -o 'FAIL: .*' "$log") || return 1
  printf '%s\n' "$said" >&2
  exit 1
}

install_packages() {
  .venv/bin/python -m pip --disable-pip-version-check install --no-input --no-compile --progress-bar off \
    --constraint "$constraints" --editable ".$extras" >"$log" 2>&1 ||
    if_pages_failed || fail "the packages could not be installed: $(refusal "$log")" \
      "$(cure_of_refusal "$log"); then run ./install.sh again ($log has all that pip said)"
}

if ! is_current; then
  is_usable || { say 'making .venv' && make_venv; }
  say "installing $(grep -c == "$constraints") packages into .venv, and building the chat widget (a minute or two)"
  rm -f .venv/installed
  install_packages
  .venv/bin/appliance --version >/dev/null
  printf '%s%s\n' "$wanted" "${extras:+ $extras}" >.venv/installed
fi
