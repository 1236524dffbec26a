# An unpacked bundle brings the packages: pip then asks no registry at all, here and in whatever this calls.

if [ -e bundle/manifest.json ] && [ -d bundle/wheels ]; then
  say 'packages come from the bundle in this folder; nothing is asked of a network'
  export PIP_NO_INDEX=1
  PIP_FIND_LINKS=$("$python" -c 'import pathlib; print(pathlib.Path("bundle/wheels").resolve().as_uri())')
  export PIP_FIND_LINKS
fi
