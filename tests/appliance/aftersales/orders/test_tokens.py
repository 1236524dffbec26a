"""OAuth2 tokens: one for all, renewed in time, replaced once where one is refused, asked for by one at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseRequest
from appliance.aftersales.orders.oauth import OAuth2
from appliance.aftersales.orders.operations import Timeouts
from appliance.aftersales.orders.port import OutcomeUnknown
from appliance.aftersales.orders.rest import RestOrderSystem
from appliance.clock import FixedClock
from appliance.errors import OrderSystemUnavailable
from appliance.ids import CustomerId, LineId, OperationId, OrderId, uuid7
from tests.appliance.aftersales.orders.gates import Request, TokenServer, serving
from tests.appliance.aftersales.orders.recorded import Recorded

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
PATIENT = Timeouts(connect_s=60, read_s=60, deadline_s=90)
ITEM = {"itemNo": "L1", "skuCode": "S", "title": "杯", "category": "kitchen", "num": 1, "price": "10.00"}
TRADE = {"tradeNo": "O1", "memberNo": "U1", "state": "SIGNED", "items": [ITEM]}
RECEIPT = {"documentNo": "D1", "type": "RETURN", "state": "PROCESSING", "refundAmount": "10.00"}
REQUEST = CaseRequest(
    operation_id=OperationId(uuid7()),
    kind=CaseKind.RETURN_REFUND,
    order_id=OrderId("O1"),
    customer_id=CustomerId("U1"),
    lines=(CaseLine(line_id=LineId("L1"), quantity=1),),
    refund_fen=1000,
)


class Nothing(set[str]):
    """Keeps no token."""

    def add(self, element: str, /) -> None:
        """Forgotten at once."""


class Shop:
    def __init__(self, tokens: TokenServer) -> None:
        self.tokens = tokens
        self.clock = FixedClock(NOW)
        self.app = Recorded(self._answer)
        self.wrote = 0

    def _answer(self, request: Request) -> tuple[int, Any]:
        own = self.tokens.own(request)
        if own is not None:
            return own
        if self.tokens.check(request) is not None:
            return 401, {"code": "KEY_INVALID"}
        if request.method == "POST":
            self.wrote += 1
            return 200, {"receipt": RECEIPT}
        return 200, {"trade": TRADE}


@asynccontextmanager
async def connected(shop: Shop, mapping: Mapping, secret: str = "s3cret") -> AsyncIterator[RestOrderSystem]:  # noqa: S107
    auth = OAuth2(token_path="/oauth/token", scope="orders", in_body=False, renew_before_s=60, timeouts=PATIENT)
    with serving(shop.app) as url:
        credentials = Credentials(client_id="us", client_secret=secret)
        system = RestOrderSystem(replace(mapping, auth=auth), url, credentials, shop.clock)
        try:
            yield system
        finally:
            await system.aclose()


async def test_many_at_once_ask_for_one_token(demo_mapping: Mapping) -> None:
    shop = Shop(TokenServer("us", "s3cret"))
    async with connected(shop, demo_mapping) as system:
        await asyncio.gather(*(system.order(OrderId("O1")) for _ in range(12)))
    assert len(shop.tokens.given) == 1


async def test_a_token_is_renewed_before_it_ends(demo_mapping: Mapping) -> None:
    shop = Shop(TokenServer("us", "s3cret", expires_in=600))
    async with connected(shop, demo_mapping) as system:
        await system.order(OrderId("O1"))
        shop.clock.move(timedelta(seconds=539))
        await system.order(OrderId("O1"))
        assert len(shop.tokens.given) == 1
        shop.clock.move(timedelta(seconds=2))
        await system.order(OrderId("O1"))
    assert len(shop.tokens.given) == 2


async def test_a_token_without_an_end_is_used_until_it_is_refused(demo_mapping: Mapping) -> None:
    shop = Shop(TokenServer("us", "s3cret", expires_in=None))
    async with connected(shop, demo_mapping) as system:
        await system.order(OrderId("O1"))
        shop.clock.move(timedelta(days=400))
        await system.order(OrderId("O1"))
    assert len(shop.tokens.given) == 1


async def test_a_refused_token_is_replaced_once(demo_mapping: Mapping) -> None:
    shop = Shop(TokenServer("us", "s3cret"))
    async with connected(shop, demo_mapping) as system:
        await system.order(OrderId("O1"))
        shop.tokens.good.clear()
        assert (await system.order(OrderId("O1"))).order_id == "O1"
    assert len(shop.tokens.given) == 2


async def test_a_server_that_refuses_every_token_is_not_asked_for_ever(demo_mapping: Mapping) -> None:
    shop = Shop(TokenServer("us", "s3cret"))
    shop.tokens.good = Nothing()
    async with connected(shop, demo_mapping) as system:
        with pytest.raises(OrderSystemUnavailable, match="KEY_INVALID"):
            await system.order(OrderId("O1"))
    assert len(shop.tokens.given) == 2


async def test_a_write_whose_token_was_refused_is_written_once_with_the_next(demo_mapping: Mapping) -> None:
    shop = Shop(TokenServer("us", "s3cret"))
    async with connected(shop, demo_mapping) as system:
        await system.order(OrderId("O1"))
        shop.tokens.good.clear()
        await system.execute(REQUEST)
    assert shop.wrote == 1
    keys = [each.headers["idempotency-key"] for each in shop.app.requests if each.path == "/api/services"]
    assert keys == [str(REQUEST.operation_id)] * 2


async def test_a_write_without_a_token_is_surely_not_sent(demo_mapping: Mapping) -> None:
    shop = Shop(TokenServer("us", "s3cret"))
    async with connected(shop, demo_mapping, secret="wrong") as system:
        with pytest.raises(OrderSystemUnavailable, match="no token") as caught:
            await system.execute(REQUEST)
    assert not isinstance(caught.value, OutcomeUnknown)
    assert {each.path for each in shop.app.requests} == {"/oauth/token"}


@pytest.mark.control("M-29")
async def test_nothing_secret_is_logged_or_told(demo_mapping: Mapping, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    shop = Shop(TokenServer("us", "s3cret"))
    async with connected(shop, demo_mapping) as system:
        await system.order(OrderId("O1"))
        told = f"{system!r} {system._signer!r} {caplog.text}"
    assert not any(secret in told for secret in ("s3cret", shop.tokens.given[0]))


def test_the_file_is_read_whole(tmp_path: Path) -> None:
    demo = (Path(__file__).parents[4] / "appliance/aftersales/orders/mappings/demo.yaml").read_text("utf-8")
    auth = "auth: {kind: oauth2, token_path: /t, scope: orders, client: body, renew_before_s: 5}"
    file = tmp_path / "shop.yaml"
    file.write_text(demo.replace("auth: {kind: api_key, header: X-Api-Key}", auth), "utf-8")
    mapping = Mapping.load(file)
    assert isinstance(mapping.auth, OAuth2)
    assert (mapping.auth.scope, mapping.auth.in_body, mapping.auth.renew_before_s) == ("orders", True, 5)
