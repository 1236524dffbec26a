"""What a customer is told of his account: coupons, balance and points, level. Facts of the order system alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from appliance.aftersales.orders.model import Coupon
from appliance.dialogue.effects import Account
from appliance.dialogue.facts import day

MOST_SHOWN = 5
SOON = timedelta(days=7)


def coupons(account: Account, at: datetime) -> tuple[str, dict[str, Any]]:
    """Those that can be used now; which end soonest comes first."""
    usable = sorted(
        (each for each in account.coupons if each.status == "usable" and each.expires_at > at),
        key=lambda each: each.expires_at,
    )
    if not usable:
        return "none", {}
    ending = [each for each in usable if each.expires_at - at <= SOON]
    told = {
        "count": len(usable),
        "coupons": [_coupon(each) for each in usable[:MOST_SHOWN]],
        "ending": len(ending),
        "ends_on": day(usable[0].expires_at),
    }
    if len(usable) > MOST_SHOWN:
        return "many", told | {"shown": MOST_SHOWN}
    return ("ending" if ending else "some"), told


def _coupon(coupon: Coupon) -> dict[str, Any]:
    told: dict[str, Any] = {
        "title": coupon.title,
        "amount_fen": coupon.amount_fen,
        "expires_on": day(coupon.expires_at),
    }
    if coupon.min_spend_fen:
        return {"part": "coupon_from", "min_spend_fen": coupon.min_spend_fen, **told}
    return {"part": "coupon_of", **told}


def balance(account: Account, _at: datetime) -> tuple[str, dict[str, Any]]:
    told = {"balance_fen": account.balance_fen, "points": account.points}
    return ("some" if account.balance_fen or account.points else "empty"), told


def benefits(account: Account, at: datetime) -> tuple[str, dict[str, Any]]:
    """What the level brings and until when; nothing of it once the level has ended."""
    until = account.level_expires_at
    told: dict[str, Any] = {"level": account.level, "points": account.points}
    told |= {"until": day(until) if until else "", "year": str(until.year) if until else ""}
    if until is not None and until <= at:
        return "ended", told
    if not account.benefits:
        return "none", told
    return ("until" if until else "lasting"), told | {"benefits": list(account.benefits)}


TELL: dict[str, Callable[[Account, datetime], tuple[str, dict[str, Any]]]] = {
    "coupons": coupons,
    "balance": balance,
    "benefits": benefits,
}
