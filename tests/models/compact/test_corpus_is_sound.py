"""A lint of the corpus: no line twice, no text with two meanings, no label that is starved or drowns the others."""

from collections import Counter, defaultdict

import pytest

from models.compact.labels import INTENTS, NO_REASON
from models.compact.templates import CorpusError, Source, Writer, read
from models.compact.train import examples

FOLDERS = ("intents", "reasons")


def _repeated(folder: str) -> list[str]:
    lines = Counter((s.label, s.line) for s in read(folder))
    return [f"{label}: {line}" for (label, line), count in lines.items() if count > 1]


@pytest.mark.parametrize("folder", [*FOLDERS, "words"])
def test_no_line_stands_twice_in_a_file(folder: str) -> None:
    assert _repeated(folder) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_line_has_two_labels(folder: str) -> None:
    labels: dict[str, set[str]] = defaultdict(set)
    for source in read(folder):
        labels[source.line].add(source.label)
    assert {line: found for line, found in labels.items() if len(found) > 1} == {}


def test_every_intent_has_a_file_and_every_file_an_intent() -> None:
    assert {source.label for source in read("intents")} == set(INTENTS)


def test_every_reason_has_a_file() -> None:
    from models.commands import Reason

    assert {source.label for source in read("reasons")} == {*Reason, NO_REASON}


def test_no_label_is_starved() -> None:
    lines = Counter(source.label for source in read("intents"))
    assert {label: count for label, count in lines.items() if count < 7} == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_label_drowns_the_others(folder: str) -> None:
    drawn = Counter(example.label for example in examples(folder))
    assert max(drawn.values()) <= 0.35 * sum(drawn.values())
    assert min(drawn.values()) >= 25


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_written_holds_no_marks_of_the_template_language(folder: str) -> None:
    marks = set("|{}")
    assert [example for example in examples(folder) if marks & set(example.text)] == []


def test_an_open_bracket_is_named_with_its_place() -> None:
    with pytest.raises(CorpusError, match=r"here:1: a bracket is never closed"):
        Writer(1).write(Source(label="x", line="(退货", where="here:1"))


def test_an_unknown_word_list_is_named_with_its_place() -> None:
    with pytest.raises(CorpusError, match=r"here:1: there is no word list 'nosuch'"):
        Writer(1).write(Source(label="x", line="{nosuch}", where="here:1"))


def test_the_same_seed_writes_the_same_text() -> None:
    source = Source(label="x", line="(我要|我想)(退|换){p}?(，谢谢)?", where="here:1")
    assert [Writer(7).write(source) for _ in range(3)] == [Writer(7).write(source) for _ in range(3)]
