# How every step speaks: one line when it begins, one line with a cure when it fails.

say() { printf '== %s\n' "$*"; }

# fail WHAT CURE
fail() {
  printf 'FAIL: %s. Cure: %s\n' "$1" "$2" >&2
  exit 1
}

on_error() {
  printf 'FAIL: %s:%s: a command ended with %s. Cure: read what stands above, then run ./install.sh again\n' \
    "$1" "$2" "$3" >&2
}
trap 'on_error "${BASH_SOURCE[0]##*/}" "$LINENO" "$?"' ERR
