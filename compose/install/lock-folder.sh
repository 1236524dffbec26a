# One installer works in this folder at a time. A program of one that was killed may still work: it holds the lock, too.

exec 9<.
flock --nonblock 9 || fail "another ./install.sh works in $PWD, or a program that it began" "wait for its end; 'fuser -v $PWD' names it"
