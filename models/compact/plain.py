"""Plain yes and plain no: sentences wholly made of the closed lists of ``plain_words.toml``.

Anything more (a question, a condition, a value, a claim) is not plain, and not ours to read as a yes.
"""

import re
import tomllib
from functools import cache
from pathlib import Path

from models.compact.normalise import fold, normalise

_TABLE = Path(__file__).with_name("tables") / "plain_words.toml"
_DROPPED = re.compile(r"[\s，,。．.!！~～…、]+")
_LEADING = re.compile(r"^(?:嗯+|呃+|额+|哎|唉|诶)+(?=.)")


@cache
def _lists() -> tuple[re.Pattern[str], ...]:
    table: dict[str, list[str]] = tomllib.loads(_TABLE.read_text(encoding="utf-8"))

    def pieces(name: str) -> str:
        return "|".join(re.escape(fold(w)) for w in sorted(table[name], key=len, reverse=True))

    return (
        re.compile(rf"(?:{pieces('yes')})+"),
        re.compile(pieces("yes_core")),
        re.compile(rf"(?:{pieces('no')})+"),
        re.compile(pieces("no_core")),
        re.compile(rf"(?:{pieces('yes')}|{pieces('yes_doing')})+"),
        re.compile(rf"(?:{pieces('yes_core')}|{pieces('yes_doing')})"),
    )


def _bare(text: str) -> str:
    return _DROPPED.sub("", normalise(text).spoken)


def is_yes(text: str, *, confirms: bool = False) -> bool:
    """好的; 嗯，没问题，办吧; not 好的，不过…, not 好吗？ At a confirmation 退吧 is a yes too."""
    bare = _bare(text)
    lists = _lists()
    whole, core = (lists[4], lists[5]) if confirms else (lists[0], lists[1])
    return bool(bare) and len(bare) <= 24 and bool(whole.fullmatch(bare)) and bool(core.search(bare))


def is_no(text: str) -> bool:
    bare = _LEADING.sub("", _bare(text))
    whole, core = _lists()[2:4]
    return bool(bare) and len(bare) <= 24 and bool(whole.fullmatch(bare)) and bool(core.search(bare))
