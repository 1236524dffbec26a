"""Pure rules of guides: which cases have one, what it says, when it may go, when it is tried again."""

import re
from datetime import datetime, timedelta
from typing import Final

from appliance.aftersales.cases.life import Stand
from appliance.aftersales.cases.model import CaseState
from appliance.aftersales.messages.model import Failure, Guide, Manners
from appliance.aftersales.orders.model import CaseKind
from appliance.clock import SHANGHAI

GUIDED: Final = frozenset({CaseKind.RETURN_REFUND, CaseKind.EXCHANGE, CaseKind.REPAIR})
"""Cases for which the customer sends goods back."""
PAUSES: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180))
"""After the first, second, … failed attempt; one more failure and it is given up."""
_FINAL: Final = frozenset({Failure.REFUSED, Failure.NO_NUMBER})
"""No repeat helps."""
_MOBILE: Final = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")


def params_of(guide: Guide, manners: Manners) -> dict[str, str]:
    """All out of the receipt: nothing is promised that the order system has not confirmed."""
    until = (guide.made_at + timedelta(days=manners.send_within_days)).astimezone(SHANGHAI)
    return {
        "case_no": guide.receipt.case_id,
        "return_address": guide.receipt.return_address or "",
        "send_until": f"{until.month}月{until.day}日",
        "parcel_note": guide.receipt.case_id,
    }


def is_still_due(guide: Guide) -> bool:
    """The goods are still to be sent: a case that was taken back, or whose parcel is here, needs no guide."""
    return guide.case_state == CaseState.OPEN and guide.stage in (None, Stand.AWAITING_PARCEL)


def is_worn_out(guide: Guide) -> bool:
    """Every attempt that ends says so and is counted: this many mean that several have broken off."""
    return guide.attempts > len(PAUSES) + 1


def mobile_of(phone: str) -> str | None:
    """The eleven digits; None for a landline, a number with stars, or none."""
    found = _MOBILE.fullmatch(re.sub(r"[\s-]", "", phone))
    return found[1] if found else None


def is_quiet(at: datetime, manners: Manners) -> bool:
    """Between these hours of Shanghai nobody is written to; the night may lie between two days."""
    now = at.astimezone(SHANGHAI).time()
    begins, ends = manners.quiet_from, manners.quiet_until
    return begins <= now < ends if begins <= ends else now >= begins or now < ends


def pause_after(attempts: int, failure: Failure) -> timedelta | None:
    """How long to wait after this many failed attempts; None: give up."""
    if failure in _FINAL or attempts > len(PAUSES):
        return None
    return PAUSES[attempts - 1]
