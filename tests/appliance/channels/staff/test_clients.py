"""Systems of the shops in the console: made with a secret that is seen once, listed with their last use, revoked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from appliance.identity.api_keys import ApiKeys
from appliance.identity.errors import ApiKeyNotValid
from appliance.identity.model import Needed, Scope
from appliance.identity.signed_clients import SignedCall, SignedClients
from appliance.ids import ShopId
from appliance.web import labels
from security.access.errors import ChangeRefused, SignatureRefused
from security.access.model import Origin
from security.access.permissions import Role
from security.access.proposals import ClientProposals
from security.access.signing import SignedRequest, sign
from tests.appliance.channels.staff.world import Browser, StaffWorld

pytestmark = pytest.mark.control("M-18")

SHOP = "shop-of-systems"
NEEDED = Needed(scope=Scope.EVENTS_WRITE, label=labels.OF_A_REPORTER)
WAYS = ["api_key", "signature"]


@pytest.fixture
async def sys_admin(staff: StaffWorld) -> Browser:
    await staff.shops.create(SHOP, "鹿角小铺")
    return await staff.as_role(Role.SYS_ADMIN)


async def make(browser: Browser, credential: str, scopes: Sequence[str] = ("events:write",)) -> dict[str, Any]:
    body = {"credential": credential, "name": "erp", "scopes": scopes}
    answer = await browser.post(f"/shops/{SHOP}/clients", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def listed(browser: Browser) -> dict[str, Any]:
    [shop] = [each for each in (await browser.get("/clients")).json() if each["shop_id"] == SHOP]
    [client] = shop["clients"]
    found: dict[str, Any] = client
    return found


async def come(staff: StaffWorld, made: dict[str, Any]) -> None:
    """As the system itself would, to another process."""
    clock = staff.world.clock
    if made["caller"] is None:
        await ApiKeys(staff.db, clock).authenticate(made["secret"], NEEDED)
        return
    at = str(int(clock.now().timestamp()))
    request = SignedRequest(method="POST", target="/", timestamp=at, nonce=f"nonce-of-16-{at}", body=b"")
    call = SignedCall(client=made["caller"], request=request, signature=sign(made["secret"], request))
    await SignedClients(staff.db, staff.world.ring, clock).authenticate(call, NEEDED)


@pytest.mark.parametrize("credential", WAYS)
async def test_a_system_gets_in_by_what_was_shown_once(staff: StaffWorld, sys_admin: Browser, credential: str) -> None:
    made = await make(sys_admin, credential)
    await come(staff, made)
    shown = (await sys_admin.get("/clients")).text
    assert made["secret"].rsplit("_", 1)[-1] not in shown
    client = await listed(sys_admin)
    assert (client["credential"], client["name"], client["scopes"]) == (credential, "erp", ["events:write"])


@pytest.mark.parametrize("credential", WAYS)
async def test_the_last_use_is_told_to_the_minute(staff: StaffWorld, sys_admin: Browser, credential: str) -> None:
    made, used = await make(sys_admin, credential), list[Any]()
    used.append((await listed(sys_admin))["last_used_at"])
    for step in (timedelta(0), timedelta(seconds=59), timedelta(seconds=1)):
        staff.world.clock.move(seconds=step.total_seconds())
        await come(staff, made)
        used.append((await listed(sys_admin))["last_used_at"])
    assert used[0] is None
    assert used[1] == used[2] != used[3]


@pytest.mark.parametrize("credential", WAYS)
async def test_one_that_was_revoked_gets_in_no_more(staff: StaffWorld, sys_admin: Browser, credential: str) -> None:
    made = await make(sys_admin, credential)
    path = f"/shops/{SHOP}/clients/{credential}/{made['client']['client_id']}"
    before = len(await staff.world.records())
    assert (await sys_admin.call("DELETE", path)).status_code == 204
    assert (await sys_admin.call("DELETE", path)).status_code == 404
    with pytest.raises((ApiKeyNotValid, SignatureRefused)):
        await come(staff, made)
    assert (await listed(sys_admin))["revoked_at"] is not None
    noun = "api_key" if credential == "api_key" else "client"
    said = [(each["action"], each["outcome"]) for each in (await staff.world.records())[before:]]
    assert said == [(f"{noun}.revoke", outcome) for outcome in ("pending", "success", "pending", "denied")]


@pytest.mark.control("M-19")
@pytest.mark.parametrize("credential", WAYS)
async def test_who_made_it_and_from_where_is_recorded_and_no_secret(
    staff: StaffWorld, sys_admin: Browser, credential: str
) -> None:
    before = len(await staff.world.records())
    made = await make(sys_admin, credential)
    intent, record = (await staff.world.records())[before:]
    assert (intent["kind"], intent["req"]) == ("intent", record["req"])
    assert sys_admin.principal is not None
    assert (record["actor"]["id"], record["actor"]["role"]) == (str(sys_admin.principal.staff_id), "sys_admin")
    assert (record["tenant"], record["detail"], record["object"]["id"]) == (
        SHOP,
        {"scopes": "events:write"},
        made["client"]["client_id"],
    )
    assert made["secret"] not in str(record)


@pytest.mark.parametrize("shop", ["nowhere", "Not A Shop"])
async def test_a_shop_that_is_none_is_refused(sys_admin: Browser, shop: str) -> None:
    body = {"credential": "signature", "name": "erp", "scopes": ["events:write"]}
    assert (await sys_admin.post(f"/shops/{shop}/clients", body)).status_code in {404, 422}


@pytest.fixture
async def sec_admin(staff: StaffWorld) -> Browser:
    return await staff.as_role(Role.SEC_ADMIN)


READS = ["events:write", "conversations:read"]


@pytest.mark.control("M-17")
@pytest.mark.parametrize("credential", WAYS)
async def test_who_would_read_more_than_its_maker_gets_in_once_a_second_person_agrees(
    staff: StaffWorld, sys_admin: Browser, sec_admin: Browser, credential: str
) -> None:
    """Although the installation is not live yet, and whatever of its scopes is used."""
    made = await make(sys_admin, credential, READS)
    assert made["client"]["agreement"] == "proposed"
    with pytest.raises((ApiKeyNotValid, SignatureRefused)):
        await come(staff, made)
    client_id = made["client"]["client_id"]
    assert sys_admin.principal is not None
    [waiting] = (await sec_admin.get("/client-proposals")).json()
    assert (waiting["shop_id"], waiting["client_id"], waiting["name"]) == (SHOP, client_id, "erp")
    assert (waiting["scopes"], waiting["proposed_by"]) == (sorted(READS), str(sys_admin.principal.staff_id))
    agreed = f"/client-proposals/{SHOP}/{client_id}/approve"
    assert (await sys_admin.post(agreed)).status_code == 403
    assert (await sec_admin.post(agreed)).status_code == 204
    await come(staff, made)
    assert (await listed(sys_admin))["agreement"] == "applied"
    assert (await sec_admin.get("/client-proposals")).json() == []
    assert (await sec_admin.post(agreed)).status_code == 404


@pytest.mark.control("M-17")
@pytest.mark.parametrize("credential", WAYS)
@pytest.mark.parametrize("ends_by", ["a refusal", "being revoked"])
async def test_what_was_not_agreed_to_opens_nothing_ever(
    staff: StaffWorld, sys_admin: Browser, sec_admin: Browser, credential: str, ends_by: str
) -> None:
    made = await make(sys_admin, credential, READS)
    client_id = made["client"]["client_id"]
    if ends_by == "a refusal":
        assert (await sec_admin.post(f"/client-proposals/{SHOP}/{client_id}/refuse")).status_code == 204
    else:
        path = f"/shops/{SHOP}/clients/{credential}/{client_id}"
        assert (await sys_admin.call("DELETE", path)).status_code == 204
    assert (await sec_admin.get("/client-proposals")).json() == []
    assert (await sec_admin.post(f"/client-proposals/{SHOP}/{client_id}/approve")).status_code == 404
    with pytest.raises((ApiKeyNotValid, SignatureRefused)):
        await come(staff, made)


@pytest.mark.control("M-17")
async def test_who_proposed_a_system_agrees_to_none_of_his_own_in_another_role_either(
    staff: StaffWorld, sys_admin: Browser
) -> None:
    made = await make(sys_admin, "api_key", READS)
    assert sys_admin.principal is not None
    async with staff.db.system() as conn:
        proposals = ClientProposals(staff.world.clock)
        with pytest.raises(ChangeRefused, match="somebody else"):
            await proposals.approve(conn, sys_admin.principal, SHOP, UUID(made["client"]["client_id"]), Origin())


async def test_on_the_machine_a_system_is_made_without_asking(staff: StaffWorld) -> None:
    await staff.shops.create(SHOP, "鹿角小铺")
    keys = ApiKeys(staff.db, staff.world.clock)
    _, key = await keys.create(ShopId(SHOP), "erp", [Scope.CONVERSATIONS_READ])
    assert (await keys.recognise(key)).agreement is None
