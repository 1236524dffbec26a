"""Bodies of the shop's writes. Unknown fields are refused; sizes are bounded."""

from typing import Annotated

import msgspec
from msgspec import Meta

from appliance.demo.order_system.notation import ZERO, Amount
from appliance.demo.order_system.vocabulary import PostageBy, ReasonCode, ServiceType

Id = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(max_length=4000)]
Words = Annotated[str, Meta(min_length=1, max_length=4000)]
Count = Annotated[int, Meta(ge=1, le=9999)]


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Base of every body."""


class UnitsWanted(Body, frozen=True):
    item_no: Id
    num: Count


Items = Annotated[tuple[UnitsWanted, ...], Meta(max_length=200)]


class OpenService(Body, frozen=True):
    trade_no: Id
    member_no: Id
    type: ServiceType
    items: Items = ()
    reason_code: ReasonCode | None = None
    refund_amount: Amount = ZERO
    postage_by: PostageBy = PostageBy.NOBODY
    swap_sku: Id | None = None
    vouchers: Annotated[tuple[Text, ...], Meta(max_length=50)] = ()
    remark: Text | None = None


class CloseTrade(Body, frozen=True):
    member_no: Id
    items: Items = ()
    reason_code: ReasonCode | None = None
    refund_amount: Amount = ZERO
    remark: Text | None = None


class ChangeReceiver(Body, frozen=True):
    member_no: Id
    detail: Words
    name: Words | None = None
    mobile: Words | None = None


class ChangeSku(Body, frozen=True):
    member_no: Id
    items: Annotated[tuple[UnitsWanted, ...], Meta(min_length=1, max_length=200)]
    sku_code: Id


class Urge(Body, frozen=True):
    member_no: Id
    remark: Text | None = None


class NoteParcel(Body, frozen=True):
    """The parcel that comes back for a service."""

    member_no: Id
    service_no: Id
    express: Id
    waybill: Id


class RevokeService(Body, frozen=True):
    """The member takes a service back."""

    member_no: Id
    service_no: Id


class IssueInvoice(Body, frozen=True):
    member_no: Id
    title_name: Words | None = None
    tax_no: Id | None = None


Write = OpenService | CloseTrade | ChangeReceiver | ChangeSku | Urge | NoteParcel | RevokeService | IssueInvoice
