"""What the shop keeps and shows: one JSON document per member and per trade. Frozen; camelCase on the wire."""

import msgspec

from appliance.demo.order_system.notation import ZERO, Amount, Wall
from appliance.demo.order_system.vocabulary import (
    CouponState,
    EventType,
    Flag,
    Grade,
    ModificationType,
    PostageBy,
    ReasonCode,
    ServiceState,
    ServiceType,
    Stage,
    TradeState,
)


class Document(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of everything that the shop shows."""


class Coupon(Document, frozen=True):
    coupon_no: str
    name: str
    face_value: Amount
    threshold: Amount
    valid_until: Wall
    state: CouponState


class Wallet(Document, frozen=True):
    balance: Amount = ZERO
    points: int = 0
    coupons: tuple[Coupon, ...] = ()


class Membership(Document, frozen=True):
    grade: Grade
    valid_until: Wall | None = None
    privileges: tuple[str, ...] = ()


class Member(Document, frozen=True):
    member_no: str
    real_name: str
    mobile: str
    membership: Membership
    wallet: Wallet = Wallet()
    refunds_90d: int = msgspec.field(default=0, name="refundsIn90Days")


class Times(Document, frozen=True):
    created: Wall | None = None
    paid: Wall | None = None
    shipped: Wall | None = None
    signed: Wall | None = None


class Payment(Document, frozen=True):
    channel: str | None = None
    discount: Amount = ZERO
    postage: Amount = ZERO


class Receiver(Document, frozen=True):
    name: str
    mobile: str
    detail: str


class Track(Document, frozen=True):
    time: Wall
    city: str
    desc: str


class Delivery(Document, frozen=True):
    express: str | None = None
    waybill: str | None = None
    insured: bool = False
    receiver: Receiver | None = None
    tracks: tuple[Track, ...] = ()


class Item(Document, frozen=True):
    item_no: str
    sku_code: str
    title: str
    category: str
    num: int
    price: Amount
    flags: tuple[Flag, ...] = ()


class Units(Document, frozen=True, forbid_unknown_fields=True):
    item_no: str
    num: int


class Service(Document, frozen=True):
    """An after-sales case."""

    service_no: str
    type: ServiceType
    state: ServiceState
    items: tuple[Units, ...]
    stage: Stage | None = None
    reason_code: ReasonCode | None = None
    refund_amount: Amount = ZERO
    postage_by: PostageBy | None = None
    swap_sku: str | None = None
    created: Wall | None = None
    finished: Wall | None = None
    expected: Wall | None = None
    refund_to: str | None = None
    express: str | None = None
    waybill: str | None = None
    request_no: str | None = None


class Modification(Document, frozen=True):
    type: ModificationType
    time: Wall
    item_no: str | None = None


class Bill(Document, frozen=True):
    """An invoice."""

    title_name: str
    invoice_no: str
    issued: Wall
    tax_no: str | None = None


class Remarks(Document, frozen=True):
    buyer: str | None = None
    seller: str | None = None
    urges: tuple[str, ...] = ()


class Trade(Document, frozen=True):
    trade_no: str
    member_no: str
    state: TradeState
    items: tuple[Item, ...]
    times: Times = Times()
    payment: Payment = Payment()
    delivery: Delivery = Delivery()
    services: tuple[Service, ...] = ()
    modifications: tuple[Modification, ...] = ()
    invoice: Bill | None = None
    remarks: Remarks = Remarks()

    def item(self, item_no: str) -> Item | None:
        return next((item for item in self.items if item.item_no == item_no), None)


class Sku(Document, frozen=True):
    sku_code: str
    spu_code: str
    spec_name: str
    price: Amount
    stock: int | None = None


class Event(Document, frozen=True):
    """What is pushed to the shop's subscriber. The number is given when it is put into the outbox."""

    type: EventType
    trade_no: str
    member_no: str
    state: str
    time: Wall
    service_no: str | None = None
    stage: Stage | None = None
    refund_amount: Amount | None = None
    event_no: str = ""


class Receipt(Document, frozen=True):
    """The answer to every write."""

    document_no: str
    request_no: str
    type: str
    state: ServiceState
    refund_amount: Amount
    accepted: Wall
    expected: Wall | None = None
    return_to: str | None = None
