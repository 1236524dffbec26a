"""The shop's desk: answers reads and carries out writes, each once per idempotency key and in one transaction."""

import time
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec.structs import replace

from appliance.demo.order_system import changes, services
from appliance.demo.order_system.documents import Member, Receipt, Sku, Trade
from appliance.demo.order_system.loading import Stocked
from appliance.demo.order_system.notation import moment, wall
from appliance.demo.order_system.problems import Problem, not_found
from appliance.demo.order_system.progress import (
    Moved,
    Parcel,
    ServiceStep,
    TradeStep,
    move_service,
    move_trade,
    revoke_service,
)
from appliance.demo.order_system.requests import (
    ChangeReceiver,
    ChangeSku,
    CloseTrade,
    IssueInvoice,
    NoteParcel,
    OpenService,
    RevokeService,
    Urge,
    Write,
)
from appliance.demo.order_system.shops import Shop
from appliance.demo.order_system.store import Store
from appliance.demo.order_system.writes import Done, Situation

_WORDS: dict[str, str] = tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))
_PREFIX = {OpenService: "SV", CloseTrade: "SV", IssueInvoice: "FP"}
_receipt = msgspec.json.Decoder(Receipt)
_encode = msgspec.json.encode


class Desk:
    def __init__(self, store: Store, wake_push: Callable[[], None]) -> None:
        self._store = store
        self._wake_push = wake_push
        self.served: Counter[str] = Counter()
        """Requests answered since the process began, by shop."""

    # reads

    def member(self, shop: Shop, member_no: str) -> Member:
        member = self._store.member(shop.shop_id, member_no)
        if member is None:
            raise not_found("MEMBER")
        since = wall(moment(shop.wall()) - timedelta(days=90))
        paid = self._store.number("refunds_paid_since", shop_id=shop.shop_id, member_no=member_no, since=since)
        counted: Member = replace(member, refunds_90d=member.refunds_90d + paid)
        return counted

    def trade(self, shop: Shop, trade_no: str) -> Trade:
        trade = self._store.trade(shop.shop_id, trade_no)
        if trade is None:
            raise not_found("TRADE")
        return trade

    def trades(self, shop: Shop, member_no: str, page: int, size: int) -> tuple[int, list[Trade]]:
        total = self._store.number("count_trades", shop_id=shop.shop_id, member_no=member_no)
        return total, self._store.trades(shop.shop_id, member_no, size, (page - 1) * size)

    def family(self, shop: Shop, sku_code: str) -> tuple[Sku, ...]:
        found = self._store.family(shop.shop_id, sku_code)
        if not found:
            raise not_found("SKU")
        return found

    def receipt(self, shop: Shop, request_no: str) -> Receipt:
        row = self._store.one("request", shop_id=shop.shop_id, request_no=request_no)
        if row is None:
            raise not_found("REQUEST")
        return _receipt.decode(row[1])

    # writes

    def write(self, shop: Shop, request_no: str, trade_no: str, body: Write) -> Receipt:
        encoded = _encode(body)
        operation = type(body).__name__
        fingerprint = sha256(f"{operation}\n{trade_no}\n".encode() + encoded).digest()
        with self._store.transaction():
            before = self._store.one("request", shop_id=shop.shop_id, request_no=request_no)
            if before is not None:
                if before[0] != fingerprint:
                    raise Problem(422, "KEY_REUSED", "this idempotency key was used for another request")
                return _receipt.decode(before[1])
            trade = self.trade(shop, trade_no)
            done = self._act(shop, trade, body, self._situation(shop, trade, body, request_no))
            self._commit(shop, done)
            self._store.run(
                "save_request",
                shop_id=shop.shop_id,
                request_no=request_no,
                fingerprint=fingerprint,
                operation=operation,
                trade_no=trade_no,
                body=encoded,
                answer=_encode(done.receipt),
                accepted=done.receipt.accepted,
            )
        self._wake_push()
        return done.receipt

    def _situation(self, shop: Shop, trade: Trade, body: Write, request_no: str) -> Situation:
        now = shop.wall()
        wanted = {item.sku_code for item in trade.items}
        match body:
            case OpenService(swap_sku=str(sku_code)) | ChangeSku(sku_code=sku_code):
                wanted.add(sku_code)
            case _:
                pass
        shelf = {sku.sku_code: sku for code in wanted if (sku := self._store.sku(shop.shop_id, code)) is not None}
        number = (
            f"{_PREFIX.get(type(body), 'OP')}{now[:10].replace('-', '')}{self._store.number('last_request') + 1:06}"
        )
        while self._store.one("trade_of_service", shop_id=shop.shop_id, service_no=number):
            number += "X"
        return Situation(now=now, request_no=request_no, number=number, shelf=shelf, words=_WORDS)

    def _act(self, shop: Shop, trade: Trade, body: Write, situation: Situation) -> Done:
        match body:
            case OpenService():
                return services.open_service(trade, body, situation)
            case CloseTrade():
                return services.close_trade(trade, body, situation)
            case ChangeReceiver():
                return changes.change_receiver(trade, body, situation)
            case ChangeSku():
                return changes.change_sku(trade, body, situation)
            case Urge():
                return changes.urge(trade, body, situation)
            case NoteParcel():
                return changes.note_parcel(trade, body, situation)
            case RevokeService():
                return revoke_service(trade, body, situation)
            case IssueInvoice():
                member = self._store.member(shop.shop_id, trade.member_no)
                return changes.issue_invoice(trade, body, member.real_name if member else "", situation)

    def _commit(self, shop: Shop, done: Done) -> None:
        shop_id, trade = shop.shop_id, done.trade
        self._store.update_trade(shop_id, trade)
        if trade.services and trade.services[-1].service_no == done.receipt.document_no:
            self._store.save_service(shop_id, done.receipt.document_no, trade.trade_no)
        for move in done.moves:
            self._store.run("move_stock", shop_id=shop_id, sku_code=move.sku_code, by=move.by)
        if done.voided is not None:
            self._store.run("void_refund", shop_id=shop_id, service_no=done.voided)
        if done.refund is not None:
            self._store.run(
                "save_refund",
                shop_id=shop_id,
                service_no=done.refund.service_no,
                member_no=trade.member_no,
                amount=done.refund.amount,
            )
        if shop.webhook_url:
            for event in done.events:
                self._store.save_event(shop_id, event, time.time())

    # what the shop's own people do

    def load(self, shop: Shop, stocked: Stocked) -> None:
        with self._store.transaction():
            for member in stocked.members:
                self._store.save_member(shop.shop_id, member)
            for sku in stocked.skus:
                self._store.save_sku(shop.shop_id, sku)
            for trade in stocked.trades:
                self._store.save_trade(shop.shop_id, trade)

    def move_trade(self, shop: Shop, trade_no: str, step: TradeStep, parcel: Parcel) -> Trade:
        with self._store.transaction():
            moved = move_trade(self.trade(shop, trade_no), step, parcel, shop.wall())
            self._move(shop, moved)
        self._wake_push()
        return moved.trade

    def move_service(self, shop: Shop, service_no: str, step: ServiceStep, parcel: Parcel) -> Trade:
        with self._store.transaction():
            row = self._store.one("trade_of_service", shop_id=shop.shop_id, service_no=service_no)
            if row is None:
                raise not_found("SERVICE")
            moved = move_service(self.trade(shop, row[0]), service_no, step, parcel, shop.wall())
            self._move(shop, moved)
        self._wake_push()
        return moved.trade

    def _move(self, shop: Shop, moved: Moved) -> None:
        shop_id = shop.shop_id
        self._store.update_trade(shop_id, moved.trade)
        for move in moved.moves:
            self._store.run("move_stock", shop_id=shop_id, sku_code=move.sku_code, by=move.by)
        if moved.paid:
            self._store.run("pay_refund", shop_id=shop_id, service_no=moved.paid, now=shop.wall())
        if moved.voided:
            self._store.run("void_refund", shop_id=shop_id, service_no=moved.voided)
        if shop.webhook_url:
            for event in moved.events:
                self._store.save_event(shop_id, event, time.time())
