"""A turn's diagnosis for people at a terminal."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from appliance.conversation.diagnosis import Decided, TurnDiagnosis, Understanding

_WORDS: Final[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("diagnosis_words.toml").read_text(encoding="utf-8")
)


def print_turn(turn: TurnDiagnosis, console: Console) -> None:
    at = turn.at.isoformat(timespec="seconds")
    heading = _WORDS["turn"].format(turn=turn.turn, at=at, first_seq=turn.first_seq, last_seq=turn.last_seq)
    console.print(Text(heading, style="bold"))
    for key, words in _lines(turn):
        console.print(Text(f"  {_WORDS[key]}: {words}"), soft_wrap=True)


def _lines(turn: TurnDiagnosis) -> Iterator[tuple[str, str]]:
    yield from (("heard", words) for words in turn.heard)
    if turn.understanding is not None:
        yield from _understood(turn.understanding)
    yield "slots", f"{_slots(turn.slots_before)} → {_slots(turn.slots_after)}"
    yield from (("read", f"{each.type} {_pairs(each.data)}") for each in turn.read)
    for decided in turn.decisions:
        yield from _decided(decided)
    yield from (("effect", f"{each.type} {_pairs(each.data)}") for each in turn.effects)
    yield from (("reply", words) for words in turn.replies)
    yield "awaiting", turn.awaiting or "-"
    yield "took", " · ".join(f"{_WORDS['stages'].get(stage, stage)} {_ms(us)}" for stage, us in turn.took_us.items())


def _understood(understanding: Understanding) -> Iterator[tuple[str, str]]:
    source = _WORDS["sources"].get(understanding.source, understanding.source)
    yield "source", f"{source} · {understanding.confidence:.2f} · {_ms(understanding.took_us)}"
    if understanding.fell_back:
        yield "fell_back", understanding.fell_back
    for asked in understanding.asked:
        tokens = f"{asked.get('prompt_tokens', '?')}+{asked.get('answer_tokens', '?')} tokens"
        yield "asked", f"{asked['outcome']} · {_ms(asked['took_us'])} · {tokens}"
    yield from (("command", _pairs(command)) for command in understanding.commands)


def _decided(decided: Decided) -> Iterator[tuple[str, str]]:
    refusal = f" ({decided.refusal})" if decided.refusal else ""
    yield "decision", f"{decided.flow or '-'}: {decided.verdict}{refusal} · {decided.rule}"
    if decided.policy:
        yield "policy", decided.policy
    if decided.facts:
        yield "facts", _pairs(decided.facts)


def _slots(slots: dict[str, Any] | None) -> str:
    return _WORDS["unknown"] if slots is None else _pairs(slots) or "-"


def _pairs(values: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in values.items() if value is not None)


def _ms(us: int) -> str:
    return f"{us / 1000:.1f} ms"
