"""Letters and signs in the place of digits: "l39 5712 6O48", "33O1O6…", "⭕". Pure.

Only in what is as long as a phone, card or identity number and has hardly anything else in it: "100ml", "O2O" and a
parcel's "YT…" keep their letters, and so does a credit code whose check character fits: a B there is a B. What is read
is as long as what was written.
"""

import re
import tomllib
from pathlib import Path

from security.pii.checks import is_birth_date, is_uscc_checksum

_SPOKEN = tomllib.loads(Path(__file__).with_name("spoken.toml").read_text(encoding="utf-8"))
_BARS = frozenset("|丨ǀ∣")
"""Ones, or lines between two parts."""
_FIRST: dict[str, str] = {char: digit for digit, chars in _SPOKEN["lookalikes"].items() for char in chars}
_ALL = _FIRST | {char: digit for digit, chars in _SPOKEN["lookalikes_within"].items() for char in chars}
_READ = str.maketrans(_ALL)
_READ_BUT_BARS = str.maketrans({char: digit for char, digit in _ALL.items() if char not in _BARS})
_BAR = re.compile(f"[{''.join(_BARS)}]")
_SIGNS = re.escape("".join(_ALL))
_RUN = re.compile(
    rf"[0-9{re.escape(''.join(_FIRST))}](?<![0-9A-Za-z@_].)(?:[\s\-.,，、·/_]{{0,2}}[0-9{_SIGNS}])+[Xx]?(?![A-Za-z@])"
)
_LENGTHS = frozenset({11, 13, 15, 16, 18, 19})
_LENGTH_OF_USCC = 18
_MOST = 2
"""At most one in so many."""
_MOBILE = re.compile("1[3-9][0-9]{9}")
_TWINS = re.compile(r"[0-9IlOo|\s\-]+")
_LEAST_OF_MOBILE = 4
"""What looks just like a one or a nought may be most of a mobile number, beside so many digits: l38OOl38OOO."""
_LEAST_PART = 3
"""Between shorter parts a bar is no line."""


def lookalikes_read(text: str) -> str:
    return text if _ALL.keys().isdisjoint(text) else _RUN.sub(_read, text)


def _read(run: re.Match[str]) -> str:
    if _is_uscc(run[0]):
        return run[0]
    may_be_lines = all(len(part) >= _LEAST_PART for part in _BAR.split(run[0]))
    for table in (_READ_BUT_BARS, _READ) if may_be_lines else (_READ,):
        read = run[0].translate(table)
        count = sum(map(str.isdigit, read)) + (read[-1] in "Xx")
        changed = sum(left != right for left, right in zip(run[0], read, strict=True))
        if count in _LENGTHS:
            return read if changed * _MOST <= count or _is_mobile(run[0], read) else run[0]
    return run[0]


def _is_mobile(run: str, read: str) -> bool:
    is_enough = sum(map(str.isdigit, run)) >= _LEAST_OF_MOBILE
    return is_enough and _TWINS.fullmatch(run) is not None and _MOBILE.fullmatch(re.sub(r"\D", "", read)) is not None


def _is_uscc(run: str) -> bool:
    """And no identity number with a B for an eight: one in 31 of those fits, too."""
    places = "".join(filter(str.isalnum, run))
    if len(places) != _LENGTH_OF_USCC or not is_uscc_checksum(places):
        return False
    return not is_birth_date(places[6:14].translate(_READ))
