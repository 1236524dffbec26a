"""Run where FunASR is: prints the share of characters that the self-test model gets wrong, of what it never learnt.

``hear.py EVERY [SUITE...]``: every so many of the sentences that were held back, and what callers of these cases say.
"""

import json
import sys
from pathlib import Path

import torch

from models.asr.launcher import SELF_TEST_MODEL
from models.asr.selftest.report import held_back, of_suite, rates_of

if __name__ == "__main__":
    torch.set_num_threads(1)
    texts = [*held_back()[:: int(sys.argv[1])], *(text for suite in sys.argv[2:] for text in of_suite(Path(suite)))]
    sys.stdout.write(json.dumps(rates_of(SELF_TEST_MODEL, texts)))
