# What the tests need beside .venv: of Debian's, the small models of calls, eSpeak NG, vLLM and FunASR. What cannot be had is
# told to the tests, which say that it is not run. Reads $is_all; sets PATH, TEST_SHELLCHECK, TEST_VOICE_MODELS,
# TEST_OLDEST_POSTGRES, TEST_SOFTHSM, TEST_CHROMIUM, TEST_ESPEAK, TEST_VLLM and TEST_FUNASR.

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
  TEST_ESPEAK=$(bash "$steps/fetch-espeak.sh") || true
  export TEST_ESPEAK
  printf '== vLLM for a CPU, in .venv-vllm (some minutes and 3 GB the first time)\n'
  TEST_VLLM=$(bash "$steps/make-vllm-venv.sh") || true
  export TEST_VLLM
  printf '== FunASR for a CPU, in .venv-asr (some minutes and 1.4 GB the first time)\n'
  TEST_FUNASR=$(bash "$steps/make-asr-venv.sh") || true
  export TEST_FUNASR
fi
