"""Made-up calls in which callers tell numbers of all kinds: each character is a tone, so that what is left of it can be
measured. The recogniser's times are as wrong as those of real ones.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

import numpy as np

from appliance.voice.recording.model import RATE_HZ, SAMPLES_PER_MS, Span, Utterance
from models.asr.heard import Word

CHAR_MS: Final = 180
PAUSE_MS: Final = 40
"""Between two characters."""
WRONG_MS: Final = 100
"""By so much the recogniser is wrong about when a character was spoken, at most."""
DIGITS: Final = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))

OPENINGS: Final = ("你好我想问一下", "喂你好在吗", "我要退货", "我的快递怎么还没到", "那件衣服大了想换一件")
ENDINGS: Final = ("好的谢谢你啊", "那就这样吧", "麻烦快一点处理", "没有别的问题了")


@dataclass(frozen=True)
class Said:
    """One utterance: what is told in it that may not be kept stands in brackets."""

    marked: str
    expected: frozenset[str] = frozenset()
    is_written: bool = True
    """Numbers in digits and signs between, as most recognisers write."""
    has_times: bool = True
    misheard: tuple[str, str] = ("", "")
    """What was said, and what was understood."""

    @property
    def text(self) -> str:
        return self.marked.replace("[", "").replace("]", "")

    def secret(self) -> Iterator[tuple[str, bool]]:
        is_secret = False
        for char in self.marked:
            if char in "[]":
                is_secret = char == "["
            else:
                yield char, is_secret


@dataclass
class Call:
    name: str
    said: tuple[Said, ...]
    pcm: bytes = b""
    utterances: list[Utterance] = field(default_factory=list)
    secrets: list[tuple[int, Span]] = field(default_factory=list)
    """When each character of what may not be kept was really spoken, and in which utterance."""
    others: list[tuple[int, Span]] = field(default_factory=list)

    def spoken(self, random: Random) -> "Call":
        at_ms, tones = 1000, [np.zeros(1000 * SAMPLES_PER_MS)]
        for place, said in enumerate(self.said):
            at_ms = self._utter(random, place, said, at_ms, tones)
        self.pcm = (np.concatenate(tones) * 12000).astype("<i2").tobytes()
        return self

    def _utter(self, random: Random, place: int, said: Said, at_ms: int, tones: list["np.ndarray"]) -> int:
        words, begin = [], at_ms
        for char, is_secret in said.secret():
            (self.secrets if is_secret else self.others).append((place, Span(at_ms, at_ms + CHAR_MS)))
            tones += [_tone(char), np.zeros(PAUSE_MS * SAMPLES_PER_MS)]
            wrong = random.randint(-WRONG_MS, WRONG_MS)
            words.append(Word(DIGITS.get(char, char), max(at_ms + wrong, 0), at_ms + wrong + CHAR_MS))
            at_ms += CHAR_MS + PAUSE_MS
        heard = _misheard(said, words)
        self.utterances.append(
            Utterance(
                start_ms=begin,
                end_ms=at_ms,
                text=_written(heard) if said.is_written else "".join(word.text for word in heard),
                words=tuple(heard) if said.has_times else (),
                expected=said.expected,
            )
        )
        tones.append(np.zeros(800 * SAMPLES_PER_MS))
        return at_ms + 800


def calls(count: int, seed: int) -> list[Call]:
    random = Random(seed)  # noqa: S311 (test data)
    shapes = (_whole, _in_pieces, _corrected, _without_times, _asked_for, _misheard_card, _everything)
    return [shapes[number % len(shapes)](random).spoken(random) for number in range(count)]


def identity_card(random: Random) -> str:
    born = f"{random.randint(1960, 2005)}{random.randint(1, 12):02}{random.randint(1, 28):02}"
    body = f"110101{born}{random.randint(0, 999):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


def bank_card(random: Random) -> str:
    body = "622202" + "".join(str(random.randint(0, 9)) for _ in range(12))
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body))]
    return body + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def _number(random: Random, length: int) -> str:
    return "".join(str(random.randint(0, 9)) for _ in range(length))


def _told(random: Random) -> tuple[str, str, str]:
    """Words before, the value, words behind; of every type."""
    return random.choice(
        (
            ("我的身份证号是", identity_card(random), "麻烦你看一下"),
            ("银行卡号是", bank_card(random), "是工商银行的"),
            ("我的护照号是", "E" + _number(random, 8), "对的没错"),
            ("港澳通行证号码是", "C" + _number(random, 8), "对的没错"),
            ("短信验证码是", _number(random, 6), "你收到了吗"),
            ("卡背面的安全码是", _number(random, 3), "对的没错"),
            ("我的密码是", _number(random, 6), "帮我登录一下"),
        )
    )


def _frame(random: Random, name: str, *said: Said) -> Call:
    return Call(name, (Said(random.choice(OPENINGS)), *said, Said(random.choice(ENDINGS))))


def _whole(random: Random) -> Call:
    before, value, behind = _told(random)
    return _frame(random, "whole", Said(f"{before}[{value}]{behind}", is_written=random.random() < 0.7))


def _in_pieces(random: Random) -> Call:
    """As people do: three or four digits, then they wait."""
    before, value = random.choice(
        (
            ("身份证号是", identity_card(random)),
            ("卡号你记一下", bank_card(random)),
            ("身份证号我报给你", identity_card(random)),
        )
    )
    cuts = sorted(random.sample(range(3, len(value) - 2), random.randint(1, 3)))
    pieces = [value[a:b] for a, b in zip([0, *cuts], [*cuts, len(value)], strict=True)]
    is_written = random.random() < 0.5
    return _frame(random, "in pieces", Said(before), *(Said(f"[{piece}]", is_written=is_written) for piece in pieces))


def _corrected(random: Random) -> Call:
    before, value = random.choice((("我的身份证号是", identity_card(random)), ("银行卡号是", bank_card(random))))
    anew = _number(random, 1)
    words = random.choice(
        (f"[不对最后一位是{anew}]", f"[错了最后是{anew}]", f"[{_number(random, 4)}不好意思后面四位是这个]")
    )
    return _frame(random, "corrected", Said(f"{before}[{value}]"), Said(words))


def _without_times(random: Random) -> Call:
    before, value, behind = _told(random)
    return _frame(random, "without times", Said(f"[{before}{value}{behind}]", has_times=False))


def _asked_for(random: Random) -> Call:
    what, length = random.choice((("OTP", 6), ("CVV", 3), ("PASSWORD", 6)))
    return _frame(random, "asked for", Said(f"[{_number(random, length)}]", expected=frozenset({what})))


def _misheard_card(random: Random) -> Call:
    """One digit is lost, or another: by its check digit it is nothing, and on the tape it is a card."""
    value = random.choice((identity_card(random)[:-1] + "3", bank_card(random)))
    at = random.randint(2, len(value) - 3)
    wrong = value[:at] + random.choice(("", str((int(value[at]) + 1) % 10))) + value[at + 1 :]
    return _frame(random, "misheard", Said(f"给你说一下[{value}]就是这个", misheard=(value, wrong)))


def _everything(random: Random) -> Call:
    card, code = bank_card(random), _number(random, 3)
    return _frame(
        random,
        "everything",
        Said(f"身份证[{identity_card(random)}]你记好了"),
        Said(f"银行卡[{card}]还有安全码[{code}]"),
        Said("这件衣服我买了三件"),
        Said(f"短信验证码[{_number(random, 6)}]好了吗"),
    )


def _misheard(said: Said, words: Sequence[Word]) -> list[Word]:
    """Digits that were lost have no word; those that were taken for others have theirs."""
    before, after = said.misheard
    if not before:
        return list(words)
    first = said.text.index(before)
    kept = list(words)
    if len(after) < len(before):
        pairs = zip(before, after + " ", strict=True)
        del kept[first + next(place for place, (said_digit, heard) in enumerate(pairs) if said_digit != heard)]
    understood = said.text.replace(before, after)
    return [
        Word(DIGITS.get(char, char), word.start_ms, word.end_ms) for char, word in zip(understood, kept, strict=True)
    ]


def _written(words: Sequence[Word]) -> str:
    """As text normalisation does: digits where two or more stand together, a comma behind a long number."""
    spoken = {said: digit for digit, said in DIGITS.items()}
    out: list[str] = []
    for place, word in enumerate(words):
        around = [other.text in spoken for other in words[max(place - 1, 0) : place + 2]]
        out.append(spoken[word.text] if word.text in spoken and sum(around) > 1 else word.text)
    return re.sub(r"(?<=[0-9]{3})(?=[^0-9]{4,}$)", "，", "".join(out)) + "。"


def _tone(char: str) -> "np.ndarray":
    time = np.arange(CHAR_MS * SAMPLES_PER_MS) / RATE_HZ
    return np.sin(2 * np.pi * (300 + ord(char) * 37 % 3000) * time)
