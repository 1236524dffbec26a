"""The examples that the compact model is trained on, drawn from the corpus with a fixed seed."""

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from models.commands import Flow
from models.compact.labels import NO_REASON, Act
from models.compact.normalise import normalise
from models.compact.templates import CORPUS, Source, Writer, read

SEED = 20260501
REASONLESS = NO_REASON
"""Where an example stands that was drawn from the intents, since it gives no reason."""
_BRANCHING = 14
_LEAST, _MOST = 3, 90
_LEAST_OWN = 12
"""An enterprise writes few lines, of words that nothing else holds."""
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


def _without_reason(writer: Writer, chance: random.Random) -> list[str]:
    """What customers say that gives no reason at all: most of the other corpus."""
    plain = [s for s in read("intents") if s.label in _REASONLESS and "{r}" not in s.line]
    return [_roughen(writer.write(chance.choice(plain)), s.label, chance) for s in plain for _ in range(4)]


def examples(folder: str, own: Path | None = None) -> list[Example]:
    """Drawn from the templates. What an enterprise adds is drawn last, and changes nothing of ours."""
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
    writer, chance = Writer(SEED, own), random.Random(SEED)  # noqa: S311 - variety, not secrecy
    for source in read(folder, own or CORPUS):
        for _ in range(_draws(source, _LEAST_OWN if own else _LEAST)):
            words = writer.write(source)
            if folder == "reasons":
                words = _within_request(words, writer, chance)
            text = normalise(_roughen(words, source.label, chance)).spoken
            yield Example(text, source.label, source.where, own is not None)
    if folder == "reasons" and own is None:
        for number, words in enumerate(_without_reason(writer, chance)):
            yield Example(normalise(words).spoken, NO_REASON, f"{REASONLESS}/{number // 4}")


def _draws(source: Source, least: int) -> int:
    choices = source.line.count("|") + _BRANCHING * source.line.count("{") // 2
    return min(_MOST, max(least, choices * 3))
