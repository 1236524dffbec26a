#!/usr/bin/env bash
# Asterisk for the tests, from Debian's unstable: no release of Debian's has one that speaks chan_websocket. With every library it
# needs, its own libc and loader included, it is unpacked into the user's cache, once: no root rights, and nothing of the system is touched.
#
# Prints the folder that holds it, or why it is not here, and then ends with 1. In that folder:
#   usr/lib64/ld-linux-*.so.* --library-path usr/lib/*-linux-gnu usr/sbin/asterisk
set -uo pipefail

cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/aftersales-appliance/debian
folder=$cache/sid-$(uname -m)/asterisk

not_here() {
  printf '%s\n' "$1"
  exit 1
}

runs() {
  local loaders=("$1"/usr/lib*/ld-linux-*.so.*) libraries=("$1"/usr/lib/*-linux-gnu)
  "${loaders[0]}" --library-path "${libraries[0]}" "$1/usr/sbin/asterisk" -V >/dev/null 2>&1
}

if runs "$folder"; then
  printf '%s\n' "$folder"
  exit 0
fi
command -v apt-get >/dev/null && command -v dpkg >/dev/null || not_here 'apt-get is not there'
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -m 1 '/debian/*$') ||
  not_here 'no source of Debian packages is set'

mkdir -p "$cache" || not_here "$cache cannot be written"
scratch=$(mktemp -d "$cache/.fetching-XXXXXX") || not_here "$cache cannot be written"
trap 'rm -rf -- "$scratch"' EXIT
mkdir -p "$scratch"/{tree,lists/partial,archives/partial}
: >"$scratch/status"
printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s sid main\n' "$mirror" >"$scratch/sources.list"

# Nothing is installed in its eyes, so that nothing of this system's is taken for it. A mirror that stands still is signed all the same.
options=(-qq -y -o "APT::Sandbox::User=$(id -un)" -o Acquire::Retries=0 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15
  -o Acquire::Check-Valid-Until=false -o Debug::NoLocking=true -o APT::Install-Recommends=false -o "Dir::State=$scratch"
  -o "Dir::State::status=$scratch/status" -o "Dir::State::lists=$scratch/lists" -o "Dir::Cache=$scratch"
  -o "Dir::Cache::archives=$scratch/archives" -o "Dir::Etc::sourcelist=$scratch/sources.list" -o Dir::Etc::sourceparts=-
  -o Dir::Etc::preferencesparts=-)
timeout 120 apt-get "${options[@]}" update >/dev/null 2>&1 || not_here 'the package registry does not answer'
timeout 300 apt-get "${options[@]}" --download-only install asterisk >/dev/null 2>&1 || not_here 'sid gives no package asterisk'
for package in "$scratch"/archives/*.deb; do
  dpkg -x "$package" "$scratch/tree" || not_here "${package##*/} cannot be unpacked"
done
rm -rf -- "$scratch"/tree/usr/share/{doc,man,locale,perl}

runs "$scratch/tree" || not_here 'asterisk was fetched and does not run'
mkdir -p "${folder%/*}"
rm -rf -- "$folder"
mv -T -- "$scratch/tree" "$folder" 2>/dev/null || runs "$folder" || not_here "$folder cannot be written"
printf '%s\n' "$folder"
