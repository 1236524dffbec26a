"""The slots that an open request fills with its own words, in the order they are asked for."""

import re

from models.commands import Command, Context, Flow, KnownLine, Reason, SetSlot, Slot
from models.compact import callback, contact, goods, invoicing, quantity, reasons, spec
from models.compact.clauses import without_presumed
from models.compact.judge import Judge
from models.compact.resolution.model import LINE_FLOWS, OPEN, RECEIVED, Resolved
from models.compact.resolution.resolve import resolve

_REASONED: dict[Flow, frozenset[Reason] | None] = {
    Flow.RETURN_REFUND: None,
    Flow.REFUND_ONLY: None,
    Flow.EXCHANGE: None,
    Flow.RESEND: frozenset({Reason.MISSING_ITEM, Reason.WRONG_ITEM, Reason.DAMAGED, Reason.NOT_RECEIVED}),
    Flow.REPAIR: frozenset({Reason.QUALITY, Reason.DAMAGED}),
    Flow.PRICE_PROTECTION: frozenset({Reason.PRICE_DROP}),
    Flow.CANCEL_ORDER: frozenset(
        {
            Reason.CHANGED_MIND,
            Reason.DUPLICATE_ORDER,
            Reason.LATE_DELIVERY,
            Reason.PRICE_DROP,
            Reason.OTHER,
            Reason.SIZE,
        }
    ),
}
_ORDERLESS = frozenset(
    {Flow.COUPON_QUERY, Flow.BALANCE_QUERY, Flow.MEMBER_BENEFITS, Flow.COMPLAINT, Flow.LEAVE_MESSAGE}
)
_COUNTED = frozenset(
    {Flow.RETURN_REFUND, Flow.REFUND_ONLY, Flow.EXCHANGE, Flow.RESEND, Flow.PRICE_PROTECTION, Flow.REPAIR}
)
_FEW_REASONS = frozenset({Flow.REPAIR, Flow.PRICE_PROTECTION, Flow.RESEND})
_OF_FEW = 0.25
"""Who asks to repair names a fault: little has to say so."""
_WORN = re.compile(r"勒|挤[脚得]|[夹顶磨]脚|箍|拖地|[穿戴套](?:着|上|不[上下进]|起来)|上身|上脚|到手|收到")
"""Who tells how it sits has it: 能换成大两码的不？太勒了."""


class Request:
    """One request being filled: ``flow`` may still turn from exchange to change_spec by the order's status."""

    def __init__(self, raw: str, plain: str, context: Context, flow: Flow | None, judge: Judge) -> None:
        self._raw, self._plain, self._context, self._judge = raw, plain, context, judge
        self.flow = flow
        found = spec.target(raw, plain) if flow in (Flow.EXCHANGE, Flow.CHANGE_SPEC, None) else None
        self.spec = found[0] if found and flow is not None else None
        pointing = plain if found is None else plain[: found[1]] + "□" * (found[2] - found[1]) + plain[found[2] :]
        self.resolved = Resolved() if flow in _ORDERLESS else resolve(pointing, context, flow)
        self.reason = self._reason()
        self._settle()

    @property
    def words(self) -> str:
        return self._plain

    @property
    def sure(self) -> float:
        """How sure the slots are: a request that should have a reason and shows none may have one unseen."""
        if self.flow not in _REASONED:
            return self.resolved.sure
        return self.resolved.sure * (0.6 + 0.4 * self.reason.probability if self.reason else 0.75)

    @property
    def is_open(self) -> bool:
        return self._status() in OPEN

    @property
    def is_received(self) -> bool:
        """The order that is meant has arrived, or none is known."""
        return self._status() in (*RECEIVED, None)

    def _reason(self) -> reasons.Found | None:
        allowed = _REASONED.get(self.flow, frozenset()) if self.flow else None
        if allowed is not None and not allowed:
            return None
        words = without_presumed(goods.without(self._plain, self._context.orders))
        sure = _OF_FEW if self.flow in _FEW_REASONS else reasons.SURE
        found = reasons.find(words, self._judge.reason, sure, allowed=allowed)
        if found and found.reason is Reason.NOT_RECEIVED and not reasons.says_absent(self._plain) and self.is_received:
            rest = (allowed or frozenset(Reason)) - {Reason.NOT_RECEIVED}
            found = reasons.find(words, self._judge.reason, allowed=rest)
        is_meant = found is None or found.reason is not Reason.OTHER or "原因" in self._plain or "理由" in self._plain
        return found if is_meant else None

    def _status(self) -> str | None:
        return next((o.status for o in self._context.orders if o.order_id == self.resolved.order), None)

    def _settle(self) -> None:
        status = self._status()
        if self.flow is Flow.EXCHANGE and status in OPEN and self.spec:
            self.flow, self.reason = Flow.CHANGE_SPEC, None
        elif self.flow is Flow.CHANGE_SPEC and (status in RECEIVED or (status is None and self._has_it())):
            self.flow = Flow.EXCHANGE
            self.reason = self._reason()
        is_late = self.reason is not None and self.reason.reason is Reason.LATE_DELIVERY
        if is_late and self.reason and self.flow is Flow.REFUND_ONLY and status not in OPEN:
            self.reason = reasons.Found(reason=Reason.NOT_RECEIVED, probability=self.reason.probability)

    def _has_it(self) -> bool:
        """What is meant has arrived, by the words or since nothing else could be changed."""
        statuses = {order.status for order in self._context.orders}
        return bool(_WORN.search(self._plain)) or (bool(statuses) and statuses <= RECEIVED)

    def _line(self) -> KnownLine | None:
        for order in self._context.orders:
            if order.order_id == self.resolved.order:
                return next((x for x in order.lines if x.line_id in self.resolved.lines), None)
        return None

    def commands(self) -> list[Command]:
        """``set_slot`` only; the order of an active flow is left out where it is the same."""
        found: list[Command] = []
        if self.resolved.order:
            found.append(SetSlot(slot=Slot.ORDER, value=self.resolved.order))
        reason = self.reason.reason if self.reason else None
        if (self.flow in LINE_FLOWS or self.flow is None) and reason is not Reason.NOT_RECEIVED:
            found.extend(SetSlot(slot=Slot.LINE, value=line) for line in self.resolved.lines)
            if (count := self._quantity(reason)) is not None:
                found.append(SetSlot(slot=Slot.QUANTITY, value=count))
        if reason is not None:
            found.append(SetSlot(slot=Slot.REASON, value=reason.value))
        if self.spec and self.flow in (Flow.EXCHANGE, Flow.CHANGE_SPEC):
            found.append(SetSlot(slot=Slot.SPEC, value=self.spec))
        found.extend(self._particulars())
        return found

    def _quantity(self, reason: Reason | None) -> int | None:
        if self.flow not in _COUNTED and self.flow is not None:
            return None
        line = self._line()
        owned = line.quantity if line and len(self.resolved.lines) == 1 else None
        if reason is Reason.MISSING_ITEM:
            return quantity.lacking(self._plain, owned) if owned is None or owned > 1 else None
        count = quantity.requested(self._plain, owned)
        return None if count == len(self.resolved.lines) > 1 else count

    def _particulars(self) -> list[Command]:
        raw, plain, found = self._raw, self._plain, list[tuple[Slot, str | None]]()
        match self.flow:
            case Flow.CHANGE_ADDRESS:
                found = [
                    (Slot.ADDRESS, contact.address(raw, plain, awaited=False)),
                    (Slot.PHONE, contact.phone(raw, plain)),
                ]
            case Flow.INVOICE:
                found = [
                    (Slot.INVOICE_TITLE, invoicing.title(raw, plain, awaited=False)),
                    (Slot.TAX_ID, invoicing.tax_id(raw, plain)),
                ]
            case Flow.LEAVE_MESSAGE:
                found = [
                    (Slot.CALLBACK_TIME, callback.find(plain, self._context.now)),
                    (Slot.PHONE, contact.phone(raw, plain)),
                ]
            case _:
                return []
        return [SetSlot(slot=slot, value=value) for slot, value in found if value]
