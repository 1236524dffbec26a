"""The shop's API, by its own key: reads, and writes that carry an ``Idempotency-Key``."""

from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from appliance.demo.order_system.body import Strict
from appliance.demo.order_system.desk import Desk
from appliance.demo.order_system.documents import Document, Member, Receipt, Sku, Trade
from appliance.demo.order_system.problems import Problem
from appliance.demo.order_system.requests import (
    ChangeReceiver,
    ChangeSku,
    CloseTrade,
    IssueInvoice,
    NoteParcel,
    OpenService,
    RevokeService,
    Urge,
)
from appliance.demo.order_system.shops import Shop

_KEY_LENGTH = 128

Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]
MemberNo = Annotated[str, QueryParameter(name="memberNo")]
Page = Annotated[int, QueryParameter(ge=1, le=100_000)]
Size = Annotated[int, QueryParameter(ge=1, le=100)]


class MemberShown(Document, frozen=True):
    member: Member


class TradeShown(Document, frozen=True):
    trade: Trade


class TradePage(Document, frozen=True):
    page: int
    size: int
    total: int
    rows: list[Trade]


class SkuFamily(Document, frozen=True):
    skus: tuple[Sku, ...]


class ReceiptShown(Document, frozen=True):
    receipt: Receipt


def provide_shop(request: Request[Any, Any, Any]) -> Shop:
    """The one whose key it is; the gate has looked it up."""
    shop: Shop = request.scope["state"]["shop"]
    return shop


def _key(key: str | None) -> str:
    if key is None or not 1 <= len(key) <= _KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise Problem(400, "IDEMPOTENCY_KEY_MISSING", f"send Idempotency-Key: 1 to {_KEY_LENGTH} printable characters")
    return key


class Reads(Controller):
    path = "/api"
    tags = ["reads"]

    @get("/members/{member_no:str}", sync_to_thread=False)
    def member(self, member_no: FromPath[str], shop: NamedDependency[Shop], desk: NamedDependency[Desk]) -> MemberShown:
        return MemberShown(member=desk.member(shop, member_no))

    @get("/trades/{trade_no:str}", sync_to_thread=False)
    def trade(self, trade_no: FromPath[str], shop: NamedDependency[Shop], desk: NamedDependency[Desk]) -> TradeShown:
        return TradeShown(trade=desk.trade(shop, trade_no))

    @get("/trades", sync_to_thread=False)
    def trades(
        self,
        member_no: MemberNo,
        shop: NamedDependency[Shop],
        desk: NamedDependency[Desk],
        page: Page = 1,
        size: Size = 20,
    ) -> TradePage:
        """A member's trades, newest first."""
        total, rows = desk.trades(shop, member_no, page, size)
        return TradePage(page=page, size=size, total=total, rows=rows)

    @get("/skus/{sku_code:str}/family", sync_to_thread=False)
    def family(self, sku_code: FromPath[str], shop: NamedDependency[Shop], desk: NamedDependency[Desk]) -> SkuFamily:
        """The SKU and all others of its product, with today's price and stock."""
        return SkuFamily(skus=desk.family(shop, sku_code))

    @get("/requests/{request_no:str}", sync_to_thread=False)
    def request(
        self, request_no: FromPath[str], shop: NamedDependency[Shop], desk: NamedDependency[Desk]
    ) -> ReceiptShown:
        """What a write answered, by its idempotency key."""
        return ReceiptShown(receipt=desk.receipt(shop, request_no))


class Writes(Controller):
    path = "/api"
    tags = ["writes"]

    @post("/services", dto=Strict[OpenService], return_dto=None, sync_to_thread=False)
    def open_service(
        self, data: JSONBody[OpenService], shop: NamedDependency[Shop], desk: NamedDependency[Desk], key: Key = None
    ) -> ReceiptShown:
        return ReceiptShown(receipt=desk.write(shop, _key(key), data.trade_no, data))

    @post("/trades/{trade_no:str}/close", dto=Strict[CloseTrade], return_dto=None, sync_to_thread=False)
    def close(
        self,
        trade_no: FromPath[str],
        data: JSONBody[CloseTrade],
        shop: NamedDependency[Shop],
        desk: NamedDependency[Desk],
        key: Key = None,
    ) -> ReceiptShown:
        return ReceiptShown(receipt=desk.write(shop, _key(key), trade_no, data))

    @post("/trades/{trade_no:str}/receiver", dto=Strict[ChangeReceiver], return_dto=None, sync_to_thread=False)
    def change_receiver(
        self,
        trade_no: FromPath[str],
        data: JSONBody[ChangeReceiver],
        shop: NamedDependency[Shop],
        desk: NamedDependency[Desk],
        key: Key = None,
    ) -> ReceiptShown:
        return ReceiptShown(receipt=desk.write(shop, _key(key), trade_no, data))

    @post("/trades/{trade_no:str}/sku", dto=Strict[ChangeSku], return_dto=None, sync_to_thread=False)
    def change_sku(
        self,
        trade_no: FromPath[str],
        data: JSONBody[ChangeSku],
        shop: NamedDependency[Shop],
        desk: NamedDependency[Desk],
        key: Key = None,
    ) -> ReceiptShown:
        return ReceiptShown(receipt=desk.write(shop, _key(key), trade_no, data))

    @post("/trades/{trade_no:str}/urges", dto=Strict[Urge], return_dto=None, sync_to_thread=False)
    def urge(
        self,
        trade_no: FromPath[str],
        data: JSONBody[Urge],
        shop: NamedDependency[Shop],
        desk: NamedDependency[Desk],
        key: Key = None,
    ) -> ReceiptShown:
        return ReceiptShown(receipt=desk.write(shop, _key(key), trade_no, data))

    @post("/trades/{trade_no:str}/parcel", dto=Strict[NoteParcel], return_dto=None, sync_to_thread=False)
    def note_parcel(
        self,
        trade_no: FromPath[str],
        data: JSONBody[NoteParcel],
        shop: NamedDependency[Shop],
        desk: NamedDependency[Desk],
        key: Key = None,
    ) -> ReceiptShown:
        return ReceiptShown(receipt=desk.write(shop, _key(key), trade_no, data))

    @post("/trades/{trade_no:str}/revoke", dto=Strict[RevokeService], return_dto=None, sync_to_thread=False)
    def revoke_service(
        self,
        trade_no: FromPath[str],
        data: JSONBody[RevokeService],
        shop: NamedDependency[Shop],
        desk: NamedDependency[Desk],
        key: Key = None,
    ) -> ReceiptShown:
        return ReceiptShown(receipt=desk.write(shop, _key(key), trade_no, data))

    @post("/trades/{trade_no:str}/invoice", dto=Strict[IssueInvoice], return_dto=None, sync_to_thread=False)
    def issue_invoice(
        self,
        trade_no: FromPath[str],
        data: JSONBody[IssueInvoice],
        shop: NamedDependency[Shop],
        desk: NamedDependency[Desk],
        key: Key = None,
    ) -> ReceiptShown:
        return ReceiptShown(receipt=desk.write(shop, _key(key), trade_no, data))
