"""Where people's names stand in a normalised text. Pure and linear: each place is looked at once, a few characters far.

A surname alone makes no name: 高兴 and 王者荣耀 begin with one. What stands before (收件人, 我叫, 司机) or behind
(先生, a phone number) makes a candidate, and the plainer it says so, the less the candidate must look like a name.
Honorifics stay outside.
"""

import re
from collections.abc import Iterator

from security.pii.names import anchors
from security.pii.names.lexicon import (
    COMPOUND,
    acts,
    begins_foreign,
    follows_role,
    is_a_word,
    is_brand_behind,
    is_doubtful,
    is_latin_word,
    is_small_thing,
    sounds_foreign,
    surname_length,
)
from security.pii.names.shape import LATIN, Said, name_end, name_start, small_latin_end
from security.pii.recogniser import Place

_WORTH = {
    Said.MAYBE: 0.6,
    Said.TOLD: 0.7,
    Said.LABELLED: 0.75,
    Said.LABELLED_PERSON: 0.75,
    Said.STATED: 0.85,
    Said.SPELLED: 0.85,
}
_SHOWN = 0.6
"""What shows in another way that it is a name."""
_BARE = 0.3
"""A name and nothing else: one only where it was asked for."""
_LEFT_OF_SURNAME = frozenset("给找叫让是和跟与把由转请问诉的位姓系对为呃嗯啊到替帮放小老们的烦台壁门下上")
_MOST_REPEATED = 20


def places(text: str) -> Iterator[Place]:
    found: dict[tuple[int, int], float] = {}
    for start, end, score in _candidates(text):
        found[start, end] = max(score, found.get((start, end), 0.0))
    if found:
        for _, end in list(found):
            found |= dict.fromkeys(_corrected(text, end), _SHOWN)
        sure = dict.fromkeys(text[start:end] for (start, end), score in found.items() if score > _BARE)
        for value in [value for value in sure if len(value) > 1][:_MOST_REPEATED]:
            found |= {place: max(_SHOWN, found.get(place, 0.0)) for place in _again(text, value)}
    return (Place(start, end, score) for (start, end), score in found.items())


def _candidates(text: str) -> Iterator[Place]:
    yield from _after_words(text)
    yield from _before_words(text)
    yield from _beside_numbers(text)
    yield from _alone(text)
    yield from _foreign(text)


def _after_words(text: str) -> Iterator[Place]:
    for anchor in anchors.LABEL.finditer(text):
        said = _how_plainly(anchor)
        yield from _behind(text, anchor.end(), said)
        if said is Said.SPELLED and (end := small_latin_end(text, anchor.end())) is not None:
            yield Place(anchor.end(), end, _WORTH[said])
    for anchor in _english_labels(text):
        yield from _behind(text, anchor.end(), _how_plainly(anchor))
    for anchor in anchors.TOLD.finditer(text):
        is_named = anchor["link"] in anchors.SPELLED or anchor["link"] == "名叫"
        yield from _behind(text, anchor.end(), Said.LABELLED if is_named else Said.TOLD)
    for anchor in anchors.OWN_NAME.finditer(text) if "叫" in text else ():
        yield from _behind(text, anchor.end(), Said.STATED)
    for anchor in anchors.MAYBE.finditer(text):
        yield from _behind(text, anchor.end(), Said.MAYBE)


def _english_labels(text: str) -> Iterator[re.Match[str]]:
    return anchors.ENGLISH_LABEL.finditer(text) if "a" in text or "e" in text else iter(())


def _how_plainly(label: re.Match[str]) -> Said:
    link = label["link"]
    if link is None:
        return Said.LABELLED_PERSON if label[0].rstrip().endswith(("人", "姓名")) else Said.LABELLED
    return Said.SPELLED if link in anchors.SPELLED else Said.STATED


def _behind(text: str, start: int, said: Said) -> Iterator[Place]:
    end = name_end(text, start, said)
    if end is not None:
        yield Place(start, end, _WORTH[said])


def _before_words(text: str) -> Iterator[Place]:
    for title in anchors.TITLE.finditer(text):
        if is_brand_behind(text, title.end()):
            continue
        end = title.start()
        start = name_start(text, end, is_bounded=False)
        if start is not None and follows_role(text, start + 1):
            start = None
        if start is None and title[0] in anchors.SINGLE_TITLES:
            start = _lone_surname(text, end)
        if start is not None:
            yield Place(start, end, _WORTH[Said.TOLD])
    for title in anchors.SHORT_TITLE.finditer(text):
        if _is_lone_surname(text, title.start() - 1):
            yield Place(title.start() - 1, title.start(), _WORTH[Said.TOLD])
    for friend in anchors.FAMILIAR.finditer(text):
        if _is_familiar(text, friend):
            yield Place(friend.end() - 1, friend.end(), _WORTH[Said.TOLD])
    for told in anchors.SURNAME_TOLD.finditer(text) if "姓" in text else ():
        yield Place(*told.span("surname"), _WORTH[Said.TOLD])
    for match in anchors.BEHIND.finditer(text):
        yield from _bounded(text, match.start())


def _beside_numbers(text: str) -> Iterator[Place]:
    for number in anchors.NUMBER.finditer(text):
        between = anchors.BEFORE_NUMBER.search(text, max(number.start() - 12, 0), number.start())
        yield from _bounded(text, between.start() if between else number.start())
        after = anchors.AFTER_NUMBER.match(text, number.end())
        if after is not None:
            yield from _behind(text, after.end(), Said.MAYBE)


def _bounded(text: str, end: int) -> Iterator[Place]:
    start = name_start(text, end, is_bounded=True)
    if start is None:
        start = _familiar_start(text, end)
    if start is not None:
        yield Place(start, end, _SHOWN)


def _familiar_start(text: str, end: int) -> int | None:
    """找小王丽: a whole name with 小 or 老 before it, which stays outside."""
    start = name_start(text, end, is_bounded=False)
    if start is None or text[start - 1 : start] not in ("小", "老") or is_a_word(text, start - 1, 2):
        return None
    return start if anchors.GIVEN_TO.search(text, max(start - 4, 0), start - 1) else None


def _alone(text: str) -> Iterator[Place]:
    """A name between two marks: one if somebody speaks of names, or asked for it."""
    for run in anchors.SHORT_RUN.finditer(text):
        start, end = run.span()
        if name_start(text, end, is_bounded=True) == start:
            is_spoken_of = anchors.ABOUT_NAMES.search(text, max(start - 16, 0), start)
            is_greeting = anchors.GREETING.search(text, max(start - 8, 0), start) or (
                end - start > 2 and anchors.SELF_TOLD.match(text, end)
            )
            is_quoted = anchors.QUOTED.match(text, start - 1) and anchors.ABOUT_NAMES.search(text, end, end + 8)
            yield Place(start, end, _SHOWN if is_spoken_of or is_quoted or is_greeting else _BARE)


def _foreign(text: str) -> Iterator[Place]:
    for name in LATIN.finditer(text):
        start, end = name.span()
        if is_latin_word(name[0]):
            continue
        is_told = anchors.LATIN_INTRO.search(text, max(start - 12, 0), start)
        is_given_to = acts(text, end) and anchors.GIVEN_TO.search(text, max(start - 2, 0), start)
        is_proven = anchors.DOCUMENT_OR_NUMBER.match(text, end) or anchors.RECEIVES.match(text, end)
        if is_told or is_given_to or is_proven:
            yield Place(start, end, _WORTH[Said.TOLD])
    for told in anchors.MY_NAME_IS.finditer(text) if "ame" in text.lower() else ():
        if not is_latin_word(told["name"]):
            yield Place(*told.span("name"), _WORTH[Said.TOLD])
    for name in anchors.LATIN_ALONE.finditer(text):
        start, end = name.span()
        is_given_to = acts(text, end) and anchors.GIVEN_TO.search(text, max(start - 2, 0), start)
        if is_given_to and not is_latin_word(name[0]):
            yield Place(start, end, _SHOWN)
    if anchors.DOT.search(text):
        for name in anchors.DOTTED.finditer(text):
            yield from _dotted(text, *name.span())


def _dotted(text: str, start: int, end: int) -> Iterator[Place]:
    """From the first of its sounds to the last: the characters around it say something else."""
    dots = [dot.start() for dot in anchors.DOT.finditer(text, start, end)]
    first = next((place for place in range(start, dots[0] - 1) if sounds_foreign(text[place : dots[0]])), None)
    last = next((place for place in range(end, dots[-1] + 2, -1) if sounds_foreign(text[dots[-1] + 1 : place])), None)
    if first is None or last is None or is_brand_behind(text, last):
        return
    is_given_to = anchors.GIVEN_TO.search(text, max(first - 2, 0), first) is not None
    if is_given_to or begins_foreign(text[first:last]):
        yield Place(first, last, _SHOWN)


def _is_familiar(text: str, friend: re.Match[str]) -> bool:
    start, surname = friend.start(), friend["surname"]
    if is_small_thing(surname) or is_a_word(text, start, 2):
        return False
    if is_doubtful(surname):
        return follows_role(text, start)
    is_given_to = anchors.GIVEN_TO.search(text, max(start - 2, 0), start) is not None
    return is_given_to or follows_role(text, start) or acts(text, friend.end())


def _lone_surname(text: str, end: int) -> int | None:
    """Where a surname of one character begins that ends there, or one of two that is nothing else: 司马小姐."""
    if text[max(end - 2, 0) : end] in COMPOUND and not is_a_word(text, end - 2, 2):
        before = text[end - 3 : end - 2] if end > 2 else ""
        return end - 2 if not anchors.RUN.match(before) or before in _LEFT_OF_SURNAME else None
    return end - 1 if _is_lone_surname(text, end - 1) else None


def _is_lone_surname(text: str, place: int) -> bool:
    if place < 0 or surname_length(text, place) != 1 or is_doubtful(text[place]):
        return False
    if is_a_word(text, max(place - 1, 0), 2) or is_a_word(text, place, 2):
        return False
    if place == 0 or not anchors.RUN.match(text[place - 1]) or text[place - 1] in _LEFT_OF_SURNAME:
        return True
    return follows_role(text, place)


def _corrected(text: str, end: int) -> Iterator[tuple[int, int]]:
    words = anchors.CORRECTION.match(text, end)
    if words is not None:
        to = name_end(text, words.end(), Said.TOLD)
        if to is not None:
            yield words.end(), to


def _again(text: str, value: str) -> Iterator[tuple[int, int]]:
    start = text.find(value)
    while start >= 0:
        yield start, start + len(value)
        start = text.find(value, start + len(value))
