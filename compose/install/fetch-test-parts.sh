# What the tests need beside .venv: of Debian's, the small models of calls, eSpeak NG, vLLM and FunASR. What cannot be had is
# told to the tests, which say that it is not run. Reads $is_all; sets PATH, TEST_SHELLCHECK, TEST_VOICE_MODELS,
# TEST_OLDEST_POSTGRES, TEST_SOFTHSM, TEST_NFT, TEST_PROMTOOL, TEST_HAPROXY, TEST_SYSTEMD, TEST_DEPLOYMENT, TEST_CHROMIUM,
# TEST_ESPEAK, TEST_ASTERISK, and, once await_environments is done, TEST_VLLM and TEST_FUNASR.

# Every Python that a test starts would compile anew all that it imports: seconds for each of hundreds of processes.
unset PYTHONDONTWRITEBYTECODE

if TEST_SHELLCHECK=$(bash "$steps/fetch-from-debian.sh" usr/bin/shellcheck shellcheck); then
  PATH="$PATH:$TEST_SHELLCHECK/usr/bin"
fi
export PATH TEST_SHELLCHECK
TEST_VOICE_MODELS=$(bash "$steps/fetch-voice-models.sh") || true
export TEST_VOICE_MODELS

# Setting it makes whatever touches the database run on that server too.
if [ "$is_all" = yes ]; then
  oldest=$(python -c 'from appliance.db.migrate import OLDEST_SERVER; print(OLDEST_SERVER)')
  TEST_OLDEST_POSTGRES=$(bash "$steps/fetch-from-debian.sh" "usr/lib/postgresql/$oldest/bin/postgres" \
    "postgresql-$oldest" "postgresql-client-$oldest") || true
  export TEST_OLDEST_POSTGRES
  TEST_SOFTHSM=$(bash "$steps/fetch-from-debian.sh" usr/bin/softhsm2-util softhsm2) || true
  export TEST_SOFTHSM
  TEST_CHROMIUM=$(bash "$steps/fetch-from-debian.sh" usr/lib/chromium/chromium \
    chromium chromium-common fonts-noto-cjk) || true
  export TEST_CHROMIUM
  TEST_NFT=$(bash "$steps/fetch-from-debian.sh" usr/sbin/nft nftables) || true
  TEST_PROMTOOL=$(bash "$steps/fetch-from-debian.sh" usr/bin/promtool prometheus) || true
  TEST_HAPROXY=$(bash "$steps/fetch-from-debian.sh" usr/sbin/haproxy haproxy) || true
  TEST_SYSTEMD=$(bash "$steps/fetch-from-debian.sh" usr/bin/systemd-analyze systemd) || true
  TEST_DEPLOYMENT=$(bash "$steps/fetch-deployment-tools.sh") || true
  export TEST_NFT TEST_PROMTOOL TEST_HAPROXY TEST_SYSTEMD TEST_DEPLOYMENT
  TEST_ESPEAK=$(bash "$steps/fetch-espeak.sh") || true
  export TEST_ESPEAK
  TEST_ASTERISK=$(bash "$steps/fetch-asterisk.sh") || true
  export TEST_ASTERISK
  # These two wait for the registry most of the time: they are made beside the gates, and asked for after them.
  making=$(mktemp -d)
  printf '== beside what follows: vLLM and FunASR for a CPU, in .venv-vllm and .venv-asr (minutes and 4.4 GB the first time)\n'
  bash "$steps/make-vllm-venv.sh" >"$making/vllm" &
  bash "$steps/make-asr-venv.sh" >"$making/funasr" &
fi

await_environments() {
  [ "$is_all" = yes ] || return 0
  wait
  TEST_VLLM=$(cat "$making/vllm")
  TEST_FUNASR=$(cat "$making/funasr")
  export TEST_VLLM TEST_FUNASR
  rm -r -- "$making"
}
