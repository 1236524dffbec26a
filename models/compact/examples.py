"""The examples that the compact model is trained on, drawn from the corpus with a fixed seed."""

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from models.commands import Flow
from models.compact.labels import NO_REASON, Act
from models.compact.normalise import normalise
from models.compact.templates import CORPUS, Lists, Source, Writer, lists, read

SEED = 20260501
REASONLESS = NO_REASON
"""Where an example stands that was drawn from the intents, since it gives no reason."""
_BRANCHING = 14
_LEAST, _MOST = 3, 90
_LEAST_OWN = 12
"""An enterprise writes few lines, of words that nothing else holds."""
_OF_ANOTHER = 4
"""How often a line that gives no reason is drawn for the classifier of reasons."""
_OPENERS = (
    "你好，",
    "在吗，",
    "亲，",
    "麻烦问下，",
    "喂，",
    "那个",
    "您好",
    "客服你好 ",
    "我说，",
    "哎，",
    "老板，",
    "请问",
)
_CLOSERS = (
    "，谢谢",
    "，急",
    "！",
    "！！",
    "。",
    "啊",
    "哈",
    "呢",
    "，麻烦了",
    "，快点",
    " 谢谢亲",
    "～",
    "，在线等",
    "嘛",
)
_BARE = frozenset({"nothing", "affirm", "deny", "chitchat", "repeat"})
_REASONLESS = frozenset(
    {*Act, *Flow}
    - {
        *(Act.INFORM, Act.FAULT_UNCLEAR, Act.ANGER, Act.THREAT),
        *(Flow.RETURN_REFUND, Flow.REFUND_ONLY, Flow.EXCHANGE, Flow.RESEND, Flow.REPAIR, Flow.CANCEL_ORDER),
        *(Flow.PRICE_PROTECTION, Flow.COMPLAINT, Flow.URGE_SHIPMENT),
    }
)


class Example(NamedTuple):
    text: str
    label: str
    where: str
    """The corpus line that it was written from."""
    is_own: bool = False
    """An enterprise added it."""


def _roughen(text: str, label: str, chance: random.Random) -> str:
    """As customers type: without punctuation, with spaces for it, with a greeting before or thanks behind."""
    if label not in _BARE and chance.random() < 0.15:
        text = chance.choice(_OPENERS) + text
    if label not in _BARE and chance.random() < 0.2:
        text = text + chance.choice(_CLOSERS)
    kind = chance.random()
    if kind < 0.2:
        text = text.replace("，", "")
    elif kind < 0.35:
        text = text.replace("，", " ")
    return text


def _within_request(words: str, writer: Writer, chance: random.Random) -> str:
    """A reason as it stands in a request: with what it is about before it, with what is wanted behind it."""
    if chance.random() < 0.4:
        words = writer.word("head") + chance.choice(("", "，", " ")) + words
    if chance.random() < 0.4:
        words = words + chance.choice(("", "，", " ", "，，")) + writer.word("tail")
    return words


def _without_reason(known: Lists) -> Iterator[Example]:
    """What customers say that gives no reason at all: most of the other corpus."""
    for source in read("intents"):
        if source.label in _REASONLESS and "{r}" not in source.line:
            chance = _chance_of(source, NO_REASON)
            writer = Writer(chance, known)
            for _ in range(_OF_ANOTHER):
                words = _roughen(writer.write(source), source.label, chance)
                yield Example(normalise(words).spoken, NO_REASON, f"{REASONLESS}/{source.where}")


def examples(folder: str, own: Path | None = None) -> list[Example]:
    """Drawn from the templates. What an enterprise adds changes nothing of ours."""
    drawn: dict[str, Example] = {}
    for example in (*drafts(folder), *(drafts(folder, own) if own else ())):
        drawn.setdefault(example.text, example)
    return sorted(example for text, example in drawn.items() if text)


def drafts(folder: str, own: Path | None = None) -> tuple[Example, ...]:
    """Of the product's lines, or of those in ``own``; texts may come twice. More choices are drawn more often."""
    return tuple(_drafts(folder, own)) if own else _of_product(folder)


@cache
def _of_product(folder: str) -> tuple[Example, ...]:
    return tuple(_drafts(folder, None))


def _drafts(folder: str, own: Path | None) -> Iterator[Example]:
    known = lists(own)
    for source in read(folder, own or CORPUS):
        chance = _chance_of(source, folder)
        writer = Writer(chance, known)
        for _ in range(_draws(source, _LEAST_OWN if own else _LEAST)):
            words = writer.write(source)
            if folder == "reasons":
                words = _within_request(words, writer, chance)
            text = normalise(_roughen(words, source.label, chance)).spoken
            yield Example(text, source.label, source.where, own is not None)
    if folder == "reasons" and own is None:
        yield from _without_reason(known)


def _chance_of(source: Source, use: str) -> random.Random:
    """Each line has chances of its own: another line beside it changes nothing of what this one is drawn as."""
    return random.Random(f"{SEED}/{use}/{source.label}/{source.line}")  # noqa: S311 - variety, not secrecy


def _draws(source: Source, least: int) -> int:
    choices = source.line.count("|") + _BRANCHING * source.line.count("{") // 2
    return min(_MOST, max(least, choices * 3))
