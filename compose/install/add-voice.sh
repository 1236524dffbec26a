# What takes calls needs two small models in its own process, and engines of speech, each of them outside .venv.

# add WHAT SCRIPT: one of them; says where it is.
add() {
  say "$1"
  said=$(bash "$steps/$2") || fail "$said" "check 'pip config list' and the network, then run ./install.sh voice again"
  [ -z "$said" ] || printf '   %s\n' "$said"
}

if [ "$command" = voice ]; then
  add 'two small models that tell speech and the end of a turn' fetch-voice-models.sh
  add 'eSpeak NG, which speaks' fetch-espeak.sh
  add 'FunASR for a CPU, which hears (1.4 GB, some minutes the first time)' make-asr-venv.sh
  say 'the recogniser has its self-test model: it understands no human caller until other models are there (docs/models.md)'
fi
