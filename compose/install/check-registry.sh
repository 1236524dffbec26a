# Sets $wanted: what .venv must hold, as one hash. Asks the package registry for one small package, if any is needed.

constraints=$steps/constraints.txt
case "$command" in
  test) extras='[test,voice]' ;;
  voice) extras='[voice]' ;;
  *) extras= ;;
esac

# What runs in the browser is built when the package is installed, so its sources count, too.
pages=
[ ! -d appliance/console ] || pages=$(bash "$steps/build-console.sh" fingerprint)

# The tests' packages hold the product's too, so a .venv made for them serves both.
wanted=$({ cat pyproject.toml "$constraints"; "$python" --version; pwd; echo "$pages"; } | sha256sum | cut -d' ' -f1)
is_current() {
  [ -x .venv/bin/appliance ] && [ -e .venv/installed ] || return 1
  local has
  read -r has <.venv/installed
  case "$has" in
    "$wanted [test,voice]") ;;
    "$wanted [voice]") [ "$command" != test ] ;;
    "$wanted") [ -z "$extras" ] ;;
    *) return 1 ;;
  esac
}

if ! is_current && [ -z "${PIP_NO_INDEX:-}" ] && "$python" -m pip --version >/dev/null 2>&1; then
  say 'asking the package registry'
  scratch=$(mktemp -d)
  small=$(grep -i '^click==' "$constraints")
  # Without -vv it does not say that it was refused, only that there is nothing.
  "$python" -m pip --disable-pip-version-check download -vv --no-input --no-deps --retries 1 --dest "$scratch" \
    "$small" >"$scratch/log" 2>&1 ||
    fail "the package registry does not give $small: $(refusal "$scratch/log")" "$(cure_of_refusal "$scratch/log")"
  rm -rf -- "$scratch"
fi
