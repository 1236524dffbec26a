"""What is said in training: the shop's sentences, numbers digit by digit, salads of words for variety.

Written from the corpus beside this module and from that of the compact model; the same seed, the same sentences.
"""

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

import msgspec

from models.asr.selftest.everyday import everyday_words
from models.compact.templates import Source, Writer, lists, read

SEED = 20261126
CORPUS = Path(__file__).with_name("corpus")
SPOKEN = re.compile("[\u4e00-\u9fa5]+")
_PAUSE = re.compile("[，,。！？!?～~…、 ]+")
_LONGEST = 30
_RAREST = 5
"""A character that comes less often is learnt badly; its sentences are left out."""
_EVERYDAY_SHARE = 0.4
_DIGITS = "零一二三四五六七八九"
_NUMBER_HEADS = (
    *("订单号是", "单号是", "我的订单号", "订单尾号", "尾号是", "订单", "是", "嗯是", "单号", "后四位是", "你记一下"),
    *("", "", "", "", "", ""),
)
_NUMBER_TAILS = ("", "", "", "", "", "这个", "对", "这一单", "帮我查一下", "的那个订单", "谢谢")
_PHONE_HEADS = ("手机号是", "电话", "我手机", "打这个号码", "", "", "")


class Sentence(msgspec.Struct, frozen=True):
    text: str
    """As it is written down: characters only."""
    said: str
    """As it is given to the voice: with commas where it pauses."""
    kind: str
    is_held_back: bool = False


def sentences(seed: int = SEED) -> list[Sentence]:
    """Everything, mixed. What is held back shares no text with the rest."""
    chance = random.Random(seed)  # noqa: S311 - variety, not secrecy
    grammar = list(_grammar(seed, chance))
    drawn = [
        *_share(grammar, "opening", 14000, 130, chance),
        *_share(grammar, "answer", 12000, 100, chance),
        *_share(grammar, "short", 4000, 40, chance),
        *_share(grammar, "text", 12000, 130, chance),
        *_distinct(_number, 4500, 150, chance),
        *_distinct(_phone, 700, 30, chance),
    ]
    everyday = everyday_words()
    weights = list(accumulate(everyday.values()))
    drawn += [_salad(grammar, list(everyday), weights, chance) for _ in range(14000)]
    common = _common_characters(drawn)
    kept = [s for s in drawn if set(s.text) <= common]
    chance.shuffle(kept)
    return kept


def wording(seed: int = SEED) -> list[str]:
    """Each sentence once that may be said, but what is held back and the salads: for a model of the language."""
    drawn = sentences(seed)
    written = (*_grammar(seed, random.Random(seed)), *(s for s in drawn if s.kind != "salad"))  # noqa: S311 - variety, not secrecy
    back = {s.text for s in drawn if s.is_held_back}
    return sorted({s.text for s in written} - back)


def _grammar(seed: int, chance: random.Random) -> Iterator[Sentence]:
    writer = Writer(random.Random(seed), lists(CORPUS))  # noqa: S311 - variety, not secrecy
    for kind, source, draws in _sources():
        for _ in range(draws):
            written = writer.write(source)
            if kind == "text" and source.where.startswith("reasons/") and chance.random() < 0.5:
                written = f"{writer.word('head')}，{written}"
            yield from _sentence(written, kind, chance)


def _sources() -> Iterator[tuple[str, Source, int]]:
    for source in read("spoken", CORPUS):
        yield source.label, source, 60 if source.label == "short" else 200
    for folder in ("intents", "reasons"):
        for source in read(folder):
            yield "text", source, 30


def _sentence(written: str, kind: str, chance: random.Random) -> Iterator[Sentence]:
    parts = [p for p in _PAUSE.split(written) if p]
    text = "".join(parts)
    if SPOKEN.fullmatch(text) and len(text) <= _LONGEST:
        yield Sentence(text=text, said=_with_pauses(parts, chance), kind=kind)


def _with_pauses(parts: list[str], chance: random.Random) -> str:
    said = parts[0]
    for part in parts[1:]:
        said += ("，" if chance.random() < 0.5 else "") + part
    return said


def _share(grammar: list[Sentence], kind: str, many: int, back: int, chance: random.Random) -> Iterator[Sentence]:
    """``many`` distinct sentences of a kind, as far as there are so many, of which the first ``back`` are held back."""
    distinct = sorted({s.text: s for s in grammar if s.kind == kind}.values(), key=lambda s: s.text)
    chance.shuffle(distinct)
    back = min(back, len(distinct) // 8)
    yield from (msgspec.structs.replace(s, is_held_back=True) for s in distinct[:back])
    learnt = distinct[back:]
    yield from (learnt[i % len(learnt)] for i in range(min(many, 3 * len(learnt))))


def _distinct(
    draw: Callable[[random.Random], Sentence], many: int, back: int, chance: random.Random
) -> Iterator[Sentence]:
    drawn = list({s.text: s for s in (draw(chance) for _ in range(many))}.values())
    yield from (msgspec.structs.replace(s, is_held_back=True) for s in drawn[:back])
    yield from drawn[back:]


def _number(chance: random.Random) -> Sentence:
    length = chance.choice((4, 4, 4, 6, 8, 10, 12, 14, 14, 14, 14))
    figures = "".join(chance.choice("0123456789") for _ in range(length))
    if length == 14 and chance.random() < 0.7:
        figures = f"2026{chance.randint(1, 12):02}{chance.randint(1, 28):02}" + figures[8:]
    return _figures(figures, chance.choice(_NUMBER_HEADS), chance.choice(_NUMBER_TAILS), "number", chance)


def _phone(chance: random.Random) -> Sentence:
    figures = "1" + chance.choice("3456789") + "".join(chance.choice("0123456789") for _ in range(9))
    return _figures(figures, chance.choice(_PHONE_HEADS), "", "phone", chance)


def _figures(figures: str, head: str, tail: str, kind: str, chance: random.Random) -> Sentence:
    """Digit by digit, often in groups; 幺 for 1 as often as 一."""
    one = chance.choice("一幺")
    spoken = [one if f == "1" else _DIGITS[int(f)] for f in figures]
    group = chance.choice((3, 4, 4, 20, 20))
    groups = ["".join(spoken[i : i + group]) for i in range(0, len(spoken), group)]
    parts = [p for p in (head, *groups, tail) if p]
    return Sentence(text="".join(parts), said=_with_pauses(parts, chance), kind=kind)


def _salad(grammar: list[Sentence], everyday: list[str], weights: list[float], chance: random.Random) -> Sentence:
    """Pieces of other sentences and words of every day one behind another: every word beside every other."""
    parts = []
    for _ in range(chance.randint(2, 5)):
        if chance.random() < _EVERYDAY_SHARE:
            parts.append(chance.choices(everyday, cum_weights=weights)[0])
            continue
        text = chance.choice(grammar).text
        start = chance.randrange(len(text))
        parts.append(text[start : start + chance.randint(1, 5)])
    return Sentence(text="".join(parts), said=_with_pauses(parts, chance), kind="salad")


def _common_characters(drawn: list[Sentence]) -> set[str]:
    counted = Counter("".join(s.text for s in drawn if not s.is_held_back))
    return {c for c, many in counted.items() if many >= _RAREST}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(
        "".join(json.dumps(msgspec.to_builtins(s), ensure_ascii=False) + "\n" for s in sentences()), encoding="utf-8"
    )
