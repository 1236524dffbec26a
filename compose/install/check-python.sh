# Sets $python: the first of PYTHON, python3, python3.13 … python3.11 that is 3.11 or newer.

is_new_enough() {
  command -v -- "$1" >/dev/null 2>&1 && "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null
}

python=
for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
  if is_new_enough "$candidate"; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] ||
  fail "expected Python 3.11 or newer, found $(python3 --version 2>/dev/null || echo none)" \
    "install python3.11 with its venv module, or set PYTHON=/path/to/python"
say "$("$python" --version) ($(command -v -- "$python"))"
