"""One decision function: whoever asks the same of the same facts is told the same, byte by byte.

A customer in writing and one on the phone, the shop's people at their desk, the shop's systems over the intranet API,
and policy itself with the facts before it. What that is nobody wrote down here.
"""

from typing import Any

import msgspec
import pytest
from hypothesis import settings

from appliance.aftersales.orders.model import CaseKind
from appliance.aftersales.policy.decide import UNIT_FLOWS, evaluate
from appliance.aftersales.policy.model import AskedLine, Decision, Evidence, Ruling, Verdict
from appliance.aftersales.policy.pack import default_pack
from appliance.aftersales.policy.table import PASS
from appliance.aftersales.special.model import FLOWS as SPECIAL
from appliance.conversation.model import Channel
from models.commands import Flow, Reason
from tests.appliance.channels.parity.askers import OPENINGS, Asked
from tests.appliance.channels.parity.conftest import Place
from tests.appliance.channels.parity.situations import OTHER_SPEC, Situation, said_of, wide_enough

PACK = default_pack()
ROUNDS = range(max(1, settings().max_examples // 100))
"""One in the usual run; at full size as many as properties have hundreds of examples."""
UNHEARD = {PASS, "M1", "D1", "D2"}
"""A row that lets through; a complaint, which nobody decides on; an order system that keeps no times, or that refunded
more than was paid."""
EXPLAINED = ("order_id", "flow", "verdict", "rule", "refusal", "kind", "offers", "lines", "facts", "policy")


def plain(value: Any) -> bytes:
    """Canonical JSON."""
    return msgspec.json.encode(msgspec.to_builtins(value), order="sorted")


def at_the_desk(asked: Asked, decision: Decision) -> dict[str, Any]:
    """What somebody of the shop's people asks for who sees what the customer was asked."""
    return {
        "order_id": decision.order_id,
        "flow": decision.flow,
        "reason": decision.facts["reason"],
        "evidence": decision.facts["evidence"],
        "lines": [{"line_id": line.line_id, "quantity": line.quantity} for line in decision.lines],
        "spec": OTHER_SPEC if "spec" in asked.slots else None,
    }


def by_policy(situation: Situation, asked: Asked, decision: Decision) -> Ruling:
    lines = tuple(AskedLine(line_id=line.line_id, quantity=line.quantity) for line in decision.lines)
    reason = Reason(decision.facts["reason"]) if decision.facts["reason"] else None
    evidence = Evidence(decision.facts["evidence"])
    chosen = "spec" in asked.slots
    return evaluate(PACK, situation.ask(decision.flow, lines, reason, evidence, has_chosen=chosen))


def explained(decision: Decision) -> dict[str, Any]:
    """As the intranet API is to tell it."""
    shown = msgspec.to_builtins(decision)
    return _told(shown | {"rows": [hit | {"about": about} for about, hit in shown["trace"].items()]})


def _told(explanation: dict[str, Any]) -> dict[str, Any]:
    return {name: explanation[name] for name in EXPLAINED} | {"rows": sorted(explanation["rows"], key=plain)}


class Comparison:
    """All who are asked about one situation."""

    def __init__(self, place: Place, situation: Situation) -> None:
        self._place = place
        self._situation = situation
        self.specials = 0

    async def run(self) -> list[Ruling]:
        await self._place.load(self._situation)
        typed, spoken = [await self._place.customers.ask(self._situation, channel) for channel in Channel]
        assert typed.slots == spoken.slots
        written, heard = [await self._place.systems.rulings(each.conversation_id) for each in (typed, spoken)]
        assert written
        assert [plain(said) for _, said in written] == [plain(said) for _, said in heard]
        for asked, logged in ((typed, written), (spoken, heard)):
            for decision_id, said in logged:
                await self._compare(asked, decision_id, said)
        return [msgspec.convert(said, Ruling) for _, said in written]

    async def _compare(self, asked: Asked, decision_id: str, said: dict[str, Any]) -> None:
        decision = msgspec.convert(said, Ruling).decision
        assert plain(by_policy(self._situation, asked, decision).decision) == plain(decision)
        shown = await self._place.systems.decision(decision_id)
        assert plain(_told(shown)) == plain(explained(decision))
        if decision.flow in UNIT_FLOWS:
            seen = await self._place.desk.ruling(asked.conversation_id, at_the_desk(asked, decision))
            assert plain(seen) == plain(said)
        if decision.flow in SPECIAL and decision.verdict is Verdict.REFUSE and decision.lines:
            await self._propose(asked, decision)

    async def _propose(self, asked: Asked, decision: Decision) -> None:
        """People may go beyond policy; what they are shown that it says is the same."""
        wanted = at_the_desk(asked, decision)
        proposed = await self._place.desk.proposal(
            asked.conversation_id, {name: wanted[name] for name in ("order_id", "flow", "lines", "reason")}
        )
        if proposed is not None:
            self.specials += 1
            assert (proposed["verdict"], proposed["rule"]) == (decision.verdict, decision.rule)


@pytest.mark.parametrize("seed", ROUNDS)
async def test_whoever_asks_is_told_the_same_byte_by_byte(place: Place, seed: int) -> None:
    comparisons = [Comparison(place, each) for each in wide_enough(PACK, tuple(OPENINGS), seed)]
    rulings = [ruling for comparison in comparisons for ruling in await comparison.run()]
    assert len(comparisons) > 80
    assert sum(each.specials for each in comparisons) > 20
    assert set(PACK.rules()) - {ruling.decision.rule for ruling in rulings} == UNHEARD


async def test_what_is_agreed_to_is_what_everybody_was_told(place: Place) -> None:
    approved: dict[CaseKind | None, Situation] = {}
    for each in wide_enough(PACK, tuple(OPENINGS), 0):
        approved.setdefault(said_of(PACK, each).kind, each)
    for situation in (each for kind, each in approved.items() if kind):
        await place.load(situation)
        typed = await place.customers.ask(situation, Channel.WEB)
        (*_, (_, told)) = await place.systems.rulings(typed.conversation_id)
        decision = msgspec.convert(told, Ruling).decision
        spoken = await place.customers.ask(situation, Channel.VOICE, is_agreed=True)
        case = await place.systems.case(situation.order.order_id)
        assert (case["quote_hash"], case["refund_fen"]) == (told["quote"]["hash"], told["quote"]["total_fen"])
        assert case["decision_id"] == (await place.systems.rulings(spoken.conversation_id))[-1][0]
        if decision.flow in UNIT_FLOWS:
            wanted = at_the_desk(typed, decision)
            typed_after, spoken_after = [
                await place.desk.ruling(each.conversation_id, wanted) for each in (typed, spoken)
            ]
            assert plain(typed_after) == plain(spoken_after) != plain(told)


async def test_the_desk_is_not_asked_ahead_about_what_concerns_no_goods(place: Place) -> None:
    situation = next(each for each in wide_enough(PACK, (Flow.INVOICE,), 0))
    await place.load(situation)
    asked = await place.customers.ask(situation, Channel.WEB)
    refused = await place.desk.post(
        f"/conversations/{asked.conversation_id}/rulings", {"order_id": situation.order.order_id, "flow": "invoice"}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")


async def test_an_order_that_is_not_the_customers_is_asked_about_in_vain(place: Place) -> None:
    one, other = wide_enough(PACK, (Flow.REPAIR,), 0)[:2]
    for each in (one, other):
        await place.load(each)
    asked = await place.customers.ask(one, Channel.WEB)
    wanted = {"order_id": other.order.order_id, "flow": "repair"}
    refused = await place.desk.post(f"/conversations/{asked.conversation_id}/rulings", wanted)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
