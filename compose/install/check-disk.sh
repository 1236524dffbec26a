# Room for the packages and for the download beside them; less when they are there already.

needed_mb=1500
[ ! -e .venv/installed ] || needed_mb=300
free_mb=$(df -Pm . | awk 'NR == 2 { print $4 }')
[ "$free_mb" -ge "$needed_mb" ] ||
  fail "expected at least $needed_mb MB free in $PWD, found $free_mb MB" "make room, or install on another disk"
