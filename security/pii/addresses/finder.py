"""Where addresses stand in a normalised text. Pure and linear: wherever one may begin, a few parts are read.

An address is more than a place: a house on a road, a building in a compound, a chain of districts. A city is none.
"""

import re
from collections import Counter
from collections.abc import Iterator

from security.pii.addresses.gazetteer import place_names
from security.pii.addresses.parts import (
    BEGINS,
    CHAR,
    CUES,
    DOOR,
    NOT_CUES,
    SAYS_SO,
    SEATS,
    WAREHOUSES,
    Kind,
    Part,
    is_village,
    may_begin,
    parts_from,
)
from security.pii.recogniser import Place
from security.pii.vocabulary import one_of

_OF_A_CLAUSE = "[0-9A-Za-z\u3400-\u9fff]"
_CUE = re.compile(one_of(CUES))
_NOT_CUE = re.compile(one_of(NOT_CUES))
_SEAT = re.compile(one_of(SEATS))
_SAYS_SO = re.compile(one_of(SAYS_SO))
_WAREHOUSE = re.compile(f"[\u3400-\u9fff]{{0,4}}?(?:{one_of(WAREHOUSES)})")
_BEFORE_DOOR = re.compile(f"(?:{CHAR}){{2,12}} ?{DOOR}")
_BEFORE_CODE = re.compile("[\u3400-\u9fff]{1,12}(?<=[码碼号號单單款型]) ?[0-9]")
_SOON = "[^0-9\\s,，。]{2,24} ?[0-9]"
_SOON_A_DIGIT = re.compile(_SOON)
_WITHIN = re.compile(_OF_A_CLAUSE)
_CLAUSE = re.compile(f"(?P<of_use>(?={BEGINS}|{_SOON}))?{_OF_A_CLAUSE}+")
"""``of_use``: an address may begin there, which is seldom; so few are looked at any closer."""
_LABEL = re.compile("(?:地址|住址)(?:[:：是 ]|为|為){1,3}$")
_CORRECTION = re.compile(r"[，,。.\s]{0,3}(?:[^0-9]{0,6}(?:不对|不對|错了|改成|改为|应该是|應該是|是))")
_LOOK_BACK = 12
FOUND_AT = 0.5
_BARE = 0.3
"""An address only where one was asked for."""

HINT = (
    "[路街巷号號弄栋棟幢座室楼樓层層村屯社寨庄组組队隊镇鎮乡鄉区區县縣市省园園苑厦廈铺寓场场心校学院店站城塔]"
    "|[Tt][0-9]|[0-9][-－—–][0-9]"
)
"""Without this there is no address to be found."""


def places(text: str) -> Iterator[Place]:
    done = 0
    told, others = _starts(text)
    for start in sorted(told | others):
        if start < done:
            continue
        parts = _address_at(text, start, is_told=start in told)
        if parts is None or not _is_sound(text, start) or _begins_later(text, parts[0], told):
            if _SOON_A_DIGIT.match(text, start):
                yield from _bare(text, start)
            continue
        done = parts[-1].end
        yield Place(start, done, min(_score(text, parts), 0.95))
        corrected = _corrected(text, done)
        if corrected is not None:
            done = corrected.end
            yield corrected


def _bare(text: str, start: int) -> Iterator[Place]:
    """A clause that is one to whoever asked for it: 大悦城写字楼2003, 绿地之窗 3-1-1204. A label says as much."""
    is_within = start > 0 and _WITHIN.match(text, start - 1)
    if is_within or _BEFORE_CODE.match(text, start) or not _is_sound(text, start):
        return
    end = _end_of_bare(text, start)
    if end is not None:
        is_labelled = _LABEL.search(text, max(start - _LOOK_BACK, 0), start) is not None
        yield Place(start, end, FOUND_AT if is_labelled else _BARE)


def _end_of_bare(text: str, start: int) -> int | None:
    """Behind a room or what stands for one, or there is none."""
    parts = list(_until_next_town(parts_from(text, start, is_told=True)))
    kinds = Counter(part.kind for part in parts)
    if kinds[Kind.ROOM] + kinds[Kind.TAIL] and kinds[Kind.ROAD] + kinds[Kind.PLACE] and _score(text, parts) >= _BARE:
        return parts[-1].end
    door = _BEFORE_DOOR.match(text, start)
    return door.end() if door else None


def _address_at(text: str, start: int, *, is_told: bool) -> list[Part] | None:
    if not may_begin(text, start, is_told=is_told):
        return None
    parts = list(_until_next_town(parts_from(text, start, is_told=is_told)))
    return parts if parts and _score(text, parts) >= FOUND_AT else None


def _until_next_town(parts: Iterator[Part]) -> Iterator[Part]:
    """Behind the house another district begins another address."""
    has_house = False
    for part in parts:
        if has_house and part.kind is Kind.AREA:
            return
        has_house = has_house or part.kind in (Kind.NUMBER, Kind.BUILDING, Kind.ROOM)
        yield part


def _begins_later(text: str, first: Part, told: set[int]) -> bool:
    """Whether what looks like the first name is words before it: "麻烦改派天津市", "快递放阳光城"."""
    known = next(place_names(text[first.start : first.end]), (0, 0))
    if known[0] > 0:
        return True
    within = (start for start in range(first.start + 1, first.end) if start in told and _is_sound(text, start))
    return any(_address_at(text, start, is_told=True) for start in within)


def _starts(text: str) -> tuple[set[int], set[int]]:
    """Behind a word that says so; and at a place that is known, or at the beginning of a clause."""
    told = {cue.end() for cue in _CUE.finditer(text) if not _NOT_CUE.match(text, cue.start())}
    clauses = {clause.start() for clause in _CLAUSE.finditer(text) if clause["of_use"] is not None}
    others = clauses.union(start for start, _ in place_names(text))
    return told, others


def _is_sound(text: str, start: int) -> bool:
    """Whether no further word of that kind stands there, and no seat."""
    if _CUE.match(text, start) and not _NOT_CUE.match(text, start):
        return False
    return not _SEAT.match(text, start)


def _score(text: str, parts: list[Part]) -> float:
    kinds = Counter(part.kind for part in parts)
    score = _worth(kinds)
    start, end = parts[0].start, parts[-1].end
    if _SAYS_SO.search(text, max(start - _LOOK_BACK, 0), start):
        score += 0.25
        if any(part.kind is Kind.PLACE and is_village(text[part.start : part.end]) for part in parts):
            score += 0.2
    if not kinds[Kind.NUMBER] + kinds[Kind.ROOM] + kinds[Kind.BUILDING] and _WAREHOUSE.match(text, end):
        score -= 0.5
    return score


def _worth(kinds: Counter[Kind]) -> float:
    house = kinds[Kind.NUMBER] + kinds[Kind.BUILDING] + kinds[Kind.ROOM]
    inside = house + kinds[Kind.FLOOR] + kinds[Kind.TAIL]
    named = kinds[Kind.ROAD] + kinds[Kind.PLACE]
    if named and house:
        return 0.75
    if named and kinds[Kind.FLOOR] and kinds[Kind.TAIL]:
        return 0.6
    if kinds[Kind.AREA] and house:
        return 0.6
    if kinds[Kind.AREA] >= 2 and named:
        return 0.6
    if kinds[Kind.AREA] >= 3:
        return 0.55
    if kinds[Kind.BUILDING] and inside >= 2:
        return 0.55
    if (named and inside) or kinds[Kind.AREA] >= 2 or (kinds[Kind.AREA] and named):
        return 0.3
    return 0.1 if named else 0.0


def _corrected(text: str, end: int) -> Place | None:
    """ "…5号楼，不对，是6号楼": the right part is as personal as the wrong one."""
    words = _CORRECTION.match(text, end)
    if words is None:
        return None
    parts = list(parts_from(text, words.end(), is_told=False))
    if not parts or all(part.kind in (Kind.AREA, Kind.TAIL) for part in parts):
        return None
    return Place(parts[0].start, parts[-1].end, 0.6)
