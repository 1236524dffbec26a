#!/usr/bin/env bash
# A program of Debian's for the tests. Where the system lacks it, its packages are downloaded and unpacked into the user's
# cache, once: no root rights, and nothing of the system is touched.
#
#   fetch-from-debian.sh PROGRAM PACKAGE...    PROGRAM is its path in the first package, such as usr/bin/shellcheck
#
# Prints the folder that PROGRAM is found in ("/" is the system's own), or why it is not here, and then ends with 1.
set -uo pipefail

program=$1
shift
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/aftersales-appliance/debian
release=$(. /etc/os-release 2>/dev/null && printf '%s' "${VERSION_CODENAME:-unknown}")
folder=$cache/$release-$(uname -m)/$1

not_here() {
  printf '%s\n' "$1"
  exit 1
}

# What it links, and the system may lack, lies beside it. The library of sound finds its own by a fixed path. Some programs
# know -v alone.
runs() {
  local libraries=("$1"/usr/lib/*-linux-gnu)
  local -x LD_LIBRARY_PATH=${libraries[0]}:${libraries[0]}/pulseaudio
  "$1/$program" --version >/dev/null 2>&1 || "$1/$program" -v >/dev/null 2>&1
}

for found in / "$folder"; do
  if runs "$found"; then
    printf '%s\n' "$found"
    exit 0
  fi
done
command -v apt-get >/dev/null && command -v dpkg >/dev/null || not_here 'apt-get is not there'

mkdir -p "$cache/lists/partial" "$cache/archives/partial" || not_here "$cache cannot be written"
scratch=$(mktemp -d "$cache/.fetching-XXXXXX") || not_here "$cache cannot be written"
trap 'rm -rf -- "$scratch"' EXIT
tree=$scratch/tree
mkdir "$tree"

options=(-qq -o "APT::Sandbox::User=$(id -un)" -o Acquire::Retries=0 -o Acquire::http::Timeout=15
  -o Acquire::https::Timeout=15 -o "Dir::Cache=$cache" -o Debug::NoLocking=true)

# The packages, and the libraries that they need and this system lacks. Two are left out: what only compiles queries, which
# is switched off, and another libc, which would not fit this system's loader.
wanted() {
  printf '%s\n' "$@"
  apt-get "${options[@]}" -s install --no-install-recommends "$@" 2>/dev/null |
    awk '$1 == "Inst" && $2 ~ /^lib/ && $2 !~ /^lib(c6|c-|llvm|z3|perl)|-(perl|dev|bin)$/ { print $2 }'
}

download() {
  local names
  mapfile -t names < <(wanted "$@" | sort -u)
  (cd "$scratch" && rm -f -- *.deb && timeout 300 apt-get "${options[@]}" download "${names[@]}") >/dev/null 2>&1
}

refresh_lists() {
  options+=(-o "Dir::State::Lists=$cache/lists")
  timeout 120 apt-get "${options[@]}" update >/dev/null 2>&1
}

why_not() {
  local package
  if [ -n "$(find "$cache/lists" -name '*_Packages*' -print -quit)" ]; then
    for package in "$@"; do
      apt-cache "${options[@]}" show "$package" >/dev/null 2>&1 || not_here "$release has no package $package"
    done
  fi
  not_here 'the package registry does not answer'
}

# With the system's package lists first; with fresh ones of our own where those are missing or old.
download "$@" || { refresh_lists; download "$@"; } || why_not "$@"

for package in "$scratch"/*.deb; do
  dpkg -x "$package" "$tree" || not_here "${package##*/} cannot be unpacked"
done
runs "$tree" || not_here "$program was fetched and does not run"
mkdir -p "${folder%/*}"
rm -rf -- "$folder"
mv -T -- "$tree" "$folder" 2>/dev/null || runs "$folder" || not_here "$folder cannot be written"
printf '%s\n' "$folder"
