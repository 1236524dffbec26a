"""Where people's names stand in a normalised text. Pure and linear: each place is looked at once, a few characters far.

A surname alone makes no name: 高兴 and 王者荣耀 begin with one. What stands before (收件人, 我叫, 司机) or behind (先生, a phone number) makes
a candidate, and the plainer it says so, the less the candidate must look like a name. Honorifics stay outside.
"""

import re
from collections.abc import Iterator

from security.pii.names.lexicon import AROUND, BEGINNINGS, is_a_word, is_doubtful, surname_length
from security.pii.names.shape import Said, name_end, name_start
from security.pii.recogniser import Place
from security.pii.vocabulary import one_of

_HAN = "[\u3400-\u9fff]"
_MARKS = r"""["'`*“”「」『』‘’\s]{0,3}"""
_LATIN = r"[A-Z][A-Za-z'’]{1,20}(?:[ ·/-](?:[A-Z]\.|[A-Z][A-Za-z'’]{1,20})){1,3}"
_ENGLISH_LABELS = one_of(word for word in AROUND["labels"] if word.isascii())
_CHINESE_LABELS = one_of(word for word in AROUND["labels"] if not word.isascii())
_LABEL = re.compile(
    f"(?:{_CHINESE_LABELS}|(?<![A-Za-z])(?i:{_ENGLISH_LABELS})(?![A-Za-z])){_MARKS}(?:就|应该|應該|一栏|要|填|从|由|原来){{0,2}}"
    f"(?P<link>是|叫做|叫|为|為|改成|改为|改為|换成|換成|写成|写的是?|填的是?|[:：=])?{_MARKS}"
)
_SPELLED = frozenset({"叫", "叫做", ":", "：", "="})
_LINK = f"{_MARKS}(?:名叫|叫|是|[:：])?{_MARKS}"
_TOLD = re.compile(f"(?:{one_of(AROUND['roles'] | AROUND['intro'])}){_LINK}")
_MAYBE = re.compile(f"(?:{one_of(AROUND['maybe'])}){_MARKS}(?=[{BEGINNINGS}])")
_ENGLISH = re.compile(rf"(?:(?i:my name is|i am|i'm|this is)\s|(?<![A-Za-z])(?={_LATIN}\s{{0,2}}(?:护照|護照|passport|1[3-9][0-9]{{9}})))(?P<name>{_LATIN})")
_TITLE = re.compile(f"(?<={_HAN})(?:{one_of(AROUND['titles'])})(?!姐)")
_SINGLE_TITLES = AROUND["titles_of_surnames"]
_BEHIND = re.compile(f"(?<={_HAN}{_HAN})(?:收(?!{_HAN})|的(?:{one_of(AROUND['belongings'])}))")
_NUMBER = r"(?<![0-9])(?:\+?86[ -]?)?(?:1[3-9][0-9](?:[ -]?[0-9]{4}){2}|0[0-9]{2,3}-?[0-9]{7,8})(?![0-9])"
_NAME_AND_NUMBER = re.compile(
    rf"(?<={_HAN}{_HAN})[^0-9A-Za-z\u3400-\u9fff]{{0,3}}(?:(?:联系)?(?:电话|手机号?|電話|手機)|tel)?[^0-9A-Za-z\u3400-\u9fff]{{0,3}}(?={_NUMBER})"
)
_NUMBER_AND_NAME = re.compile(rf"{_NUMBER}[ ,，、/|]{{1,2}}(?={_HAN}{{2,4}}(?!{_HAN}))")
_QUOTED = re.compile(rf"[“\"「『‘'](?P<name>{_HAN}{{2,4}})[”\"」』’']")
_ABOUT_NAMES = re.compile(one_of(AROUND["about_names"]))
_ALONE = re.compile(f"(?<!{_HAN})(?P<name>{_HAN}{{2,4}})(?!{_HAN})")
_DOTTED = re.compile(f"{_HAN}{{2,7}}[·•・‧]{_HAN}{{2,8}}")
_CORRECTION = re.compile(
    r"[，,。.\s！!呃嗯啊哦]{0,3}(?:(?:不对|不對|不是|错了|写错了?|说错了?|打错了?|听错了|更正)[，,。\s呃嗯啊]{0,3})?(?:应该|應該)?(?:是|叫|改成|改为|换成|写成)"
)
_LEFT_OF_SURNAME = frozenset("给找叫让是和跟与把由转请问诉的位姓系对为呃嗯啊到替帮")
_MOST_REPEATED = 20

HINT = "|".join(
    (
        f"(?:{one_of(AROUND['labels'] | AROUND['roles'] | AROUND['intro'] | AROUND['about_names'])})",
        f"(?:{one_of(AROUND['maybe'])}){_MARKS}[{BEGINNINGS}]",
        f"(?<={_HAN})(?:{one_of(AROUND['titles'])})",
        f"(?<={_HAN}{_HAN})(?:收(?!{_HAN})|的(?:{one_of(AROUND['belongings'])}))",
        f"[·•・‧“「『]|i'm|i am|this is|1[3-9][0-9]|0[0-9][0-9]|passport|护照",
    )
)
"""Without this in a text in lower case there is no name to be found."""


def places(text: str) -> Iterator[Place]:
    found: dict[tuple[int, int], float] = {}
    for start, end, score in _candidates(text):
        found[start, end] = max(score, found.get((start, end), 0.0))
    for start, end in list(found):
        found |= {place: 0.6 for place in _corrected(text, end)}
    for value in list(dict.fromkeys(text[start:end] for start, end in found if end - start > 1))[:_MOST_REPEATED]:
        found |= {place: 0.6 for place in _again(text, value) if place not in found}
    return (Place(start, end, score) for (start, end), score in found.items())


def _candidates(text: str) -> Iterator[Place]:
    for anchor in _LABEL.finditer(text):
        yield from _behind(text, anchor.end(), _how_plainly(anchor["link"]))
    for anchor in _TOLD.finditer(text):
        yield from _behind(text, anchor.end(), Said.TOLD)
    for anchor in _MAYBE.finditer(text):
        yield from _behind(text, anchor.end(), Said.MAYBE)
    for match in _ENGLISH.finditer(text):
        yield Place(*match.span("name"), 0.7)
    for match in _DOTTED.finditer(text):
        if name_end(text, match.start(), Said.TOLD) and _sounds_foreign(match[0]):
            yield Place(*match.span(), 0.6)
    yield from _before(text)
    for match in _ALONE.finditer(text):
        start, end = match.span()
        if name_start(text, end, is_bounded=True) == start:
            yield Place(start, end, 0.55 if _ABOUT_NAMES.search(text, max(start - 16, 0), start) else 0.3)
    for match in _QUOTED.finditer(text):
        around = text[max(match.start() - 12, 0) : match.start()] + text[match.end() : match.end() + 6]
        if name_start(text, match.end("name"), is_bounded=True) == match.start("name") and _ABOUT_NAMES.search(around):
            yield Place(*match.span("name"), 0.6)


def _how_plainly(link: str | None) -> Said:
    if link is None:
        return Said.LABELLED
    return Said.SPELLED if link in _SPELLED else Said.STATED


def _behind(text: str, start: int, said: Said) -> Iterator[Place]:
    end = name_end(text, start, said)
    if end is not None:
        yield Place(start, end, (0.6, 0.7, 0.75, 0.85, 0.85)[said])


def _before(text: str) -> Iterator[Place]:
    """Names in front of what shows that they are some."""
    for title in _TITLE.finditer(text):
        end = title.start()
        start = name_start(text, end, is_bounded=False)
        if start is None and title[0] in _SINGLE_TITLES and _is_lone_surname(text, end - 1):
            start = end - 1
        if start is not None:
            yield Place(start, end, 0.7)
    for match in (*_BEHIND.finditer(text), *_NAME_AND_NUMBER.finditer(text)):
        start = name_start(text, match.start(), is_bounded=True)
        if start is not None:
            yield Place(start, match.start(), 0.6)
    for match in _NUMBER_AND_NAME.finditer(text):
        yield from _behind(text, match.end(), Said.MAYBE)


def _is_lone_surname(text: str, place: int) -> bool:
    if surname_length(text, place) != 1 or is_doubtful(text[place]) or is_a_word(text, max(place - 1, 0), 2):
        return False
    return place == 0 or not re.match(_HAN, text[place - 1]) or text[place - 1] in _LEFT_OF_SURNAME


def _sounds_foreign(name: str) -> bool:
    from security.pii.names.lexicon import minority_end

    return minority_end(name, 0) is not None


def _corrected(text: str, end: int) -> Iterator[tuple[int, int]]:
    words = _CORRECTION.match(text, end)
    if words and (to := name_end(text, words.end(), Said.TOLD)) is not None:
        yield words.end(), to


def _again(text: str, value: str) -> Iterator[tuple[int, int]]:
    start = text.find(value)
    while start >= 0:
        yield start, start + len(value)
        start = text.find(value, start + len(value))
