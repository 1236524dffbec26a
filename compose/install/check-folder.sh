# Everything that is installed goes into .venv of this folder; somebody else's .venv cannot be changed.

[ -w . ] || fail "$PWD cannot be written by $(id -un)" "run as its owner, or copy the folder to a place of your own"
if [ -e .venv ] && [ ! -w .venv ]; then
  fail "$PWD/.venv belongs to $(stat -c %U .venv)" "run as that user, or have it removed: rm -rf '$PWD/.venv'"
fi
