"""SQLite behind one connection and one writer: the event loop's thread.

Every commit reaches the disk (WAL, synchronous FULL) before it is answered, so that neither a killed process nor a
power cut loses an acknowledged write. Refuses to be shared by two processes.
"""

import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from appliance.demo.order_system.documents import Event, Member, Sku, Trade
from appliance.demo.order_system.problems import Problem

_HERE = Path(__file__).parent
_QUERIES = {
    name: sql.strip()
    for name, sql in re.findall(
        r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", (_HERE / "queries.sql").read_text("utf-8"), re.S | re.M
    )
}
_encode = msgspec.json.encode
_member = msgspec.json.Decoder(Member)
_trade = msgspec.json.Decoder(Trade)

Row = tuple[Any, ...]


class Store:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            path, timeout=1, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript((_HERE / "schema.sql").read_text("utf-8"))

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def run(self, query: str, **parameters: Any) -> int:
        return self._db.execute(_QUERIES[query], parameters).rowcount

    def one(self, query: str, **parameters: Any) -> Row | None:
        row: Row | None = self._db.execute(_QUERIES[query], parameters).fetchone()
        return row

    def all(self, query: str, **parameters: Any) -> list[Row]:
        return self._db.execute(_QUERIES[query], parameters).fetchall()

    def number(self, query: str, **parameters: Any) -> int:
        row = self.one(query, **parameters)
        return int(row[0]) if row else 0

    def member(self, shop_id: str, member_no: str) -> Member | None:
        row = self.one("member", shop_id=shop_id, member_no=member_no)
        return _member.decode(row[0]) if row else None

    def save_member(self, shop_id: str, member: Member) -> None:
        self.run("save_member", shop_id=shop_id, member_no=member.member_no, doc=_encode(member))

    def trade(self, shop_id: str, trade_no: str) -> Trade | None:
        row = self.one("trade", shop_id=shop_id, trade_no=trade_no)
        return _trade.decode(row[0]) if row else None

    def trades(self, shop_id: str, member_no: str, size: int, skip: int) -> list[Trade]:
        rows = self.all("trades_of_member", shop_id=shop_id, member_no=member_no, size=size, skip=skip)
        return [_trade.decode(doc) for (doc,) in rows]

    def save_trade(self, shop_id: str, trade: Trade) -> None:
        """A trade loaded again starts anew, with the services it names."""
        times = trade.times
        self.run("drop_services_of_trade", shop_id=shop_id, trade_no=trade.trade_no)
        self.run(
            "save_trade",
            shop_id=shop_id,
            trade_no=trade.trade_no,
            member_no=trade.member_no,
            ordered_at=times.created or times.paid or times.shipped or "",
            doc=_encode(trade),
        )
        for service in trade.services:
            self.save_service(shop_id, service.service_no, trade.trade_no)

    def update_trade(self, shop_id: str, trade: Trade) -> None:
        self.run("update_trade", shop_id=shop_id, trade_no=trade.trade_no, doc=_encode(trade))

    def save_service(self, shop_id: str, service_no: str, trade_no: str) -> None:
        try:
            self.run("save_service", shop_id=shop_id, service_no=service_no, trade_no=trade_no)
        except sqlite3.IntegrityError as error:
            raise Problem(409, "SERVICE_EXISTS", f"case {service_no} stands on another order already") from error

    def sku(self, shop_id: str, sku_code: str) -> Sku | None:
        row = self.one("sku", shop_id=shop_id, sku_code=sku_code)
        return _sku(row) if row else None

    def family(self, shop_id: str, sku_code: str) -> tuple[Sku, ...]:
        return tuple(map(_sku, self.all("family", shop_id=shop_id, sku_code=sku_code)))

    def save_sku(self, shop_id: str, sku: Sku) -> None:
        self.run("save_sku", shop_id=shop_id, **msgspec.structs.asdict(sku))

    def save_event(self, shop_id: str, event: Event, now: float) -> None:
        """Its number stands in the signed body too, so that no two bodies are the same."""
        numbered = replace(event, event_no=f"EV{secrets.token_hex(10)}")
        self.run(
            "save_event",
            shop_id=shop_id,
            event_no=numbered.event_no,
            trade_no=event.trade_no,
            type=event.type,
            body=_encode(numbered),
            now=now,
        )


def _sku(row: Row) -> Sku:
    return Sku(sku_code=row[0], spu_code=row[1], spec_name=row[2], price=row[3], stock=row[4])
