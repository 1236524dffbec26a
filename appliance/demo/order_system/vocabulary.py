"""The shop's own words, and the words of the fixtures that stand for them. Closed sets; no logic."""

from enum import StrEnum
from typing import TypeVar


class TradeState(StrEnum):
    WAIT_PAY = "WAIT_PAY"
    WAIT_SHIP = "WAIT_SHIP"
    SHIPPED = "SHIPPED"
    SIGNED = "SIGNED"
    SUCCESS = "SUCCESS"
    CLOSED = "CLOSED"


class Grade(StrEnum):
    REGULAR = "REGULAR"
    SILVER = "VIP_SILVER"
    GOLD = "VIP_GOLD"


class ServiceType(StrEnum):
    RETURN = "RETURN"
    REFUND = "REFUND"
    CLOSE = "CLOSE"
    SWAP = "SWAP"
    RESHIP = "RESHIP"
    REPAIR = "REPAIR"
    PRICE_DIFF = "PRICE_DIFF"
    COMPENSATION = "COMPENSATION"


class ServiceState(StrEnum):
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    REVOKED = "REVOKED"
    DENIED = "DENIED"


class Stage(StrEnum):
    WAIT_PARCEL = "WAIT_PARCEL"
    CHECKING = "CHECKING"
    PAYING_BACK = "PAYING_BACK"
    PAID_BACK = "PAID_BACK"
    SENT_OUT = "SENT_OUT"
    REVOKED = "REVOKED"


class ReasonCode(StrEnum):
    SEVEN_DAYS = "SEVEN_DAYS"
    DEFECT = "DEFECT"
    BROKEN = "BROKEN"
    WRONG_GOODS = "WRONG_GOODS"
    SHORT_SHIPPED = "SHORT_SHIPPED"
    NEVER_ARRIVED = "NEVER_ARRIVED"
    SIZE_MISFIT = "SIZE_MISFIT"
    UNLIKE_LISTING = "UNLIKE_LISTING"
    FAKE = "FAKE"
    LATE = "LATE"
    BOUGHT_TWICE = "BOUGHT_TWICE"
    UNWANTED = "UNWANTED"
    CHEAPER_NOW = "CHEAPER_NOW"
    MISC = "MISC"


class PostageBy(StrEnum):
    SELLER = "SELLER"
    BUYER = "BUYER"
    INSURER = "INSURER"
    NOBODY = "NOBODY"


class CouponState(StrEnum):
    AVAILABLE = "AVAILABLE"
    USED = "USED"
    OVERDUE = "OVERDUE"


class Flag(StrEnum):
    MADE_TO_ORDER = "MADE_TO_ORDER"
    FRESH = "FRESH"
    DIGITAL_OPENED = "DIGITAL_OPENED"
    NEWSPAPER = "NEWSPAPER"
    UNDERWEAR_OPENED = "UNDERWEAR_OPENED"
    FOOD = "FOOD"
    COSMETICS_OPENED = "COSMETICS_OPENED"
    ACTIVATED = "ACTIVATED"
    CLEARANCE = "CLEARANCE"
    VIRTUAL = "VIRTUAL"
    NO_RETURN_AGREED = "NO_RETURN_AGREED"


class ModificationType(StrEnum):
    RECEIVER = "RECEIVER"
    SKU = "SKU"


class EventType(StrEnum):
    TRADE_STATE = "TRADE_STATE"
    TRADE_MODIFIED = "TRADE_MODIFIED"
    TRADE_NOTED = "TRADE_NOTED"
    INVOICE_ISSUED = "INVOICE_ISSUED"
    SERVICE_OPENED = "SERVICE_OPENED"
    SERVICE_MOVED = "SERVICE_MOVED"
    REFUND_PAID = "REFUND_PAID"


STATUS = {
    "unpaid": TradeState.WAIT_PAY,
    "paid": TradeState.WAIT_SHIP,
    "shipped": TradeState.SHIPPED,
    "delivered": TradeState.SIGNED,
    "completed": TradeState.SUCCESS,
    "cancelled": TradeState.CLOSED,
}
LEVEL = {"normal": Grade.REGULAR, "silver": Grade.SILVER, "gold": Grade.GOLD}
CASE_KIND = {
    "return_refund": ServiceType.RETURN,
    "refund_only": ServiceType.REFUND,
    "cancel_order": ServiceType.CLOSE,
    "exchange": ServiceType.SWAP,
    "resend": ServiceType.RESHIP,
    "repair": ServiceType.REPAIR,
    "price_protection": ServiceType.PRICE_DIFF,
    "goodwill": ServiceType.COMPENSATION,
}
CASE_STATUS = {"open": ServiceState.PROCESSING, "finished": ServiceState.DONE, "withdrawn": ServiceState.REVOKED}
STAGE = {
    "awaiting_parcel": Stage.WAIT_PARCEL,
    "inspecting": Stage.CHECKING,
    "refunding": Stage.PAYING_BACK,
    "refunded": Stage.PAID_BACK,
    "reshipped": Stage.SENT_OUT,
    "withdrawn": Stage.REVOKED,
}
REASON = {
    "seven_day": ReasonCode.SEVEN_DAYS,
    "quality": ReasonCode.DEFECT,
    "damaged": ReasonCode.BROKEN,
    "wrong_item": ReasonCode.WRONG_GOODS,
    "missing_item": ReasonCode.SHORT_SHIPPED,
    "not_received": ReasonCode.NEVER_ARRIVED,
    "size": ReasonCode.SIZE_MISFIT,
    "not_as_described": ReasonCode.UNLIKE_LISTING,
    "counterfeit": ReasonCode.FAKE,
    "late_delivery": ReasonCode.LATE,
    "duplicate_order": ReasonCode.BOUGHT_TWICE,
    "changed_mind": ReasonCode.UNWANTED,
    "price_drop": ReasonCode.CHEAPER_NOW,
    "other": ReasonCode.MISC,
}
FREIGHT_PAYER = {
    "merchant": PostageBy.SELLER,
    "customer": PostageBy.BUYER,
    "insurance": PostageBy.INSURER,
    "none": PostageBy.NOBODY,
}
COUPON_STATUS = {"usable": CouponState.AVAILABLE, "used": CouponState.USED, "expired": CouponState.OVERDUE}
TAG = {
    "custom_made": Flag.MADE_TO_ORDER,
    "fresh": Flag.FRESH,
    "digital_opened": Flag.DIGITAL_OPENED,
    "newspaper": Flag.NEWSPAPER,
    "underwear_opened": Flag.UNDERWEAR_OPENED,
    "food": Flag.FOOD,
    "cosmetics_opened": Flag.COSMETICS_OPENED,
    "activated": Flag.ACTIVATED,
    "clearance": Flag.CLEARANCE,
    "virtual": Flag.VIRTUAL,
    "no_seven_day_confirmed": Flag.NO_RETURN_AGREED,
}
CHANGE = {"change_address": ModificationType.RECEIVER, "change_spec": ModificationType.SKU}

W = TypeVar("W", bound=StrEnum)


def suite_word(table: dict[str, W], own: W) -> str:
    """The fixture's word for one of the shop's own."""
    return next(word for word, value in table.items() if value is own)
