# What it takes on this disk, so that nobody has to measure.

say "installed in $PWD: $(du -sm . | cut -f1) MB, of it .venv $(du -sm .venv | cut -f1) MB"
