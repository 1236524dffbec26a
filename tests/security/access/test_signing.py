"""Signed requests: every part is signed, the time is near, and each nonce counts once."""

import asyncio
from typing import Any
from uuid import UUID, uuid4, uuid5

import msgspec
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.access.errors import NotAllowed, NotThere, RightsUnfit, SignatureRefused
from security.access.records import MACHINE
from security.access.signing import SignedRequest, SigningClient, SigningClients, sign
from tests.security.access.world import HERE, World

SHOP = "demo"


def subject_of(shop: str) -> UUID:
    return uuid5(UUID(int=1), shop)


@pytest.fixture
def clients(world: World) -> SigningClients:
    return SigningClients(world.ring, world.clock, uuid4, subject_of)


@pytest.fixture
async def made(world: World, clients: SigningClients) -> tuple[SigningClient, str]:
    async with world.transaction() as conn:
        for shop in (SHOP, "other"):
            await world.ring.create_subject(conn, shop, subject_of(shop))
        return await clients.create(conn, SHOP, "erp", ["events:write"], MACHINE, HERE)


def request(world: World, **other: Any) -> SignedRequest:
    plain = SignedRequest(
        method="POST",
        target="/api/v1/order-events?x=1",
        timestamp=str(int(world.clock.now().timestamp())),
        nonce=uuid4().hex,
        body=b'{"order_no": "1"}',
    )
    return msgspec.structs.replace(plain, **other)


async def verify(
    world: World,
    clients: SigningClients,
    client: UUID,
    sent: SignedRequest,
    signature: str,
    scope: str = "events:write",
) -> SigningClient:
    return await world.do(lambda conn: clients.verify(conn, SHOP, client, sent, signature, scope))


async def test_a_signed_request_says_whose_it_is(
    world: World, clients: SigningClients, made: tuple[SigningClient, str]
) -> None:
    client, secret = made
    sent = request(world)
    assert await verify(world, clients, client.client_id, sent, sign(secret, sent)) == client


@pytest.mark.control("M-28")
async def test_the_same_nonce_counts_once_even_at_once(
    world: World, clients: SigningClients, made: tuple[SigningClient, str]
) -> None:
    client, secret = made
    sent = request(world)
    got = await asyncio.gather(
        *(verify(world, clients, client.client_id, sent, sign(secret, sent)) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in got) == ["SignatureRefused"] * 3 + ["SigningClient"]
    resigned = request(world, nonce=sent.nonce, body=b"{}")
    with pytest.raises(SignatureRefused, match="used before"):
        await verify(world, clients, client.client_id, resigned, sign(secret, resigned))


async def test_nonces_are_remembered_for_longer_than_a_signature_lives(
    world: World, clients: SigningClients, made: tuple[SigningClient, str]
) -> None:
    client, secret = made
    early = request(world, timestamp=str(int(world.clock.now().timestamp()) + 299))
    await verify(world, clients, client.client_id, early, sign(secret, early))
    for _ in range(9):
        world.clock.move(minutes=1)
        sent = request(world)
        await verify(world, clients, client.client_id, sent, sign(secret, sent))
        with pytest.raises(SignatureRefused):
            await verify(world, clients, client.client_id, early, sign(secret, early))
    world.clock.move(minutes=11)
    sent = request(world)
    await verify(world, clients, client.client_id, sent, sign(secret, sent))
    async with world.transaction() as conn:
        rows = await (await conn.execute("SELECT nonce FROM client_nonce")).fetchall()
    assert rows == [(sent.nonce,)]


@pytest.mark.parametrize("off_s", [-301, 301, 86_400])
async def test_a_time_far_from_ours_is_refused(
    world: World, clients: SigningClients, made: tuple[SigningClient, str], off_s: int
) -> None:
    client, secret = made
    sent = request(world, timestamp=str(int(world.clock.now().timestamp()) + off_s))
    with pytest.raises(SignatureRefused, match="clocks"):
        await verify(world, clients, client.client_id, sent, sign(secret, sent))


@pytest.mark.parametrize(
    "changed",
    [{"method": "PUT"}, {"target": "/api/v1/order-events?x=2"}, {"body": b"{}"}, {"nonce": "n" * 16}],
    ids=lambda changed: next(iter(changed)),
)
@pytest.mark.control("M-28")
async def test_nothing_may_change_after_signing(
    world: World, clients: SigningClients, made: tuple[SigningClient, str], changed: dict[str, Any]
) -> None:
    client, secret = made
    sent = request(world)
    with pytest.raises(SignatureRefused):
        await verify(world, clients, client.client_id, msgspec.structs.replace(sent, **changed), sign(secret, sent))


@pytest.mark.control("M-16")
async def test_a_scope_that_was_not_given_is_denied(
    world: World, clients: SigningClients, made: tuple[SigningClient, str]
) -> None:
    client, secret = made
    sent = request(world)
    with pytest.raises(NotAllowed):
        await verify(world, clients, client.client_id, sent, sign(secret, sent), "conversations:read")


async def test_a_client_of_one_shop_is_nobody_in_another(
    world: World, clients: SigningClients, made: tuple[SigningClient, str]
) -> None:
    client, secret = made
    sent = request(world)
    with pytest.raises(SignatureRefused):
        await world.do(
            lambda conn: clients.verify(conn, "other", client.client_id, sent, sign(secret, sent), "events:write")
        )


async def test_a_revoked_client_is_refused_at_once(
    world: World, clients: SigningClients, made: tuple[SigningClient, str]
) -> None:
    client, secret = made
    await world.do(lambda conn: clients.revoke(conn, SHOP, client.client_id, MACHINE, HERE))
    sent = request(world)
    with pytest.raises(SignatureRefused):
        await verify(world, clients, client.client_id, sent, sign(secret, sent))
    with pytest.raises(NotThere):
        await world.do(lambda conn: clients.revoke(conn, SHOP, client.client_id, MACHINE, HERE))
    [listed] = await world.do(lambda conn: clients.list(conn, SHOP))
    assert listed.revoked_at == world.clock.now()
    assert [deed[0] for deed in await world.deeds()] == ["client.create", "client.revoke"]


@pytest.mark.control("M-16")
async def test_what_serves_a_shop_sees_that_shops_clients_only(
    world: World, database_url: str, made: tuple[SigningClient, str]
) -> None:
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        await conn.execute("SELECT set_config('role', 'appliance_app', true), set_config('app.shop_id', 'other', true)")
        assert await (await conn.execute("SELECT * FROM signing_client")).fetchall() == []


async def test_a_client_has_a_name_that_can_be_read(world: World, clients: SigningClients) -> None:
    nothing: Any = None
    for name in ("", "x" * 81, "a\nb"):
        with pytest.raises(RightsUnfit):
            await clients.create(nothing, SHOP, name, [], MACHINE, HERE)


@given(timestamp=st.text(max_size=20), nonce=st.text(max_size=70))
def test_two_different_requests_are_never_signed_alike(timestamp: str, nonce: str) -> None:
    one = SignedRequest(method="GET", target="/a", timestamp="1", nonce="n" * 16, body=b"")
    other = msgspec.structs.replace(one, timestamp=timestamp.replace("\n", ""), nonce=nonce.replace("\n", ""))
    assert (one.signed() == other.signed()) == (one == other)
