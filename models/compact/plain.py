"""Plain yes and plain no: sentences wholly made of the closed lists of ``plain_words.toml``.

Anything more (a question, a condition, a value, a claim) is not plain, and not ours to read as a yes.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from models.commands import Flow
from models.compact.normalise import fold, normalise

_TABLE = Path(__file__).with_name("tables") / "plain_words.toml"
_DROPPED = re.compile(r"[\s，,。．.!！~～…、]+")
_LEADING = re.compile(r"^(?:嗯+|呃+|额+|哎|唉|诶)+(?=.)")
_LONGEST = 24
_NAMES_SUM = re.compile(r"[全足原]额|全款|原价|一分不少")
"""好，全额退 asks for a sum that the quote may not hold. Looked for as it was typed: 额 alone is a filler."""


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@cache
def _pieces(*words: str) -> re.Pattern[str]:
    """One of the words, longest first."""
    return re.compile("|".join(re.escape(fold(w)) for w in sorted(words, key=len, reverse=True)))


@cache
def _never() -> re.Pattern[str]:
    return re.compile("|".join(_table()["never"]))


@cache
def _yes(confirming: Flow | None) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a yes may be made of, and what it must hold."""
    table = _table()
    doing = table["doing"].get(confirming, [])
    if confirming is not None:
        doing = [*doing, "提交申请", "申请吧"]
    return re.compile(f"(?:{_pieces(*table['yes'], *doing).pattern})+"), _pieces(*table["yes_core"], *doing)


@cache
def _no(confirming: Flow | None) -> tuple[re.Pattern[str], re.Pattern[str]]:
    table = _table()
    calls_off = [] if confirming is Flow.CANCEL_ORDER else table["calls_off"]
    return re.compile(f"(?:{_pieces(*table['no'], *calls_off).pattern})+"), _pieces(*table["no_core"], *calls_off)


@cache
def _restating(confirming: Flow) -> re.Pattern[str]:
    table = _table()
    words = [*table["yes"], *table["restated"], *table["doing"].get(confirming, [])]
    return re.compile(rf"(?:{_pieces(*words).pattern}|□+)+")


def _bare(text: str) -> str:
    return _DROPPED.sub("", normalise(text).spoken)


def is_yes(text: str, confirming: Flow | None = None) -> bool:
    """好的; 嗯，没问题，办吧; not 好的，不过…, not 好吗？

    At the confirmation of a return 退吧 is a yes too, at that of a cancellation 取消吧.
    """
    bare = _bare(text)
    whole, core = _yes(confirming)
    is_plain = bool(bare) and len(bare) <= _LONGEST and bool(whole.fullmatch(bare)) and bool(core.search(bare))
    return is_plain and not _never().search(bare) and not _NAMES_SUM.search(text)


def is_no(text: str, confirming: Flow | None = None) -> bool:
    """先不; 算了; and 取消吧, unless it is a cancellation that is being confirmed."""
    bare = _LEADING.sub("", _bare(text))
    whole, core = _no(confirming)
    return bool(bare) and len(bare) <= _LONGEST and bool(whole.fullmatch(bare)) and bool(core.search(bare))


def is_thanks(text: str) -> bool:
    """Wholly a yes, a farewell and thanks: 好的谢谢; 知道了，谢谢; no thanks that ask for something."""
    bare, table = _bare(text), _table()
    words = _pieces(*table["yes"], *table["thanks"]).pattern
    is_whole = bool(re.fullmatch(f"(?:{words})+", bare))
    return is_whole and len(bare) <= _LONGEST and bool(_pieces(*table["thanks_core"]).search(bare))


def restates(text: str, confirming: Flow) -> bool:
    """Wholly a yes and what it agrees to, named again; names of goods are blanked (□) by the caller."""
    bare = _bare(text)
    is_whole = len(bare) <= _LONGEST and bool(_restating(confirming).fullmatch(bare))
    return is_whole and not _never().search(bare) and not _NAMES_SUM.search(text)
