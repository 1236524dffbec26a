"""What the caller's words mean for the turn, judged by words alone: go on, be silent, or not yet to be told."""

import re
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Self

import msgspec

FILE = Path(__file__).with_name("phrases.toml")

_SILENT = re.compile(r"[\s,.!?;:，。！？；：、…~～\"'“”‘’]+")
_NUMERAL = re.compile(r"[0-9零〇一二三四五六七八九两幺十百千]$")
_TAG = r"(?P<tag>[好行对是成])不(?P=tag)"
_DENIED = re.compile("(?:不(?:是|用|要|想要?|必|需要)?|别|甭|无需|没有?必要)(?:再|要|去|先|[给帮]我){0,2}$")
"""What comes next."""
_MEANS_SOMETHING = 2
"""Fewer characters beside the back-channels may still become one."""


class Verdict(StrEnum):
    GO_ON = "go_on"
    STOP = "stop"
    OPEN = "open"
    """More has to be heard."""


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The call's own words."""

    still_there: tuple[str, ...]
    goodbye: str
    to_a_person: str
    fillers: tuple[str, ...]
    say_again: str
    not_heard: str
    out_of_order: str


class OnAPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said otherwise where the customer looks at a page, on which the conversation goes on in writing."""

    goodbye: str
    out_of_order: str
    to_people: str


class Phrases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    backchannels: tuple[str, ...]
    meant: tuple[str, ...]
    assents: tuple[str, ...]
    hesitations: tuple[str, ...]
    stops: tuple[str, ...]
    not_stops: tuple[str, ...]
    people: tuple[str, ...]
    not_people: tuple[str, ...]
    refusals: tuple[str, ...]
    yeses: tuple[str, ...]
    unfinished: tuple[str, ...]
    finished: tuple[str, ...]
    said: Said
    on_a_page: OnAPage

    def for_a_page(self) -> Self:
        page = self.on_a_page
        said = msgspec.structs.replace(self.said, goodbye=page.goodbye, out_of_order=page.out_of_order)
        return msgspec.structs.replace(self, said=said)

    @property
    def spoken(self) -> tuple[str, ...]:
        """All that the call says of its own."""
        said, page = self.said, self.on_a_page
        asked = (*said.still_there, *said.fillers, said.say_again, said.not_heard)
        own = (*asked, said.goodbye, said.to_a_person, said.out_of_order)
        return (*own, page.goodbye, page.out_of_order, page.to_people)

    @classmethod
    def load(cls, path: Path = FILE) -> Self:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), cls)

    def judge(self, text: str) -> Verdict:
        """Of what was said while the bot speaks, as far as it was heard."""
        if self.is_backchannel(text):
            return Verdict.GO_ON
        if self.asks_to_stop(text):
            return Verdict.STOP
        words = bare(text)
        beside = self._backchannel_words.sub(_what_is_meant, words)
        if len(beside) < _MEANS_SOMETHING or self._begun_backchannel.fullmatch(words):
            return Verdict.OPEN
        return Verdict.STOP

    def is_backchannel(self, text: str) -> bool:
        """Also nothing at all."""
        words = bare(text)
        return not words or self._backchannel.fullmatch(words) is not None

    def is_assent(self, text: str) -> bool:
        return self._assent.fullmatch(bare(text)) is not None

    def says_yes(self, text: str) -> bool:
        return self.is_assent(text) and not self.is_hesitation(text)

    def is_hesitation(self, text: str) -> bool:
        words = bare(text)
        return not words or self._hesitation.fullmatch(words) is not None

    def asks_to_stop(self, text: str) -> bool:
        """A stop that stands in none of `not_stops`: 不是不是 is 不是 twice, and no 是不是 between two other words."""
        return any(found[0] in (*self.stops, *self.people) for found in self._stop.finditer(bare(text)))

    def asks_for_people(self, text: str) -> bool:
        """And denies it not: 不用给我转人工. But in 不是，我要转人工 something else is denied."""
        words = bare(text)
        found = (each for each in self._people.finditer(words) if each[0] in self.people)
        return any(_DENIED.search(words, 0, each.start()) is None for each in found)

    def refuses(self, text: str) -> bool:
        """A no, or a wish to go no further, and no word of a yes beside it: 好的，不用了 may be either."""
        words = bare(text)
        no = (*self.refusals, *self.people)
        rest = self._refusal.sub(lambda found: "，" if found[0] in no else found[0], words)
        return rest != words and self._yes.search(rest) is None

    def sounds_complete(self, text: str) -> bool:
        words = bare(text)
        return bool(words) and (words.endswith(self.finished) or not words.endswith(self.unfinished))

    def ends_in_a_number(self, text: str) -> bool:
        """Whoever reads out a number breathes between its parts."""
        return _NUMERAL.search(bare(text)) is not None

    @cached_property
    def _backchannel(self) -> re.Pattern[str]:
        return _rows_of(self.backchannels)

    @cached_property
    def _begun_backchannel(self) -> re.Pattern[str]:
        """Rows of them of which the last one is not out yet: 我知 may become 我知道了."""
        begun = {word[:length] for word in self.backchannels for length in range(1, len(word))}
        return re.compile(f"(?:{_any_of(self.backchannels).pattern})*(?:{_any_of(begun).pattern})")

    @cached_property
    def _assent(self) -> re.Pattern[str]:
        return _rows_of((*self.assents, *self.hesitations))

    @cached_property
    def _hesitation(self) -> re.Pattern[str]:
        return _rows_of(self.hesitations)

    @cached_property
    def _backchannel_words(self) -> re.Pattern[str]:
        """And what is meant though one stands in it; but 好不好 denies nothing."""
        meant, backchannel = _any_of(self.meant).pattern, _any_of(self.backchannels).pattern
        return re.compile(f"(?P<meant>{meant})|{_TAG}|{backchannel}|(?P<denied>[不没](?:{backchannel}))")

    @cached_property
    def _stop(self) -> re.Pattern[str]:
        return _any_of((*self.stops, *self.people, *self.not_stops))

    @cached_property
    def _people(self) -> re.Pattern[str]:
        return _any_of((*self.people, *self.not_people))

    @cached_property
    def _refusal(self) -> re.Pattern[str]:
        return _any_of((*self.refusals, *self.people, *self.not_stops))

    @cached_property
    def _yes(self) -> re.Pattern[str]:
        """Words of one character are of a yes only where they stand first, or last and apart: 还没想好 is none."""
        short = _any_of(word for word in self.assents if len(word) == 1).pattern
        long = _any_of((*self.yeses, *(word for word in self.assents if len(word) > 1))).pattern
        return re.compile(f"^(?:{short})|(?<=[，了吧])(?:{short})$|{long}")


def bare(text: str) -> str:
    return _SILENT.sub("", text).lower()


def _what_is_meant(match: re.Match[str]) -> str:
    return match["meant"] or match["denied"] or ""


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word.lower()) for word in sorted(words, key=len, reverse=True)))


def _rows_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(f"(?:{_any_of(words).pattern})+")
