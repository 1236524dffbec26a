"""Plain yes and plain no: sentences wholly made of the closed lists of ``plain_words.toml``.

Anything more (a question, a condition, a value, a claim) is not plain, and not ours to read as a yes. Money moves on a
yes, so its words are joined by a grammar and not at will: 好了, 没问题了 and 好快啊 are made of its words and are none.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from models.commands import Flow
from models.compact.normalise import fold, normalise
from models.compact.numerals import MEASURES

_TABLE = Path(__file__).with_name("tables") / "plain_words.toml"
_MARKS = re.compile(r"[\s，,。．.!！~～…、]+")
_PICTURE = re.compile(r"\[[^\[\]]{1,4}\]|[\u2600-\u27bf\U0001f000-\U0001faff]")
_LEADING = re.compile(r"^(?:嗯+|呃+|额+|哎|唉|诶)+(?=.)")
_COUNTED = f"[一两二三四五六七八九十0]+[单{MEASURES}]"
_LONGEST = 24
_NAMES_SUM = re.compile(r"[全足原]额|全款|原价|一分不少")
"""好，全额退 asks for a sum that the quote may not hold. Looked for as it was typed: 额 alone is a filler."""


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


def _one_of(words: list[str]) -> str:
    """As a pattern; the longest first."""
    return "(?:" + "|".join(re.escape(fold(word)) for word in sorted(words, key=len, reverse=True)) + ")"


@cache
def _pieces(*words: str) -> re.Pattern[str]:
    return re.compile(_one_of(list(words)))


@cache
def _never() -> re.Pattern[str]:
    return re.compile("|".join(_table()["never"]))


@cache
def _yes(confirming: Flow | None) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A part that is a yes, and one that may stand beside a yes."""
    table = _table()
    doing = [*table["doing"].get(confirming, []), *(["提交申请", "申请吧"] if confirming else [])]
    short = _one_of([*table["yes_short"], *(word for word in doing if len(word) == 1)])
    whole = _one_of([*table["yes_whole"], *(word for word in doing if len(word) > 1)])
    opens, closes, leads = (_one_of(table[name]) for name in ("opens", "closes", "yes_leads"))
    hurries, alone = _one_of(table["hurries"]), _one_of(table["yes_alone"])
    said = rf"(?:{short}|({short})\1{{2,3}}){closes}*|{leads}?{whole}+(?:{closes}|{hurries})*|{alone}"
    return re.compile(f"{opens}*(?:{said})"), re.compile(f"{opens}+|(?:{closes}|{hurries})+")


@cache
def _no(confirming: Flow | None) -> tuple[re.Pattern[str], re.Pattern[str]]:
    table = _table()
    calls_off = [] if confirming is Flow.CANCEL_ORDER else table["calls_off"]
    return re.compile(f"(?:{_pieces(*table['no'], *calls_off).pattern})+"), _pieces(*table["no_core"], *calls_off)


@cache
def _of_a_yes() -> list[str]:
    """All that a yes may be made of, and the particles that it may not: for what moves nothing by itself."""
    table = _table()
    names = ("yes_short", "yes_whole", "yes_alone", "opens", "closes", "hurries", "particles")
    return [word for name in names for word in table[name]]


@cache
def _restating(confirming: Flow) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What it may be made of, and what has to be in it: something that is named again."""
    table = _table()
    named = [*table["restated"], *table["doing"].get(confirming, [])]
    again = rf"{_one_of(named)}|{_COUNTED}|□+"
    return re.compile(rf"(?:{_one_of(_of_a_yes())}|{again})+"), re.compile(again)


def _parts(text: str) -> list[str]:
    """What stands between marks."""
    return [part for part in _MARKS.split(normalise(text).spoken) if part]


def _bare(text: str) -> str:
    return "".join(_parts(text))


def _takes_back(text: str) -> bool:
    """A picture whose meaning we do not know: 好🙄."""
    return any(picture not in _table()["meant_well"] for picture in _PICTURE.findall(fold(text)))


def is_yes(text: str, confirming: Flow | None = None) -> bool:
    """好的; 嗯，没问题，办吧; not 好的，不过…, not 好吗？

    At the confirmation of a return 退吧 is a yes too, at that of a cancellation 取消吧.
    """
    parts = _parts(text)
    if sum(map(len, parts)) > _LONGEST or _takes_back(text) or _NAMES_SUM.search(text):
        return False
    said, beside = _yes(confirming)
    yeses = [bool(said.fullmatch(part)) and not _never().search(part) for part in parts]
    return any(yeses) and all(yes or beside.fullmatch(part) for yes, part in zip(yeses, parts, strict=True))


def is_no(text: str, confirming: Flow | None = None) -> bool:
    """先不; 算了; and 取消吧, unless it is a cancellation that is being confirmed."""
    bare = _LEADING.sub("", _bare(text))
    whole, core = _no(confirming)
    return bool(bare) and len(bare) <= _LONGEST and bool(whole.fullmatch(bare)) and bool(core.search(bare))


def is_thanks(text: str) -> bool:
    """Wholly a yes, a farewell and thanks: 好的谢谢; 知道了，谢谢; no thanks that ask for something."""
    bare, table = _bare(text), _table()
    words = _pieces(*_of_a_yes(), *table["thanks"]).pattern
    is_whole = bool(re.fullmatch(f"(?:{words})+", bare))
    return is_whole and len(bare) <= _LONGEST and bool(_pieces(*table["thanks_core"]).search(bare))


def restates(text: str, confirming: Flow) -> bool:
    """Wholly a yes and what it agrees to, named again; names of goods are blanked (□) by the caller."""
    bare = _bare(text)
    whole, again = _restating(confirming)
    is_plain = len(bare) <= _LONGEST and bool(whole.fullmatch(bare)) and bool(again.search(bare))
    return is_plain and not (_never().search(bare) or _takes_back(text) or _NAMES_SUM.search(text))
