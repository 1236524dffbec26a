"""Looks a corpus over before anything is trained on it: the product's, or what an enterprise adds to it.

Each fault names file and line, and what to do. The same rules hold for both.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import msgspec

from models.commands import Reason
from models.compact.examples import REASONLESS, Example, drafts
from models.compact.fingerprint import FOLDERS
from models.compact.labels import INTENTS, NO_REASON
from models.compact.templates import CORPUS, CorpusError, Source, Writer, lists, read

LABELS = {"intents": frozenset(INTENTS), "reasons": frozenset({*Reason, NO_REASON})}
SUITE = "suite"
"""The folder beside them that holds an enterprise's own cases."""
MOST_LINES = 3000
"""More would train for longer than a minute."""
_LARGEST_SHARE = 0.35
_MARKS = frozenset("|{}")


class Fault(msgspec.Struct, frozen=True):
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def lint(own: Path | None = None) -> list[Fault]:
    """Of ``own`` beside the product's corpus; without it, of the product's alone."""
    corpus = own or CORPUS
    found = [*_misplaced(corpus), *_unreadable(corpus, own)]
    if found:
        return found
    return [fault for folder in FOLDERS for fault in _doubtful(folder, own)]


def _misplaced(corpus: Path) -> Iterator[Fault]:
    """A file that nobody would read, or whose name is no label."""
    for path in sorted(p for p in corpus.rglob("*") if p.is_file() and not p.name.startswith(".")):
        place = path.relative_to(corpus)
        folder = place.parent.as_posix()
        if folder == SUITE and path.suffix == ".jsonl":
            continue
        if folder not in FOLDERS or path.suffix != ".txt":
            kinds = ", ".join(f"{folder}/<label>.txt" for folder in FOLDERS)
            yield Fault(str(place), f"is not read: a corpus has {kinds}, and {SUITE}/<name>.jsonl")
        elif path.stem not in LABELS.get(folder, {path.stem}):
            near = get_close_matches(path.stem, LABELS[folder], 1)
            meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(LABELS[folder]))}"
            yield Fault(str(place), f"there is no label {path.stem!r} in {folder}; {meant}")


def _unreadable(corpus: Path, own: Path | None) -> Iterator[Fault]:
    count = 0
    for folder in FOLDERS:
        try:
            sources = read(folder, corpus)
            writer = Writer(random.Random(1), lists(own))  # noqa: S311 - variety, not secrecy
        except CorpusError as error:
            yield _fault(error)
            continue
        count += len(sources)
        for source in sources:
            yield from _unwritable(source, writer)
    if own and count > MOST_LINES:
        yield Fault(own.name, f"{count} lines: at most {MOST_LINES}, so that training stays under a minute")


def _unwritable(source: Source, writer: Writer) -> Iterator[Fault]:
    if lacking := sorted(writer.lacking(source.line)):
        yield Fault(source.where, f"there is no word list {lacking[0]!r}: write words/{lacking[0]}.txt")
        return
    try:
        written = writer.write(source)
    except CorpusError as error:
        yield _fault(error)
        return
    if _MARKS & set(written):
        yield Fault(source.where, "a brace stands alone: word lists are written {name}, choices (a|b)")


def _fault(error: CorpusError) -> Fault:
    where, _, what = str(error).partition(": ")
    return Fault(where, what)


def _doubtful(folder: str, own: Path | None) -> Iterator[Fault]:
    sources = read(folder, own or CORPUS)
    yield from _repeated(sources, read(folder) if own else [])
    if folder in LABELS:
        drawn = [e for e in drafts(folder) if not e.where.startswith(f"{REASONLESS}/")]
        added = list(drafts(folder, own)) if own else []
        yield from _contradicting(drawn, added or drawn)
        yield from _drowning(folder, [*drawn, *added], {e.label for e in added or drawn})


def _repeated(sources: list[Source], ours: list[Source]) -> Iterator[Fault]:
    places = {(s.label, s.line): f"{s.where} of the product" for s in ours}
    for source in sources:
        if (where := places.get((source.label, source.line))) is not None:
            yield Fault(source.where, f"stands at {where} already: take one of them away")
        places.setdefault((source.label, source.line), source.where)


def _contradicting(ours: list[Example], judged: list[Example]) -> Iterator[Fault]:
    """The same words with two meanings, as they are drawn: each pair of lines is told once, by its shortest."""
    whose = "" if judged is ours else " of the product"
    meant: dict[str, dict[str, str]] = defaultdict(dict)
    for example in ours:
        meant[example.text].setdefault(example.label, f"{example.where}{whose}")
    for example in judged:
        meant[example.text].setdefault(example.label, example.where)
    told = set()
    for example in sorted(judged, key=lambda e: len(e.text)):
        for label, where in meant[example.text].items():
            if label != example.label and (example.where, where) not in told:
                told |= {(example.where, where), (where, example.where)}
                yield Fault(
                    example.where,
                    f"{example.text!r} means {label} at {where}: keep the line where it belongs, "
                    "and leave its words out of the other",
                )


def _drowning(folder: str, drawn: list[Example], judged: set[str]) -> Iterator[Fault]:
    counts = Counter(example.label for example in {e.text: e for e in drawn}.values())
    for label in sorted(judged):
        if counts[label] > _LARGEST_SHARE * counts.total():
            yield Fault(
                f"{folder}/{label}.txt",
                f"makes {counts[label] / counts.total():.0%} of all examples, more than {_LARGEST_SHARE:.0%}: "
                "leave lines out, or write more of the others",
            )
