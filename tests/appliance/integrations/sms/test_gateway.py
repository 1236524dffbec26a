"""A gateway as a file describes it: the demo's, over real HTTP; ones that say no, are away, or lie elsewhere."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import httpx
import msgspec
import pytest

from appliance.aftersales.messages.model import Failure, Text
from appliance.aftersales.orders.model import CaseKind
from appliance.demo.order_system.server import running
from appliance.errors import ConfigurationError
from appliance.ids import uuid7
from appliance.integrations.sms import description
from appliance.integrations.sms.description import DEMO, Description
from appliance.integrations.sms.gateway import HttpGateway, judged
from appliance.integrations.webhooks.sender import Sender

KEY = "an-admin-key-for-tests"
LOOPBACK = (ip_network("127.0.0.0/8"),)
PARAMS = {
    "case_no": "SV1",
    "return_address": "浙江省杭州市退货仓",
    "send_until": "11月28日",
    "parcel_note": "SV1",
}
Open = Callable[..., AbstractAsyncContextManager[HttpGateway]]


@pytest.fixture(scope="module")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("demo") / "shop.db", KEY) as url:
        yield url


@pytest.fixture
def described(demo_url: str) -> Description:
    found: Description = msgspec.structs.replace(description.read(DEMO), url=f"{demo_url}/sms/messages")
    return found


@asynccontextmanager
async def gateway(
    described: Description, networks: tuple[object, ...] = LOOPBACK, key: str = KEY
) -> AsyncIterator[HttpGateway]:
    opened = HttpGateway(described, lambda: key, Sender(networks, 5), 5)  # type: ignore[arg-type]
    yield opened
    await opened.aclose()


def a_text(kind: CaseKind = CaseKind.RETURN_REFUND) -> Text:
    return Text(message_id=uuid7(), phone="13800138000", template=kind, params=PARAMS)


async def kept(demo_url: str) -> list[dict[str, object]]:
    async with httpx.AsyncClient(base_url=demo_url, headers={"X-Admin-Key": KEY}, trust_env=False) as client:
        found: list[dict[str, object]] = (await client.get("/sms/messages")).json()
        return found


async def test_the_demos_gateway_keeps_what_it_is_handed_once_for_an_id(described: Description, demo_url: str) -> None:
    text = a_text()
    async with gateway(described) as opened:
        first, again = await opened.send(text), await opened.send(text)
    assert (first.failure, first.reference) == (None, again.reference)
    (message,) = [each for each in await kept(demo_url) if each["idempotency_key"] == str(text.message_id)]
    assert (message["mobile"], message["template_id"], message["params"]) == ("13800138000", "GUIDE_RETURN", PARAMS)


@pytest.mark.parametrize("kind", [CaseKind.EXCHANGE, CaseKind.REPAIR])
async def test_every_kind_that_sends_goods_back_has_its_template(described: Description, kind: CaseKind) -> None:
    async with gateway(described) as opened:
        assert (await opened.send(a_text(kind))).failure is None


async def test_a_gateway_that_says_no_is_told_with_its_word(described: Description) -> None:
    async with gateway(described, key="another") as opened:
        taken = await opened.send(a_text())
    assert (taken.failure, taken.word) == (Failure.REFUSED, "KEY_INVALID")


async def test_nothing_goes_to_an_address_outside_the_networks(described: Description, demo_url: str) -> None:
    before = await kept(demo_url)
    async with gateway(described, (ip_network("10.0.0.0/8"),)) as opened:
        assert (await opened.send(a_text())).failure is Failure.ADDRESS_REFUSED
    assert await kept(demo_url) == before


async def test_a_gateway_that_is_not_there_is_not_reached(described: Description) -> None:
    gone = msgspec.structs.replace(described, url="http://127.0.0.1:9/sms")
    async with gateway(gone) as opened:
        assert (await opened.send(a_text())).failure is Failure.NOT_REACHED


@pytest.mark.parametrize(
    ("status", "content", "failure"),
    [
        (200, b'{"code": "OK", "messageNo": "SM1"}', None),
        (200, b'{"code": "LIMIT"}', Failure.REFUSED),
        (200, b"not json", Failure.REFUSED),
        (429, b"{}", Failure.NO_ANSWER),
        (503, b'{"code": "OK"}', Failure.NO_ANSWER),
    ],
)
def test_a_yes_is_what_the_file_says_it_is(status: int, content: bytes, failure: Failure | None) -> None:
    assert judged(description.read(DEMO), status, content).failure is failure


def test_a_text_does_not_show_its_number() -> None:
    assert "13800138000" not in repr(a_text())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("repair: GUIDE_REPAIR", "refund_only: GUIDE_X"), "templates.refund_only: unknown"),
        (('"{phone}"', '"{mobile}"'), "body.mobile: {mobile} is not known here"),
        (("url:", "adress:"), "adress: unknown"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_field(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(DEMO.read_text("utf-8").replace(*change), "utf-8")
    with pytest.raises(ConfigurationError) as wrong:
        description.read(file)
    assert str(file) in wrong.value.detail
    assert complaint in wrong.value.detail
