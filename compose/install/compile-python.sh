# Bytecode of all Python that the appliance runs, so that no process compiles anew what it imports: where services run,
# nothing can be written beside the sources. pip does not do it, because then its lists of files would depend on it, and
# with them the hashes that the console and the bill of materials show.

compile() { .venv/bin/python -m compileall -q -j 0 "$@" >>.venv/compile.log 2>&1; }

: >.venv/compile.log
if ! cmp -s .venv/installed .venv/compiled; then
  say 'compiling the packages (half a minute)'
  if compile "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("platlib"))')"; then
    cp .venv/installed .venv/compiled
  else
    say 'some files of packages were not compiled, and are at each start: read .venv/compile.log'
  fi
fi
compile -x node_modules appliance models security ||
  fail "sources were not compiled: $(tail -n 1 .venv/compile.log)" "read $PWD/.venv/compile.log; is the folder writable?"
