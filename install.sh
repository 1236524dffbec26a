#!/usr/bin/env bash
# Installs the appliance on this machine. Each step is one file in compose/install/: first only look, then touch.
#
#   ./install.sh                 install, and say what to do next
#   ./install.sh voice           install what takes calls, too (docs/phone.md)
#   ./install.sh demo [--exit]   install, then play a demonstration that checks itself
#   ./install.sh test [--all | --soak]   install what the tests need, then run them
set -Eeuo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
steps=compose/install

source "$steps/say-things.sh"
source "$steps/read-command.sh"

# Look
source "$steps/check-platform.sh"
source "$steps/check-python.sh"
source "$steps/check-folder.sh"
source "$steps/check-disk.sh"
source "$steps/check-registry.sh"

# Touch
source "$steps/make-venv.sh"
source "$steps/trim-venv.sh"
source "$steps/add-voice.sh"
source "$steps/train-model.sh"
source "$steps/report-size.sh"
source "$steps/report-state.sh"

# Hand over
source "$steps/hand-over.sh"
