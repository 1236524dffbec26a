"""Plays the demo's customers one after another and shows each conversation, decision and receipt."""

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from appliance.evaluation import runner, scoring, stories
from appliance.evaluation.model import Case, Entry, Verdict
from appliance.evaluation.port import Venue
from appliance.evaluation.tryout import TryOut
from appliance.evaluation.venue import OneShop, Site
from appliance.identity.widgets import Look, accent_from, avatar_from

SHOP = "demo"


class _Decision(msgspec.Struct, frozen=True):
    facts: dict[str, Any] = {}


class _Ruling(msgspec.Struct, frozen=True):
    decision: _Decision


_STYLE = {"customer": "bold", "bot": "cyan", "agent": "green", "system": "dim", "notice": "dim"}


async def open_shop(site: Site) -> OneShop:
    """The demo's shop, with the bot and the colours of its own."""
    told = stories.shop()
    venue = await OneShop.opened(site, SHOP, told.name)
    look = Look(accent=accent_from(told.accent), avatar=avatar_from(stories.avatar()), has_calls=True)
    await site.present(SHOP, told.persona, look)
    return venue


async def tell(stories: Sequence[Case], venue: Venue, console: Console) -> list[Verdict]:
    """Play and show; whether each customer got what policy says is in the verdicts."""
    verdicts = []
    for story in stories:
        verdict = scoring.judge(story, await runner.play(story, venue))
        show(verdict, console)
        verdicts.append(verdict)
    return verdicts


def show(verdict: Verdict, console: Console) -> None:
    console.print()
    console.rule(Text(verdict.case.id), align="left")
    for speaker, words in verdict.played.transcript:
        _line(console, speaker, words, _STYLE.get(speaker, ""))
    for entry in verdict.played.log:
        told = _told(entry)
        if told is not None:
            _line(console, entry.type.partition(".")[0], told, "yellow")
    for case in verdict.played.received:
        _line(console, "written", _codes(msgspec.to_builtins(case)), "green")
    if verdict.is_passed:
        _line(console, "policy", "as policy says", "bold green")
    for why in verdict.why:
        _line(console, "policy", f"NOT as policy says: {why}", "bold red")


def invite(tryout: TryOut, console: Console) -> None:
    """Who can be spoken as, with which orders, and what to say first."""
    console.rule("try it yourself", align="left")
    for person in tryout.people:
        orders = ", ".join(tryout.orders_of(person))
        console.print(f"{person.name}: appliance chat --customer {person.id}   (orders {orders})", soft_wrap=True)
        for each in person.tries:
            console.print(f"    {each.flow:<17} {each.say}", soft_wrap=True)


def _line(console: Console, who: str, words: str, style: str) -> None:
    indented = words.replace("\n", "\n" + " " * 12)
    console.print(Text.assemble((f"{who:>10}  ", style), indented), soft_wrap=True)


def _told(entry: Entry) -> str | None:
    """What the log says of decisions, quotes, receipts and hand-offs."""
    data = dict(entry.data)
    match entry.type:
        case "decision.made":
            refusal = f" {data['refusal']}" if data.get("refusal") else ""
            head = f"{data.get('rule')} → {data.get('verdict')}{refusal}  {data.get('policy') or ''}".rstrip()
            return head + "".join(f"\n{line}" for line in _facts(entry.words))
        case "handoff.made":
            return f"{_codes(data)}\n{entry.words}".rstrip()
        case "quote.offered" | "operation.accepted" | "receipt.received" | "work_order.created":
            return _codes(data)
        case _:
            return None


def _facts(ruling: str) -> list[str]:
    """The facts that the rule read, of a ruling in full."""
    try:
        decision = msgspec.json.decode(ruling, type=_Ruling).decision
    except msgspec.DecodeError:
        return []
    facts = {key: value for key, value in decision.facts.items() if value and key != "lines"}
    lines = decision.facts.get("lines") or {}
    told = [f"{line}: {_codes({k: v for k, v in of_line.items() if v})}" for line, of_line in lines.items()]
    return [_codes(facts), *told] if facts else []


def _codes(data: object) -> str:
    if not isinstance(data, dict):
        return str(data)
    parts = []
    for key, value in data.items():
        if value not in (None, "", [], {}, ()):
            shown = value if isinstance(value, str | int | float) else msgspec.json.encode(value).decode()
            parts.append(f"{key}={shown}")
    return " ".join(parts)
