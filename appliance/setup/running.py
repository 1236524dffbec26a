"""How the installer calls programs and tells what it does: each line on the terminal, and with its time in the log.

What a program prints goes into the log, unless it may hold a secret.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from appliance.setup.errors import StepFailed

_OWN_ERROR: Final = re.compile(r"^appliance: ", re.MULTILINE)
_MOST_WORDS: Final = 600
_TOOK_TOO_LONG: Final = 124
"""The exit code of timeout(1)."""


class Teller:
    def __init__(self, log: Path | None) -> None:
        self._log = log

    @property
    def place(self) -> str:
        """Where a person reads on."""
        return str(self._log or "what stands above")

    def say(self, line: str) -> None:
        sys.stdout.write(f"== {line}\n")
        sys.stdout.flush()
        self.note(line)

    def note(self, text: str) -> None:
        """Into the log alone."""
        if self._log is None:
            return
        self._log.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with os.fdopen(
            os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8"
        ) as file:
            file.writelines(f"{stamp} {line}\n" for line in text.splitlines() or [""])


def call(teller: Teller, words: Sequence[str], state_dir: Path | None, *, is_secret: bool = False) -> str:
    """What it printed. StepFailed with what it said was wrong if it ended with anything but 0."""
    done = attempt(words, state_dir)
    teller.note(f"$ {' '.join(words)} -> {done.returncode}")
    if not is_secret:
        teller.note(done.stdout + done.stderr)
    if done.returncode != 0:
        name = Path(words[0]).name
        raise StepFailed(
            f"'{name} {' '.join(words[1:3])}' ended with {done.returncode}: {complaint(done.stderr, done.stdout)}",
            f"read {teller.place}; mend what it names, then run ./install.sh again",
        )
    return done.stdout


def complaint(*told: str) -> str:
    """On one line what a program said was wrong: its own error, which may take several lines; else its last words.

    A line without a letter (the mark below a database's statement, a ruler) says nothing alone.
    """
    text = next((each for each in told if each.strip()), "")
    ends = [found.end() for found in _OWN_ERROR.finditer(text)]
    if ends:
        own = text[ends[-1] :]
    else:
        own = next((line for line in reversed(text.splitlines()) if any(map(str.isalpha, line))), "")
    words = " ".join(own.split())
    return f"{words[:_MOST_WORDS]} …" if len(words) > _MOST_WORDS else words or "without a word"


def attempt(
    words: Sequence[str], state_dir: Path | None, *, longest_s: float | None = None
) -> "subprocess.CompletedProcess[str]":
    """Without judging how it ended. It holds the installer's locks, too, until it ends; what it starts does not.

    Where it takes longer it is killed, as timeout(1) would do it, and so ends.
    """
    environment = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "APPLIANCE_CONFIG"}}
    if state_dir is not None:
        environment["APPLIANCE_STATE_DIR"] = str(state_dir)
    try:
        return subprocess.run(  # noqa: S603 (the installer's own words)
            list(words), env=environment, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False, close_fds=False, timeout=longest_s,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        said = f"it had not ended after {longest_s:g} s, and was stopped"
        return subprocess.CompletedProcess(list(words), _TOOK_TOO_LONG, "", said)
    except OSError as absent:
        return subprocess.CompletedProcess(list(words), 127, "", f"{words[0]}: {absent.strerror}")
