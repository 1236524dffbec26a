"""What the tests say, by eSpeak NG over a telephone line: ``speak.py FOLDER``. Runs in FunASR's environment."""

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[2]))

from models.asr.selftest.telephone import Line, over_telephone
from models.asr.selftest.voice import Manner, Voice
from tests.asr.sentences import SENTENCES

if __name__ == "__main__":
    folder, voice = Path(sys.argv[1]), Voice()
    for name, text in SENTENCES.items():
        heard = over_telephone(voice.say(text, Manner(variant="+f2")), voice.rate_hz, Line(), seed=1)
        (folder / f"{name}.pcm").write_bytes((np.clip(heard, -1, 1) * 32767).astype("<i2").tobytes())
