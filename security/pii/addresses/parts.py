"""The parts that addresses are made of: what each looks like and what kind it is."""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from security.pii.addresses.gazetteer import is_place_name
from security.pii.vocabulary import one_of, tables, words

_WORDS = {name: words(text) if name != "never" else text for name, text in tables(__file__, "words.toml").items()}
NOT_CUES = frozenset(_WORDS["not_cues"])
CUES = frozenset(_WORDS["cues"])
SAYS_SO = frozenset(_WORDS["says_so"])
SEATS = frozenset(_WORDS["seats"])
WAREHOUSES = frozenset(_WORDS["warehouses"])

_ROADS, _COMPOUNDS = frozenset(_WORDS["roads"]), frozenset(_WORDS["compounds"] | _WORDS["standalone"])
_AREAS, _VILLAGES = frozenset(_WORDS["areas"]), frozenset(_WORDS["villages"])
_COUNTRY, _ANY_VILLAGE = _WORDS["country"], _WORDS["any_village"]
_SHORTEST_VILLAGE = 3
_BEFORE_NUMBERS = frozenset(_WORDS["before_numbers"])
_ENDINGS = (_ROADS | _COMPOUNDS | _AREAS | _VILLAGES) - _BEFORE_NUMBERS

CHAR = f"[\u3400-\u9fff](?<![{_WORDS['never']}])"
_COUNT = (
    "附?(?:[甲乙丙丁戊己]?[0-9]{1,5}(?:[A-Za-z](?![A-Za-z]))?|[A-Za-z][0-9]{0,3}|第?[零〇一二三四五六七八九十百千两]{1,7}"
    "|[甲乙丙丁戊东西南北東])"
)
_NUMBER_WORDS = one_of(_WORDS["buildings"] | _WORDS["rooms"] | _WORDS["floors"] | _WORDS["numbers"])
_BEHIND_NUMBER = "(?:之[0-9零一二三四五六七八九十]{1,3}|[甲乙丙丁](?![方级型醇单單号號幢栋棟座室]))"
_JOINED = "(?:[-－—–之/][0-9A-Za-z甲乙丙丁]{1,5}){0,3}"
_BEHIND_A_DAY = "到前后後左右起早晚上中下才就还還没沒来來去送收发發寄取退买買付订訂签簽的我会會再之以那这這当當了是有"
_NOT_OF_A_DAY = f"(?![号號] ?(?:[{_BEHIND_A_DAY}]|[0-9]{{1,2}} ?[点點:时時]))"
"""3 号到, 28 号下单: with a blank before it as with none a day is no house."""
_WORD_APART = (
    f" {_NOT_OF_A_DAY}(?:[号號]?(?:[楼樓]|院)|[栋棟幢]|单元|單元|[号號]?[室房]|[楼樓层層](?![上下梯道])"
    "|[号號弄巷](?![线線码碼])|(?<=[A-Za-z] )座)"
)
"""With a blank before it: 3 栋 2 单元, 369 号 501 室. Not every word that may stand without one: 2 组, 3 段."""
_WORD_AT_ONCE = f"{_NUMBER_WORDS}[楼樓院内]?{_BEHIND_NUMBER}?(?![下上道梯线])"
_NUMBERED_AT_ONCE = f"{_COUNT}{_JOINED}{_WORD_AT_ONCE}"
_NUMBERED = f"{_COUNT}{_JOINED}(?:{_WORD_AT_ONCE}|{_WORD_APART})"
_BUILDING_APART = "[0-9A-Za-z]{1,4} ?(?:[号號][楼樓]|[栋棟幢]|单元|單元)"
_LONG_ENDING = one_of(word for word in _ENDINGS if len(word) > 1)
_ENDING = f"{one_of(_ENDINGS)}[村屯寨庄路街段镇鎮乡鄉区區市县縣]?(?![子下上们]|{_LONG_ENDING})"
_MAY_BE_NAMED = "".join(sorted({word[0] for word in _ENDINGS | _BEFORE_NUMBERS | _WORDS["standalone"]}))
_NAMED = (
    f"(?=[\u3400-\u9fff]{{0,11}}[A-Za-z{_MAY_BE_NAMED}])(?:(?:{CHAR}){{1,11}}?(?:{_ENDING}"
    f"|{one_of(_BEFORE_NUMBERS)}(?={_NUMBERED_AT_ONCE})|[园城府庭院阁轩湾居舍坊期](?= {_BUILDING_APART}))"
    f"|{one_of(_WORDS['standalone'])}(?![子下上们])"
    f"|(?:{CHAR}){{1,6}}[A-Za-z]{{2,10}} ?(?=[0-9A-Za-z]{{1,3}}(?:座|栋|棟|幢|号楼|號樓|单元|單元)))"
)
_NAMELESS = (
    f"(?:{CHAR}){{2,8}}?(?={_COUNT}(?:栋|棟|幢|座|单元|單元|号楼|號樓|街)|[0-9]{{1,3}}-[0-9]{{1,3}}-[0-9]{{2,4}})"
    f"|(?:{CHAR}){{3,8}}?(?=[0-9]{{1,3}}(?:楼|樓|层|層))"
    "|[A-Za-z]{2,10}(?= ?[0-9A-Za-z]{1,3}(?:座|栋|棟|幢|号楼|號樓))"
)
_DASHED = re.compile("[-－—–]")
_NOT_COUNTED = "(?![0-9A-Za-z年月日元块件个天点时分%])"
_TAIL = f"[A-Za-z]?[0-9]{{1,5}}[A-Za-z]?(?:[-－—–][0-9A-Za-z]{{1,5}}){{0,3}}{_NOT_COUNTED}"
_TOWER = "(?:塔[0-9A-Za-z]|[Tt][0-9])[0-9]?(?![0-9A-Za-z])"
_NO_PHONE = "(?!1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}|[48]00-|0[0-9]{2})"
DOOR = f"{_NO_PHONE}[0-9]{{1,3}}[-－—–](?:[0-9]{{1,3}}[-－—–])?[0-9]{{3,4}}(?!-){_NOT_COUNTED}"
"""Building, unit and room: 3-1-1204."""
_SIDE = (
    "(?:从[东西南北前后左右]数)?第[0-9一二三四五六七八九十]{1,3}(?:栋|排|家|户|个门|幢|间)"
    "|(?:最?[东西南北左右前后里外][边面侧头户]){1,2}(?:那[户家间栋])?"
)


def is_village(part: str) -> bool:
    """Where parcels come without a house: 李家屯, 前进村委会. 农村 is none."""
    return part.endswith(tuple(_COUNTRY)) and part not in _ANY_VILLAGE and len(part) >= _SHORTEST_VILLAGE


class Kind(Enum):
    AREA = auto()
    """Province to street office."""
    ROAD = auto()
    PLACE = auto()
    """A compound, building or village by its name."""
    BUILDING = auto()
    NUMBER = auto()
    """号, 弄, 组."""
    FLOOR = auto()
    ROOM = auto()
    TAIL = auto()


class Part(NamedTuple):
    kind: Kind
    start: int
    end: int


_PART_BEHIND = re.compile(f"(?P<numbered>{_NUMBERED})|(?P<named>{_NAMED})|(?P<side>{_SIDE})|(?P<nameless>{_NAMELESS})")
BEGINS = f"(?P<numbered>{_NUMBERED})|(?P<named>{_NAMED})|(?P<side>{_SIDE})"
"""A part that no word before it tells of."""
_PART = re.compile(BEGINS)
_ATTACHED = re.compile(f"(?P<tower>{_TOWER})|{_TAIL}")
_DOOR_BEHIND = re.compile(f"(?P<tower>{_TOWER})|{DOOR}")
_ROOM_BEHIND = re.compile(f"{_NO_PHONE}[0-9]{{3,4}}(?!-){_NOT_COUNTED}")
_COMMA_NUMBERED = re.compile(f"[，,、] ?(?={_NUMBERED}|{DOOR})")
_SPACE = re.compile(r"[ \n]")
_HOUSE = frozenset({Kind.BUILDING, Kind.NUMBER, Kind.FLOOR, Kind.ROOM})
_UNIT_BEHIND = re.compile(" ?[0-9一二三四五六七八九十]{1,2} ?(?:单元|單元)")
_HOUSE_BEHIND = re.compile(rf" ?(?:{_NUMBERED}|{DOOR}|[0-9]{{3,4}}(?![0-9]))|\s*(?:$|[,，。;；、)）])")
_MOST_PARTS = 16


def may_begin(text: str, start: int, *, is_told: bool) -> bool:
    """Whether a part stands there: none does at nearly every place of a text, which costs no more than this."""
    return (_PART_BEHIND if is_told else _PART).match(text, start) is not None


def parts_from(text: str, start: int, *, is_told: bool) -> Iterator[Part]:
    """The parts that follow one another from there on. `is_told`: a word before says that an address begins."""
    part, before, place = None, None, start
    for _ in range(_MOST_PARTS):
        if part is None:
            part = _part_at(text, place, is_told)
        else:
            part = _part_at(text, place, True) or _attached_at(text, place) or _part_behind_gap(text, place, part.kind)
        if part is None or not _is_house(text, part, before):
            return
        before = part.kind
        yield part
        place = part.end


def _is_house(text: str, part: Part, before: Kind | None) -> bool:
    """Where a blank parts a number from its word, what stands around it must say so: the third is a day at the shop,
    and two are pieces of a toy.
    """
    if part.kind not in _HOUSE or " " not in text[part.start : part.end]:
        return True
    if before is None:
        return _UNIT_BEHIND.match(text, part.end) is not None
    is_on_road = before is not Kind.PLACE and before is not Kind.AREA
    return part.kind is not Kind.NUMBER or is_on_road or _HOUSE_BEHIND.match(text, part.end) is not None


def _part_behind_gap(text: str, place: int, behind: Kind) -> Part | None:
    gap = _COMMA_NUMBERED.match(text, place) or _SPACE.match(text, place)
    if gap is None:
        return None
    part = _part_at(text, gap.end(), True)
    if part is not None:
        return part
    if door := _DOOR_BEHIND.match(text, gap.end()):
        return Part(Kind.BUILDING if door["tower"] else Kind.ROOM, *door.span())
    room = _ROOM_BEHIND.match(text, gap.end()) if behind is Kind.BUILDING and gap[0] == " " else None
    return Part(Kind.ROOM, *room.span()) if room else None


def _part_at(text: str, place: int, is_behind: bool) -> Part | None:
    """Behind another part even a word of no known kind is one, if a building's number follows."""
    match = (_PART_BEHIND if is_behind else _PART).match(text, place)
    if match is None:
        return None
    if match["numbered"]:
        return Part(_kind_of_numbered(match[0]), place, match.end())
    if match["side"]:
        return Part(Kind.TAIL, place, match.end())
    if not match["named"]:
        return Part(Kind.PLACE, place, match.end())
    return Part(_kind_of_named(match[0]), place, match.end())


def _attached_at(text: str, place: int) -> Part | None:
    match = _ATTACHED.match(text, place)
    if match is None:
        return None
    if match["tower"]:
        return Part(Kind.BUILDING, place, match.end())
    return Part(Kind.ROOM if _DASHED.search(match[0]) else Kind.TAIL, place, match.end())


def _kind_of_numbered(part: str) -> Kind:
    for kind, name in (
        (Kind.BUILDING, "buildings"),
        (Kind.ROOM, "rooms"),
        (Kind.NUMBER, "numbers"),
        (Kind.FLOOR, "floors"),
    ):
        if part.endswith(tuple(_WORDS[name])):
            return kind
    return Kind.NUMBER


def _kind_of_named(part: str) -> Kind:
    if is_place_name(part):
        return Kind.AREA
    if part.endswith(tuple(_ROADS)):
        return Kind.ROAD
    if part.endswith(tuple(_COMPOUNDS | _VILLAGES)):
        return Kind.PLACE
    return Kind.AREA if part.endswith(tuple(_AREAS)) else Kind.ROAD
