"""Systems bound to a certificate: their signature counts only beside it, and only a proxy can say that it came."""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from appliance.config import AccessSettings
from appliance.db import Database
from appliance.errors import InvalidInput, NotFound
from appliance.identity.model import Scope
from security.access import certificates
from security.access.certificates import Certificate
from security.access.signing import SignedRequest, sign
from tests.appliance.channels.tls_terminator import Authority, Pair, client_context, terminator
from tests.appliance.channels.whole import SHOP, Whole

OUTSIDE = "127.0.0.2"
"""Another address of this machine: no proxy of ours."""


@dataclass
class Site:
    """The appliance behind a proxy where TLS ends, and a system of the shop's that signs."""

    whole: Whole
    authority: Authority
    proxy: str
    client_id: UUID
    secret: str
    good: Pair

    async def bind(self, pair: Pair) -> None:
        await self.whole.signed.bind(SHOP, self.client_id, certificates.from_pem(pair.pem))

    async def call(self, http: httpx.AsyncClient, **more: str) -> tuple[int, str]:
        target = f"/api/v1/conversations/{uuid4()}/trace"
        request = SignedRequest(
            method="GET",
            target=target,
            timestamp=str(int(self.whole.core.clock.now().timestamp())),
            nonce=uuid4().hex,
            body=b"",
        )
        headers = {
            "X-Client": f"{SHOP}/{self.client_id}",
            "X-Timestamp": request.timestamp,
            "X-Nonce": request.nonce,
            "X-Signature": sign(self.secret, request),
            **more,
        }
        answer = await http.get(target, headers=headers)
        return answer.status_code, answer.json()["code"]

    async def through_proxy(self, shown: Pair | None, **more: str) -> tuple[int, str]:
        async with httpx.AsyncClient(base_url=self.proxy, verify=client_context(self.authority, shown)) as http:
            return await self.call(http, **more)

    async def past_proxy(self, address: str, **more: str) -> tuple[int, str]:
        transport = httpx.AsyncHTTPTransport(local_address=address)
        async with httpx.AsyncClient(base_url=self.whole.url, transport=transport) as http:
            return await self.call(http, **more)


KNOWN = (404, "not_found")
"""The signature was good, and there is no such conversation."""
REFUSED = (401, "signature_refused")


def said(pair: Pair) -> dict[str, Any]:
    return {"Client-Cert": f":{b64encode(pair.der).decode()}:"}


@pytest.fixture
async def site(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    whole = await Whole.made(db, database_url, tmp_path, access=AccessSettings(certificate_proxies=("127.0.0.1/32",)))
    client, secret = await whole.signed.create(SHOP, "erp", [Scope.CONVERSATIONS_READ])
    authority = Authority(tmp_path)
    async with whole.served() as url, terminator(authority, int(url.rpartition(":")[2])) as proxy:
        yield Site(whole, authority, proxy, client.client_id, secret, authority.issue("good"))
    await whole.aclose()


async def test_who_is_bound_to_none_needs_none(site: Site) -> None:
    assert await site.through_proxy(None) == KNOWN
    assert await site.through_proxy(site.good) == KNOWN


async def test_who_is_bound_comes_with_it_or_not_at_all(site: Site) -> None:
    await site.bind(site.good)
    assert await site.through_proxy(site.good) == KNOWN
    assert await site.through_proxy(None) == REFUSED
    assert await site.past_proxy("127.0.0.1") == REFUSED


async def test_another_certificate_of_the_same_authority_is_another(site: Site) -> None:
    await site.bind(site.good)
    assert await site.through_proxy(site.authority.issue("other")) == REFUSED


async def test_what_a_client_says_of_itself_is_dropped_by_the_proxy(site: Site) -> None:
    await site.bind(site.good)
    assert await site.through_proxy(None, **said(site.good)) == REFUSED
    assert await site.through_proxy(site.authority.issue("other"), **said(site.good)) == REFUSED


async def test_the_header_is_believed_from_a_proxy_and_from_nowhere_else(site: Site) -> None:
    await site.bind(site.good)
    assert await site.past_proxy("127.0.0.1", **said(site.good)) == KNOWN
    assert await site.past_proxy(OUTSIDE, **said(site.good)) == REFUSED
    assert await site.past_proxy(OUTSIDE, **said(site.good), **{"X-Forwarded-For": "127.0.0.1"}) == REFUSED


async def test_an_expired_one_is_refused_where_tls_ends_and_here(site: Site) -> None:
    """Bound while it was good; a proxy that does not look at the time changes nothing."""
    ended = site.authority.issue("ended", ended=True)
    async with site.whole.core.db.transaction(SHOP) as conn:
        await conn.execute(
            "INSERT INTO client_certificate VALUES (%s, %s, %s, now())",
            (SHOP, site.client_id, certificates.from_der(ended.der).sha256),
        )
    with pytest.raises(httpx.TransportError):
        await site.through_proxy(ended)
    assert await site.past_proxy("127.0.0.1", **said(ended)) == REFUSED


async def test_renewal_binds_the_next_beside_the_present(site: Site) -> None:
    following = site.authority.issue("following")
    await site.bind(site.good)
    await site.bind(following)
    assert await site.through_proxy(site.good) == await site.through_proxy(following) == KNOWN
    await site.whole.signed.unbind(SHOP, site.client_id, certificates.from_der(site.good.der).sha256)
    assert await site.through_proxy(site.good) == REFUSED
    assert await site.through_proxy(following) == KNOWN


@pytest.mark.parametrize("value", [":%%%:", "", ":QQ==:, :QQ==:", "QQ==", ":QQ:"])
async def test_a_header_that_is_none_opens_nothing(site: Site, value: str) -> None:
    await site.bind(site.good)
    status, _ = await site.past_proxy("127.0.0.1", **{"Client-Cert": value})
    assert status in (401, 422)


async def test_binding_is_recorded_and_what_does_not_fit_is_refused(site: Site) -> None:
    await site.bind(site.good)
    with pytest.raises(NotFound):
        await site.bind(site.good)
    with pytest.raises(InvalidInput):
        await site.bind(site.authority.issue("ended", ended=True))
    sha256 = certificates.from_der(site.good.der).sha256
    await site.whole.signed.unbind(SHOP, site.client_id, sha256)
    with pytest.raises(NotFound):
        await site.whole.signed.unbind(SHOP, site.client_id, sha256)
    deeds = [(event["action"], event["detail"].get("certificate")) for event in await site.whole.world.records()]
    assert deeds[-2:] == [("client.bind", sha256.hex()), ("client.unbind", sha256.hex())]


@pytest.mark.parametrize("read", [certificates.from_pem, certificates.from_der])
@pytest.mark.parametrize(
    "nothing", [b"", b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", b"\x30\x03\x02\x01"]
)
def test_what_is_no_certificate_is_none(read: Callable[[bytes], Certificate], nothing: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(nothing)
