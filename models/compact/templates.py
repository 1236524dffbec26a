"""The corpus language: one utterance a line, with ``(a|b)`` choices, ``(a)?`` and ``a?`` options and ``{word}`` lists.

``{word}`` draws a line of ``words/word.txt``, or of the reason of that name; ``{r}`` draws from any reason.
Only training uses this module.
"""

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

CORPUS = Path(__file__).with_name("corpus")
_TOKEN = re.compile(r"\(|\)\??|\||\{[a-z_]+\}|[^()|{}]+|[{}]")
_OPTIONAL = re.compile(r"(\{[a-z_]+\}|[^(){}|?])\?")
_NAME = re.compile(r"\{([a-z_]+)\}")
_MAX_DEPTH = 6


class CorpusError(Exception):
    """A corpus line cannot be read. The message names file and line."""


class Source(msgspec.Struct, frozen=True):
    label: str
    line: str
    where: str


def read(folder: str, corpus: Path = CORPUS) -> list[Source]:
    """Every line of ``<folder>/<label>.txt``. CorpusError where a file is not UTF-8."""
    sources = []
    for path in sorted((corpus / folder).glob("*.txt")):
        for number, line in enumerate(_text(path).splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                sources.append(Source(label=path.stem, line=line, where=f"{folder}/{path.name}:{number}"))
    return sources


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"{path.parent.name}/{path.name}"
        raise CorpusError(f"{place}: not UTF-8: save the file in that encoding") from error


def _listed(own: Path | None) -> list[Source]:
    """What ``{name}`` stands for: the word lists and the reasons, and behind ours what an enterprise adds."""
    return [
        s for corpus in (CORPUS, *([own] if own else [])) for kind in ("words", "reasons") for s in read(kind, corpus)
    ]


class Lists(NamedTuple):
    """What ``{name}`` stands for, and the reasons that ``{r}`` draws from."""

    words: Mapping[str, Sequence[str]]
    reasons: Sequence[str]


def lists(own: Path | None = None) -> Lists:
    """The product's, each with what ``own`` adds behind it. CorpusError where a file is not UTF-8."""
    words: dict[str, list[str]] = {}
    for source in _listed(own):
        words.setdefault(source.label, []).append(source.line)
    return Lists(words, sorted({s.label for s in read("reasons")} - {"none", "other"}))


class Writer:
    """Writes utterances from templates; the same chances write the same ones."""

    def __init__(self, chance: random.Random, known: Lists) -> None:
        self._random = chance
        self._words, self._reasons = known

    def lacking(self, line: str) -> set[str]:
        """Names in the line of which there is no list."""
        return set(_NAME.findall(line)) - self._words.keys() - {"r"}

    def write(self, source: Source) -> str:
        return self._expand(source.line, 0, source.where)

    def word(self, name: str) -> str:
        """A line of one word list, written out."""
        return self._word(f"{{{name}}}", 0, name)

    def _expand(self, line: str, depth: int, where: str) -> str:
        if depth > _MAX_DEPTH:
            raise CorpusError(f"{where}: word lists refer to each other in a circle")
        parts = _TOKEN.findall(_OPTIONAL.sub(r"(\1)?", line))
        text, rest = self._choices(parts, 0, depth, where)
        if rest != len(parts):
            raise CorpusError(f"{where}: a bracket is closed that was never opened")
        return text

    def _choices(self, parts: list[str], at: int, depth: int, where: str) -> tuple[str, int]:
        branches: list[str] = [""]
        while at < len(parts):
            part = parts[at]
            if part in (")", ")?"):
                break
            if part == "|":
                branches.append("")
                at += 1
            elif part == "(":
                inner, at = self._choices(parts, at + 1, depth, where)
                if at >= len(parts):
                    raise CorpusError(f"{where}: a bracket is never closed")
                optional = parts[at] == ")?"
                branches[-1] += "" if optional and self._random.random() < 0.5 else inner
                at += 1
            else:
                branches[-1] += self._word(part, depth, where) if part.startswith("{") else part
                at += 1
        return self._random.choice(branches), at

    def _word(self, part: str, depth: int, where: str) -> str:
        name = part[1:-1]
        if not name:
            return part
        if name == "r":
            name = self._random.choice(self._reasons)
        if name not in self._words:
            raise CorpusError(f"{where}: there is no word list {name!r}")
        return self._expand(self._random.choice(self._words[name]), depth + 1, where)
