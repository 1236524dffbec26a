# Why a package registry gave nothing, read out of what pip or npm wrote: both name the reason somewhere, and end with another
# line. Sourced by each step that asks one.
#
#   refusal LOG            on one line
#   cure_of_refusal LOG    what to do about it, for the one who reads that line

# Its kind, and the words that show it, on two lines. The first that is found counts: where a proxy lets nothing through, no
# package is found either.
kind_of_refusal() {
  local kind words
  while read -r kind words; do
    ! grep -qE -- "$words" "$1" || break
  done <<'EOF'
proxy ProxyError|Cannot connect to proxy|Tunnel connection failed|407 Proxy Authentication
certificate CERTIFICATE_VERIFY_FAILED|[Ss]elf[-_ ]signed|SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_(HAS_EXPIRED|NOT_YET_VALID)|ERR_TLS_CERT
credentials error code E40[13]|40[13] Client Error|40[13] (Unauthorized|Forbidden)
name Name or service not known|failure in name resolution|No address associated|Failed to resolve|ENOTFOUND|EAI_AGAIN
away ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|E(HOST|NET)UNREACH|ERR_SOCKET_TIMEOUT|Connection (refused|reset)|[Tt]imed out|unreachable|No route to host
unwell error code E5[0-9][0-9]|5[0-9][0-9] (Server Error|error responses)
changed EINTEGRITY|DO NOT MATCH THE HASHES
full ENOSPC|No space left
absent error code E404|ETARGET|404 Client Error|No matching distribution
other .
EOF
  printf '%s\n%s\n' "$kind" "$words"
}

# words_of_refusal LOG WORDS: the program's own line, with an address where one has it, and without what may be a password.
words_of_refusal() {
  local found said
  found=$(grep -E -- "$2" "$1") || found=
  said=$(grep -m 1 -E 'Could not fetch URL|reason: |npm (error|ERR!) [0-9]{3} ' <<<"$found" ||
    grep -m 1 'connection broken by' <<<"$found" || grep -m 1 '^ERROR' "$1" ||
    grep -E '^npm (error|ERR!) ' "$1" | grep -m 1 -vE '(error|ERR!) (code|errno|syscall) ' || tail -n 1 "$1")
  sed -E 's#//[^@/ ]*@#//#g; s/^npm (error|ERR!) //; s/^Could not fetch URL //; s/ - skipping$//; s/.*connection broken by //' \
    <<<"$said" | cut -c1-300
}

refusal() {
  local found what
  mapfile -t found < <(kind_of_refusal "$1")
  case "${found[0]}" in
    proxy) what='the proxy does not let it through: ' ;;
    certificate) what='the certificate of what answers is not trusted: ' ;;
    credentials) what='it wants another user and password: ' ;;
    name) what='its name is not found: ' ;;
    away) what='nothing answers there: ' ;;
    unwell) what='it fails by itself: ' ;;
    changed) what='it gives other files than were pinned: ' ;;
    full) what='the disk is full: ' ;;
    absent) what='it does not have that: ' ;;
    *) what= ;;
  esac
  printf '%s%s\n' "$what" "$(words_of_refusal "$1" "${found[1]}")"
}

cure_of_refusal() {
  local found
  mapfile -t found < <(kind_of_refusal "$1")
  case "${found[0]}" in
    proxy) echo 'export HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, and as NO_PROXY what is reached without it' ;;
    certificate)
      echo 'export PIP_CERT and NODE_EXTRA_CA_CERTS, both naming the file of the authority that signed it (a proxy that' \
        'opens TLS has one of its own)'
      ;;
    credentials)
      echo "for pip into ~/.netrc ('machine HOST login USER password PASSWORD'), for npm into ~/.npmrc" \
        "('//HOST/:_authToken=TOKEN')"
      ;;
    name | away)
      echo 'name a registry that this machine reaches, PIP_INDEX_URL for Python and NPM_CONFIG_REGISTRY for the pages, or' \
        'the way out as HTTPS_PROXY'
      ;;
    unwell) echo 'try again in a while, or tell whoever keeps it' ;;
    changed) echo 'ask whoever keeps that registry; do not go on without knowing why' ;;
    full) echo 'make room, also in TMPDIR' ;;
    absent) echo 'have it mirrored there, or name another registry: PIP_INDEX_URL for Python, NPM_CONFIG_REGISTRY for the pages' ;;
    *) echo "check the network, PIP_INDEX_URL ('pip config list') and NPM_CONFIG_REGISTRY" ;;
  esac
}
