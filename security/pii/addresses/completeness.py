"""What an address lacks to be delivered to. Pure; whether the place exists is not known here."""

import re

from security.pii.addresses.gazetteer import is_place_name, place_names
from security.pii.addresses.parts import Kind, Part, parts_from

CITY, DISTRICT, DETAIL = "city", "district", "detail"
_MUNICIPAL = ("市", "州", "盟", "地区")
_COUNTY = ("区", "區", "县", "縣", "旗")
_BELOW = ("镇", "鎮", "乡", "鄉", "街道")
_PROVINCIAL = ("省", "自治区")
_WITHOUT_DISTRICTS = ("东莞", "中山", "儋州", "嘉峪关", "三沙")
"""Cities whose next level are towns."""
_DISTRICT_BEHIND = re.compile("[\u3400-\u9fff]{1,5}?(?:[县縣旗]|(?<![小社校厂廠院街片库庫])[区區])")
"""Where it is read as the beginning of a longer name: 南山区科技园南区."""
_WITHOUT_HOUSES = ("村", "屯", "寨", "驿站")
_NAMED = frozenset({Kind.ROAD, Kind.PLACE})
_HOUSE = frozenset({Kind.NUMBER, Kind.BUILDING, Kind.ROOM, Kind.FLOOR, Kind.TAIL})


def missing_of(address: str) -> tuple[str, ...]:
    """``city`` ``district`` ``detail``, whichever is not there; empty: it is whole."""
    text = "".join(address.split())
    parts = list(parts_from(text, 0, is_told=True))
    areas = [name for part in parts if part.kind is Kind.AREA for name in _names(text[part.start : part.end])]
    cities = [name for name in areas if _is_city(name)]
    is_behind = any(_DISTRICT_BEHIND.match(text, _end(text, city)) for city in cities)
    has_detail = _has_detail(text, parts)
    found = {CITY: bool(cities), DISTRICT: is_behind or _has_district(areas, cities), DETAIL: has_detail}
    return tuple(name for name, is_there in found.items() if not is_there)


def _end(text: str, name: str) -> int:
    return text.find(name) + len(name)


def _names(area: str) -> list[str]:
    """上海浦东新区 is two."""
    known = next(place_names(area), None)
    if known is None or known[0] > 0 or known[1] == len(area) or area[known[1] :] in _MUNICIPAL:
        return [area]
    if area.endswith(_PROVINCIAL) or not area[known[1] :].endswith((*_COUNTY, "市")):
        return [area]
    return [area[: known[1]], area[known[1] :]]


def _is_city(name: str) -> bool:
    if name.endswith((*_COUNTY, *_BELOW, *_PROVINCIAL)) and not name.endswith("地区"):
        return False
    return name.endswith(_MUNICIPAL) or is_place_name(name)


def _has_district(areas: list[str], cities: list[str]) -> bool:
    """A district or county; a second city is one of the county's rank; a town where a city has no districts."""
    if any(name.endswith(_COUNTY) and not name.endswith(("自治区", "地区")) for name in areas):
        return True
    if any(name.startswith(_WITHOUT_DISTRICTS) for name in cities):
        return any(name.endswith(_BELOW) for name in areas)
    return len(cities) > 1 or (len(cities) == 1 and any(name.endswith(_BELOW) for name in areas))


def _has_detail(text: str, parts: list[Part]) -> bool:
    """A road, compound or village with a house of it; or where parcels come without one: a village, a parcel shop."""
    named = [text[part.start : part.end] for part in parts if part.kind in _NAMED]
    has_house = any(part.kind in _HOUSE for part in parts)
    return bool(named) and (has_house or named[-1].endswith(_WITHOUT_HOUSES))
