"""How one digit is written, said or radioed, how often it is said to come, and what people put between two of them."""

import tomllib
from pathlib import Path

SPOKEN = tomllib.loads(Path(__file__).with_name("spoken.toml").read_text(encoding="utf-8"))
DIGITS: dict[str, str] = {char: digit for digit, chars in SPOKEN["digits"].items() for char in chars}
_COUNTS: dict[str, int] = {char: int(digit) for char, digit in DIGITS.items() if digit in "23456789"}
_MULTIPLES: dict[str, int] = {char: int(count) for count, chars in SPOKEN["multiples"].items() for char in chars}

DIGIT = f"[0-9{''.join(DIGITS)}]"
_TIMES = f"[2-9{''.join(_COUNTS)}]{SPOKEN['times']}"
REPEAT = f"(?:(?<![{SPOKEN['before_counts']}]){_TIMES}|{_TIMES}(?={DIGIT}(?!{DIGIT}))|[{''.join(_MULTIPLES)}]){DIGIT}"
"""三个一, 双八."""
_SIGNS = r"\s\-\u2010-\u2015_.,，、。·•・…()/\\|*丶`~=#&^;<>\[\]{}!?'\"«»‹›“”‘’「」【】"
_LOOKALIKES = (
    r"\u00ad\u00af\u02c9\u02d7\u2043\u207b\u208b\u2212\u2e3a\u2e3b\u30a0\u30fc\u3161\u1173"  # dashes
    r"\u01c0\u00a6\u2016\u2223\u2225\u4e28\u2500-\u257f"  # bars, and lines of tables
    r"\u02d9\u0387\u2024\u2027\u2219\u22c5\u2e31\u30fb\ua78f"  # dots
    r"\u2044\u2215\u29f8\u2236\u02d0\u02f8\u2053\u223c\u301c"  # strokes, colons, tildes
)
"""Of other scripts, of mathematics and of tables, in the place of those signs."""
_PICTURES = r"\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
SEPARATOR = rf"(?:[{_SIGNS}{_LOOKALIKES}{_PICTURES}]|\+(?!86))"
FILLER = "|".join(sorted(SPOKEN["fillers"], key=len, reverse=True))
FILLER_ALOUD = "|".join(sorted({*SPOKEN["fillers"], *SPOKEN["aloud"]}, key=len, reverse=True))
"""On a call, where whoever tells a number says 对 and 好 to the one who repeats it."""
BETWEEN_DIGITS = f"(?:{SEPARATOR}|{FILLER})"
"""What people put between digits, in the text as it was written."""
ANY_DIGIT = (
    rf"[\d{''.join(DIGITS)}\u00b2\u00b3\u00b9\u2070-\u209c\u2460-\u24ff\u2776-\u2793\u3021-\u3029\u3220-\u3229"
    r"\u3280-\u3289\U0001f100-\U0001f10a]"
)
"""A digit in any script, in the text as it was written."""


def repeated(said: str) -> str:
    """What matched `REPEAT`, as ASCII digits."""
    count = _MULTIPLES.get(said[0]) or _COUNTS.get(said[0]) or int(said[0])
    return DIGITS.get(said[-1], said[-1]) * count
