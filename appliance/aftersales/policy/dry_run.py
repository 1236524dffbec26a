"""What a draft would have decided in the past: verdicts that change, and the money that changes with them, by name.

Pure. A past request is decided anew by two packs, the one that holds and the draft, so that their difference alone
shows. Where the pack that holds does not repeat what was decided then, the request is named and not compared.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from appliance.aftersales.orders.model import Customer, FreightPayer, Invoice, Order, OrderCase, Record
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.model import Ask, Refusal, Ruling, Verdict
from appliance.aftersales.policy.pack import PolicyPack
from appliance.aftersales.policy.tax_id import is_valid_tax_id
from appliance.errors import ApplianceError
from appliance.ids import OrderId
from models.commands import Flow


class Past(Record, frozen=True):
    """A request that was decided, and how."""

    decision_id: str
    business_at: datetime
    verdict: Verdict
    rule: str
    policy: str
    ask: Ask
    """Without persons: ``without_persons``."""


class Answer(Record, frozen=True):
    """A ruling in short."""

    verdict: Verdict
    rule: str
    refusal: Refusal | None
    freight_payer: FreightPayer
    refund_fen: int
    """What would be paid back; 0 where nothing is approved."""


class Changed(Record, frozen=True):
    decision_id: str
    order_id: OrderId
    flow: Flow
    business_at: datetime
    before: Answer
    after: Answer

    @property
    def more_fen(self) -> int:
        """What the draft would have paid beyond that; below zero: less."""
        return self.after.refund_fen - self.before.refund_fen


class Failed(Record, frozen=True):
    """A request that the draft cannot decide: its tables have no row for it."""

    decision_id: str
    order_id: OrderId
    flow: Flow
    why: str


class Shift(Record, frozen=True):
    """All requests of one flow that go from one rule to another."""

    flow: Flow
    before: Verdict
    before_rule: str
    after: Verdict
    after_rule: str
    decisions: int
    more_fen: int


class DryRun(Record, frozen=True):
    base: str
    draft: str
    compared: int
    changed: tuple[Changed, ...]
    failed: tuple[Failed, ...]
    not_repeated: tuple[str, ...]
    """Decisions that the base does not repeat: another version made them, or own cases have changed since."""

    @property
    def more_fen(self) -> int:
        return sum(each.more_fen for each in self.changed)

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """Without names: the most frequent first."""
        groups: dict[tuple[Any, ...], list[int]] = {}
        for each in self.changed:
            key = (each.flow, each.before.verdict, each.before.rule, each.after.verdict, each.after.rule)
            groups.setdefault(key, []).append(each.more_fen)
        names = ("flow", "before", "before_rule", "after", "after_rule")
        shifts = [
            Shift(**dict(zip(names, key, strict=True)), decisions=len(fen), more_fen=sum(fen))
            for key, fen in groups.items()
        ]
        return tuple(sorted(shifts, key=lambda shift: (-shift.decisions, shift.flow, shift.before_rule)))


def dry_run(base: PolicyPack, draft: PolicyPack, past: Iterable[Past]) -> DryRun:
    changed: list[Changed] = []
    failed: list[Failed] = []
    not_repeated: list[str] = []
    compared = 0
    for one in past:
        before = _repeated(base, one)
        if before is None:
            not_repeated.append(one.decision_id)
            continue
        compared += 1
        try:
            after = _answer(draft, one.ask)
        except ApplianceError as no_row:
            failed.append(
                Failed(
                    decision_id=one.decision_id,
                    order_id=one.ask.order.order_id,
                    flow=one.ask.flow,
                    why=no_row.detail,
                )
            )
            continue
        if after != before:
            changed.append(_changed(one, before, after))
    changed.sort(key=lambda each: (-abs(each.more_fen), each.decision_id))
    return DryRun(
        base=base.id,
        draft=draft.id,
        compared=compared,
        changed=tuple(changed),
        failed=tuple(failed),
        not_repeated=tuple(not_repeated),
    )


def without_persons(ask: Ask) -> Ask:
    """The same request to the rules, without words: nobody is recognised in it, but by the order system's numbers."""
    invoice = ask.order.invoice
    order: Order = msgspec.structs.replace(
        ask.order,
        lines=tuple(msgspec.structs.replace(line, title="") for line in ask.order.lines),
        address=None,
        buyer_note=None,
        seller_note=None,
        trace=(),
        carrier=None,
        tracking_no=None,
        paid_by=None,
        invoice=invoice and Invoice(title="", number="", issued_at=invoice.issued_at),
        cases=tuple(_without_parcel(case) for case in ask.order.cases),
    )
    known = ask.customer
    customer = Customer(
        customer_id=known.customer_id, name="", phone="", level=known.level, refunds_90d=known.refunds_90d
    )
    is_valid = ask.is_tax_id_valid
    if is_valid is None and ask.tax_id is not None:
        is_valid = is_valid_tax_id(ask.tax_id)
    own = tuple(_without_parcel(case) for case in ask.own_cases)
    return msgspec.structs.replace(
        ask, order=order, customer=customer, own_cases=own, tax_id=None, is_tax_id_valid=is_valid
    )


def _without_parcel(case: OrderCase) -> OrderCase:
    return msgspec.structs.replace(case, paid_to=None, carrier=None, tracking_no=None)


def _changed(one: Past, before: Answer, after: Answer) -> Changed:
    return Changed(
        decision_id=one.decision_id,
        order_id=one.ask.order.order_id,
        flow=one.ask.flow,
        business_at=one.business_at,
        before=before,
        after=after,
    )


def _repeated(base: PolicyPack, one: Past) -> Answer | None:
    """What was decided then, if the base decides it so."""
    try:
        answer = _answer(base, one.ask)
    except ApplianceError:
        return None
    return answer if (answer.verdict, answer.rule) == (one.verdict, one.rule) else None


def _answer(pack: PolicyPack, ask: Ask) -> Answer:
    ruling: Ruling = evaluate(pack, ask)
    decision = ruling.decision
    return Answer(
        verdict=decision.verdict,
        rule=decision.rule,
        refusal=decision.refusal,
        freight_payer=decision.freight_payer,
        refund_fen=ruling.quote.total_fen if ruling.quote else 0,
    )
