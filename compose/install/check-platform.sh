# The packages come as built wheels for Linux with glibc, on x86_64 and aarch64.

[ "$(uname -s)" = Linux ] || fail "expected Linux, found $(uname -s)" "install on a Linux machine"
case "$(uname -m)" in
  x86_64 | aarch64) ;;
  *) fail "expected x86_64 or aarch64, found $(uname -m)" "install on such a machine" ;;
esac
getconf GNU_LIBC_VERSION >/dev/null 2>&1 ||
  fail "expected glibc, found another C library" "use a distribution with glibc (Debian, Ubuntu, RHEL, openEuler, Kylin)"
