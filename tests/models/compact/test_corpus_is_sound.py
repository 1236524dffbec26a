"""The lint of a corpus: it holds ours, and tells an enterprise what to mend in its own, with file, line and cure."""

import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from models.commands import Reason
from models.compact.examples import examples
from models.compact.labels import INTENTS, NO_REASON
from models.compact.lint import MOST_LINES, lint
from models.compact.templates import CorpusError, Source, Writer, lists, read


def test_nothing_is_wrong_with_ours() -> None:
    assert lint() == []


def test_every_label_has_a_file() -> None:
    assert {source.label for source in read("intents")} == set(INTENTS)
    assert {source.label for source in read("reasons")} == {*Reason, NO_REASON}


@pytest.mark.parametrize("folder", ["intents", "reasons"])
def test_no_label_is_starved(folder: str) -> None:
    lines = Counter(source.label for source in read("intents"))
    assert {label: count for label, count in lines.items() if count < 7} == {}
    assert min(Counter(example.label for example in examples(folder)).values()) >= 25


def test_the_same_chances_write_the_same_text() -> None:
    source = Source(label="x", line="(我要|我想)(退|换){p}?(，谢谢)?", where="here:1")
    first, second = (Writer(Random(7), lists()) for _ in range(2))  # noqa: S311 - variety, not secrecy
    assert [first.write(source) for _ in range(3)] == [second.write(source) for _ in range(3)]


def test_lists_that_refer_to_each_other_in_a_circle_are_named(tmp_path: Path) -> None:
    own = written(tmp_path, {"intents/exchange.txt": "换{gear}", "words/gear.txt": "{gear}盒"})
    with pytest.raises(CorpusError, match="in a circle"):
        Writer(Random(1), lists(own)).write(read("intents", own)[0])  # noqa: S311 - variety, not secrecy


@pytest.mark.parametrize(
    ("file", "content", "fault"),
    [
        (
            "intents/exchnage.txt",
            "换",
            "intents/exchnage.txt: there is no label 'exchnage' in intents; did you mean exchange",
        ),
        ("reasons/bored.txt", "x", "reasons/bored.txt: there is no label 'bored' in reasons; there are "),
        ("exchange.txt", "换", "exchange.txt: is not read: a corpus has intents/<label>.txt"),
        ("intents/exchange.csv", "换", "intents/exchange.csv: is not read"),
        ("intents/exchange.txt", "换网关\n(换网关", "intents/exchange.txt:2: a bracket is never closed"),
        ("intents/exchange.txt", "换网关)", "intents/exchange.txt:1: a bracket is closed that was never opened"),
        (
            "intents/exchange.txt",
            "(换|调){gateway}",
            "there is no word list 'gateway': write words/gateway.txt",
        ),
        ("intents/exchange.txt", "换}", "intents/exchange.txt:1: a brace stands alone"),
        ("intents/exchange.txt", "换\n" * (MOST_LINES + 1), "lines: at most"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place_and_a_cure(
    tmp_path: Path, file: str, content: str, fault: str
) -> None:
    assert fault in str(lint(written(tmp_path, {file: content}))[0])


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "intents").mkdir()
    (tmp_path / "intents" / "exchange.txt").write_bytes("换网关".encode("gbk"))
    assert str(lint(tmp_path)[0]) == "intents/exchange.txt: not UTF-8: save the file in that encoding"


def test_what_is_said_already_or_means_something_else_is_named(tmp_path: Path) -> None:
    own = written(
        tmp_path,
        {
            "intents/exchange.txt": "怎么换货\n网关换新\n网关换新\n退货",
            "intents/repair.txt": "网关换新",
            "reasons/quality.txt": "网关老断连",
        },
    )
    refund = next(e.where for e in examples("intents") if e.text == "退货")
    again, twice, *others = [str(fault) for fault in lint(own)]
    assert re.match(r"intents/exchange\.txt:1: stands at intents/exchange\.txt:\d+ of the product already", again)
    assert twice == "intents/exchange.txt:3: stands at intents/exchange.txt:2 already: take one of them away"
    assert sorted(fault.partition(": keep")[0] for fault in others) == [
        "intents/exchange.txt:2: '网关换新' means repair at intents/repair.txt:1",
        "intents/exchange.txt:3: '网关换新' means repair at intents/repair.txt:1",
        f"intents/exchange.txt:4: '退货' means return_refund at {refund} of the product",
    ]


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder
