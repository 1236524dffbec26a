"""Figures in Chinese words: 1234 is 一千二百三十四, 0.05 零点零五, and digit by digit 幺二三四, in groups."""

from typing import Final

DIGITS: Final = "零一二三四五六七八九"
_AS_CALLED_OUT: Final = str.maketrans("0123456789", "零幺二三四五六七八九")
_AS_WRITTEN: Final = str.maketrans("0123456789", DIGITS)
_PLACES: Final = ("", "十", "百", "千")
_MYRIADS: Final = ("", "万", "亿", "万亿")
_MOST_PLACES: Final = 16
"""Longer ones count nothing that anybody says: they are read digit by digit."""
PAUSE: Final = "，"


def spelled(figures: str) -> str:
    """``2026`` is 二零二六: years, decimals, names of models."""
    return figures.translate(_AS_WRITTEN)


def called_out(figures: str) -> str:
    """``110`` is 幺幺零: telephones, orders, parcels."""
    return figures.translate(_AS_CALLED_OUT)


def in_groups(figures: str) -> str:
    """Called out with a pause where a listener writes along: fours, and never a last one alone."""
    return PAUSE.join(map(called_out, _grouped(figures)))


def _grouped(figures: str) -> list[str]:
    match len(figures):
        case 0 | 1 | 2 | 3 | 4 | 5:
            return [figures]
        case 6 | 7:
            return [figures[:3], figures[3:]]
    cuts = list(range(0, len(figures), 4))
    if len(figures) % 4 == 1:
        cuts.pop()
    return [figures[start:end] for start, end in zip(cuts, [*cuts[1:], len(figures)], strict=True)]


def cardinal(figures: str, *, counts: bool = False) -> str:
    """A whole number. ``counts``: something follows that is counted, so 2 is 两."""
    figures = figures.lstrip("0") or "0"
    if len(figures) > _MOST_PLACES:
        return spelled(figures)
    if figures == "2":
        return "两" if counts else "二"
    sections = _sections(figures)
    said = "".join(
        ("零" if needs_zero else "") + _section(section) + myriad for section, myriad, needs_zero in sections
    )
    said = said.removeprefix("一") if said.startswith("一十") else said
    return _as_people_say(said) or "零"


def decimal(figures: str, *, counts: bool = False) -> str:
    """``3.14`` is 三点一四; a whole number as ``cardinal`` has it."""
    whole, _, part = figures.partition(".")
    if not part:
        return cardinal(whole, counts=counts)
    return f"{cardinal(whole)}点{spelled(part)}"


def _sections(figures: str) -> list[tuple[str, str, bool]]:
    """(four places, their unit, whether a zero is said before them), from the left; those that are nothing left out."""
    padded = figures.zfill(-(-len(figures) // 4) * 4)
    fours = [padded[start : start + 4] for start in range(0, len(padded), 4)]
    found: list[tuple[str, str, bool]] = []
    has_gap = False
    for place, four in zip(range(len(fours) - 1, -1, -1), fours, strict=True):
        if four == "0000":
            has_gap = True
            continue
        found.append((four, _MYRIADS[place], bool(found) and (has_gap or four.startswith("0"))))
        has_gap = False
    return _one_yi(found)


def _one_yi(sections: list[tuple[str, str, bool]]) -> list[tuple[str, str, bool]]:
    """亿 is said once: 一万两千亿, not 一万亿两千亿."""
    if len(sections) > 1 and sections[0][1] == "万亿" and sections[1][1] == "亿":
        return [(sections[0][0], "万", sections[0][2]), *sections[1:]]
    return sections


def _section(four: str) -> str:
    said = ""
    for place, figure in zip(range(3, -1, -1), four.lstrip("0").zfill(4), strict=True):
        if figure != "0":
            said += DIGITS[int(figure)] + _PLACES[place]
        elif said and not said.endswith("零"):
            said += "零"
    return said.rstrip("零")


def _as_people_say(said: str) -> str:
    """两百, 两千, 两万 at the head of a number; 二十 stays."""
    is_large = said.startswith("二") and said[1:2] in set("百千万亿")
    return f"两{said[1:]}" if is_large else said
