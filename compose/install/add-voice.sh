# What takes calls needs two small models, too.

if [ "$command" = voice ]; then
  said=$(bash "$steps/fetch-voice-models.sh") ||
    fail "$said" "check 'pip config list' and the network, then run ./install.sh voice again"
fi
