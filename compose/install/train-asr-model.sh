#!/usr/bin/env bash
# Makes models/asr/selftest/model again, in which the self-test model for speech lies: sentences, recordings of them by
# eSpeak NG, training. Words: minutes of training (120), processes (2). What was begun in var/asr is gone on with; remove
# that folder to begin anew. Two idle cores need about 10 minutes for the recordings.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
minutes=${1:-120}
processes=${2:-2}
parts=14
work=var/asr
model=models/asr/selftest/model
export OMP_WAIT_POLICY=passive OMP_NUM_THREADS=1

python=$(bash compose/install/make-asr-venv.sh) || {
  printf 'FAIL: FunASR is not here: %s\n' "$python" >&2
  exit 1
}
mkdir -p "$work/recordings" "$work/model" "$model"

printf '== what is said\n'
"$python" -m models.asr.selftest.sentences "$work/sentences.jsonl"

printf '== recordings, in %s parts\n' "$parts"
record() {
  for ((part = $1; part < parts; part += processes)); do
    [ -e "$work/recordings/part-$(printf '%02d' "$part").pt" ] ||
      nice -n 5 "$python" -m models.asr.selftest.recordings "$work/sentences.jsonl" "$work/recordings" "$part" "$parts"
  done
}
for ((rank = 0; rank < processes; rank++)); do record "$rank" & done
wait

printf '== training, for %s minutes\n' "$minutes"
[ -e "$work/model/tokens.json" ] ||
  "$python" -m models.asr.selftest.build "$work/sentences.jsonl" "$work/recordings" "$work/model"
export MASTER_ADDR=127.0.0.1 MASTER_PORT="${MASTER_PORT:-29613}" WORLD_SIZE="$processes"
for ((rank = 0; rank < processes; rank++)); do
  RANK=$rank nice -n 5 "$python" -m models.asr.selftest.train "$work/recordings" "$work/model" "$minutes" &
done
wait

printf '== which character follows which\n'
"$python" -m models.asr.selftest.language "$work/model"

cp "$work"/model/{config.yaml,am.mvn,tokens.json,model.pt,language.npz} "$model/"
.venv/bin/python -c 'import sys; from pathlib import Path; from models.catalog import manifest; manifest.write(Path(sys.argv[1]))' "$model"
printf '== how well it hears what was held back\n'
"$python" -m models.asr.selftest.report "$model"
