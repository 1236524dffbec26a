"""Pure rules of parcels sent back: whose number it can be, which cases wait for one, what exactly is written."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from appliance.aftersales.cases.life import SENT_BACK, Stand
from appliance.aftersales.orders.model import CaseKind, CaseStatus, FreightPayer, Order, OrderCase, Record
from appliance.aftersales.policy.model import Ask, Decision, Quote, Ruling, Verdict
from appliance.aftersales.policy.quote import seal

NUMBER: Final = "return_tracking_no"
CARRIER: Final = "carrier"
CASE: Final = "return_case"
"""The details of a quote: what the customer says yes to."""
RULE: Final = "RP1"
GONE: Final = "RP2"
OWN_RULES: Final = frozenset({RULE, GONE})
"""Of no table: a dry run of another policy says nothing of them."""
SENDS_BACK: Final = frozenset({CaseKind.RETURN_REFUND, CaseKind.EXCHANGE, CaseKind.REPAIR})
_WAITING: Final = frozenset(step.before.value for step in SENT_BACK) - {Stand.OPEN.value}
_ANY: Final = re.compile(r"[A-Z]{0,4}\d{9,20}")


class Carrier(Record, frozen=True):
    patterns: tuple[str, ...]
    prefix: str = ""

    def number(self, said: str) -> str | None:
        """The number as this carrier writes it; None: it is none of his."""
        tried = (said, self.prefix + said)
        return next((each for each in tried if any(re.fullmatch(one, each) for one in self.patterns)), None)


def _read() -> dict[str, Carrier]:
    raw = tomllib.loads(Path(__file__).with_name("carriers.toml").read_text("utf-8"))
    return {
        name: Carrier(patterns=tuple(each["patterns"]), prefix=each.get("prefix", "")) for name, each in raw.items()
    }


CARRIERS: Final[Mapping[str, Carrier]] = _read()


def plain_number(said: str) -> str:
    """Without what people write between; letters in capitals."""
    return re.sub(r"[^0-9A-Z]", "", said.upper())


def number_of(carrier: str, said: str) -> str | None:
    """The number as the carrier writes it. Of carriers that nothing is known of, any number that can be one."""
    number = plain_number(said)
    known = CARRIERS.get(carrier)
    if known is not None:
        return known.number(number)
    return number if _ANY.fullmatch(number) else None


def carriers_of(said: str) -> tuple[str, ...]:
    """Whose number it can be, taken as it was said."""
    number = plain_number(said)
    return tuple(
        name for name, each in CARRIERS.items() if any(re.fullmatch(pattern, number) for pattern in each.patterns)
    )


def awaiting(order: Order) -> tuple[OrderCase, ...]:
    """The order's cases that wait for what the customer sends back. A stage that is not told is the first one."""
    return tuple(
        case
        for case in order.cases
        if case.kind in SENDS_BACK and case.status is CaseStatus.OPEN and (case.stage is None or case.stage in _WAITING)
    )


def is_noted(case: OrderCase, carrier: str, number: str) -> bool:
    return (case.carrier, case.tracking_no) == (carrier, number)


def ruling(ask: Ask, details: Mapping[str, str], policy: str) -> Ruling:
    """No money moves and no unit is held, so no table decides: a number is taken while its case waits for a parcel."""
    case = next((each for each in awaiting(ask.order) if each.case_id == details[CASE]), None)
    made = Decision(
        flow=ask.flow,
        order_id=ask.order.order_id,
        verdict=Verdict.APPROVE if case else Verdict.HAND_OFF,
        rule=RULE if case else GONE,
        kind=CaseKind.RETURN_PARCEL if case else None,
        policy=policy,
    )
    return Ruling(decision=made, quote=_quote(ask, details) if case else None)


def _quote(ask: Ask, details: Mapping[str, str]) -> Quote:
    return seal(
        Quote(
            flow=ask.flow,
            kind=CaseKind.RETURN_PARCEL,
            order_id=ask.order.order_id,
            lines=(),
            goods_fen=0,
            freight_fen=0,
            total_fen=0,
            freight_payer=FreightPayer.NONE,
            arrival="none",
            details={name: details[name] for name in (CASE, CARRIER, NUMBER)},
        )
    )
