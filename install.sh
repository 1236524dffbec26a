#!/usr/bin/env bash
# Installs the appliance on this machine. Each step is one file in compose/install/: first only look, then touch.
#
#   ./install.sh [--answers FILE] [--dry-run]   install for real, or upgrade what is installed (docs/installation.md)
#   ./install.sh --print-answers a file with every question that an installation asks
#   ./install.sh uninstall [--destroy-keys]   take the service away; with its keys and data, if asked
#   ./install.sh voice           install what takes calls, too, with engines that hear and speak (docs/phone.md)
#   ./install.sh demo [--exit]   install, then play a demonstration that checks itself
#   ./install.sh test [--all | --soak]   install what the tests need, then run them
set -Eeuo pipefail
# What is installed here is run by a user of its own; what nobody else may read gets modes of its own.
umask 022
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
steps=compose/install

source "$steps/say-things.sh"
source "$steps/read-command.sh"
source "$steps/read-refusal.sh"

# Look
source "$steps/check-platform.sh"
source "$steps/check-python.sh"
source "$steps/look-around.sh"
source "$steps/check-folder.sh"
source "$steps/check-disk.sh"
source "$steps/use-bundle.sh"
source "$steps/check-registry.sh"

# Touch
source "$steps/lock-folder.sh"
source "$steps/make-venv.sh"
source "$steps/trim-venv.sh"
source "$steps/add-voice.sh"
source "$steps/compile-python.sh"
source "$steps/train-model.sh"
source "$steps/report-size.sh"
source "$steps/report-state.sh"

# Hand over
source "$steps/hand-over.sh"
