"""Who signs is known by the real server, with and without a certificate beside it."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from aftersales_client import (
    NO_PATIENCE,
    AsyncClient,
    Client,
    NewWorkOrder,
    NoAnswer,
    NotAuthenticated,
    NotFound,
    Signing,
    mutual_tls,
)
from appliance.config import AccessSettings
from appliance.db import Database
from appliance.identity.model import Scope
from security.access import certificates
from tests.appliance.channels.tls_terminator import Authority, Pair, terminator
from tests.appliance.channels.whole import SHOP, Whole


class Site:
    """The appliance behind a proxy where TLS ends, and a system that signs."""

    def __init__(self, whole: Whole, authority: Authority, proxy: str, client: str, secret: str) -> None:
        self.whole = whole
        self.authority = authority
        self.proxy = proxy
        self.client_id = UUID(client.partition("/")[2])
        self.credential = Signing(client, secret)

    def through_proxy(self, shown: Pair) -> AsyncClient:
        tls = mutual_tls(shown.path, authority=self.authority.root.path)
        return AsyncClient(self.proxy, self.credential, tls=tls)


@pytest.fixture
async def site(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    whole = await Whole.made(db, database_url, tmp_path, access=AccessSettings(certificate_proxies=("127.0.0.1/32",)))
    client, secret = await whole.signed.create(SHOP, "erp", list(Scope))
    authority = Authority(tmp_path)
    async with whole.served() as url, terminator(authority, int(url.rpartition(":")[2])) as proxy:
        yield Site(whole, authority, proxy, f"{SHOP}/{client.client_id}", secret)
    await whole.aclose()


async def test_what_is_signed_is_known(site: Site) -> None:
    """Query, body, and what needs escaping."""
    async with AsyncClient(site.whole.url, site.credential) as client:
        since = site.whole.core.clock.now()
        assert (await client.list_cases(since=since.astimezone(ZoneInfo("Asia/Shanghai")), limit=2)).items == ()
        opened = await client.open_work_order(NewWorkOrder(words="核对发票"))
        assert (await client.read_work_order(str(opened.work_order_id))).work_order == opened
        with pytest.raises(NotFound):
            await client.read_case("a/../b?c")


async def test_another_secret_signs_nothing(site: Site) -> None:
    async with AsyncClient(site.whole.url, Signing(f"{SHOP}/{site.client_id}", "x")) as client:
        with pytest.raises(NotAuthenticated) as refused:
            await client.list_cases()
    assert refused.value.problem.code == "signature_refused"


async def test_who_is_bound_comes_with_the_certificate(site: Site) -> None:
    good = site.authority.issue("good")
    await site.whole.signed.bind(SHOP, site.client_id, certificates.from_pem(good.pem))
    async with site.through_proxy(good) as client:
        assert (await client.list_cases()).items == ()
    async with site.through_proxy(site.authority.issue("other")) as other:
        with pytest.raises(NotAuthenticated):
            await other.list_cases()


async def test_an_appliance_that_nobody_vouches_for_is_sent_nothing(site: Site) -> None:
    async with AsyncClient(site.proxy, site.credential, patience=NO_PATIENCE) as client:
        with pytest.raises(NoAnswer) as refused:
            await client.read_case(uuid4())
    assert not refused.value.was_sent


def test_a_time_without_an_offset_is_not_sent() -> None:
    with Client("https://appliance.invalid") as client, pytest.raises(ValueError, match="since needs an offset"):
        client.list_cases(since=datetime(2026, 11, 21))  # noqa: DTZ001 - what is refused
