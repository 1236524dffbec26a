#!/usr/bin/env bash
# Makes what secrets.list calls random, copies what it calls a copy, and says what is still to be given. Again changes nothing
# but copies that differ from their original. As root: each file belongs to the user of its container.
set -euo pipefail
umask 077
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
folder=${1:-secrets}

fail() {
  printf 'FAIL: %s. Cure: %s\n' "$1" "$2" >&2
  exit 1
}

[ "$(id -u)" = 0 ] || fail 'only root may give files to the users of containers' "run: sudo $0"
mkdir -p "$folder"

# Whole or not at all: a container that starts meanwhile must not read a half.
put() { # NAME OWNER, from standard input
  cat >"$folder/.$1.new"
  chown "$2:$2" "$folder/.$1.new"
  chmod 0400 "$folder/.$1.new"
  mv -- "$folder/.$1.new" "$folder/$1"
}

missing=()
while read -r name owner kind original; do
  case $kind in
    random) [ -s "$folder/$name" ] || head -c 32 /dev/urandom | base64 | tr -d '\n=' | tr '+/' '-_' | put "$name" "$owner" ;;
    copy) cmp -s "$folder/$original" "$folder/$name" || put "$name" "$owner" <"$folder/$original" ;;
    given)
      if [ -s "$folder/$name" ]; then
        chown "$owner:$owner" "$folder/$name"
        chmod 0400 "$folder/$name"
      else
        missing+=("$name")
      fi
      ;;
    *) fail "secrets.list: $name is neither random, copy nor given" 'mend that line' ;;
  esac
done < <(grep -v '^#' secrets.list)

[ ${#missing[@]} = 0 ] ||
  fail "still to be given: ${missing[*]}" "put them into $PWD/$folder (docs/deployment.md says with which names), then run this again"
