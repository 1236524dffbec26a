"""What a shop's systems were told, from outside: listed in pages, and told again by a system administrator."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from appliance.ids import ShopId, uuid7
from security.access.permissions import Role
from tests.appliance.channels.staff.world import Browser, StaffWorld

SHOP = "shop-1"


class Told:
    """Five tellings of one webhook, the newest last; the first two were given up."""

    def __init__(self, staff: StaffWorld, browser: Browser) -> None:
        self.staff = staff
        self.browser = browser
        self.webhook_id = uuid4()
        self.ids: list[str] = []

    async def begin(self) -> "Told":
        now = self.staff.world.clock.now()
        async with self.staff.db.transaction(ShopId(SHOP)) as conn:
            await conn.execute("INSERT INTO shop (shop_id, name) VALUES (%s, %s) ON CONFLICT DO NOTHING", (SHOP, SHOP))
            await conn.execute(
                "INSERT INTO webhook (shop_id, webhook_id, url, events, created_at) "
                "VALUES (%s, %s, 'https://erp.intranet/hooks', '{case.created}', %s)",
                (SHOP, self.webhook_id, now),
            )
            for number in range(5):
                is_dead = number < 2
                self.ids.append(str(uuid7()))
                await conn.execute(
                    "INSERT INTO webhook_delivery (shop_id, delivery_id, webhook_id, conversation_id, seq, type, "
                    "state, attempts, failure, status, made_at, due_at, ended_at) "
                    "VALUES (%s, %s, %s, %s, %s, 'case.created', %s, 10, %s, %s, %s, NULL, %s)",
                    (
                        SHOP,
                        UUID(self.ids[-1]),
                        self.webhook_id,
                        uuid4(),
                        number,
                        "dead" if is_dead else "delivered",
                        "status" if is_dead else None,
                        503 if is_dead else 204,
                        now + timedelta(seconds=number),
                        now,
                    ),
                )
        return self

    async def listed(self, query: str = "") -> Any:
        return (await self.browser.get(f"/webhook-deliveries?shop={SHOP}{query}")).json()

    async def told_again(self) -> list[Any]:
        records = [each for each in await self.staff.world.records() if each["action"] == "webhook.replay"]
        assert self.browser.principal is not None
        assert {each["actor"]["id"] for each in records} <= {str(self.browser.principal.staff_id)}
        return [each["detail"] for each in records if each["outcome"] == "success"]


@pytest.fixture
async def told(staff: StaffWorld) -> Told:
    return await Told(staff, await staff.as_role(Role.SYS_ADMIN)).begin()


async def test_tellings_come_page_by_page_the_newest_first(told: Told) -> None:
    seen, cursor = [], ""
    while cursor is not None:
        page = await told.listed(f"&limit=2{cursor}")
        seen.append([each["delivery_id"] for each in page["deliveries"]])
        cursor = page["cursor"] and f"&cursor={page['cursor']}"
    assert seen == [told.ids[:2:-1], told.ids[2:0:-1], told.ids[:1]]
    dead = await told.listed("&state=dead&type=case.created")
    assert [(each["failure"], each["status"]) for each in dead["deliveries"]] == [("status", 503)] * 2
    for nothing in (f"&webhook_id={uuid4()}", "&type=case.failed", "&state=pending"):
        assert (await told.listed(nothing))["deliveries"] == []


@pytest.mark.control("M-18")
async def test_one_is_told_again_under_its_id_with_the_name_of_who_wanted_it(told: Told) -> None:
    path = f"/webhook-deliveries/{told.ids[4]}"
    assert (await told.browser.get(path)).json()["state"] == "delivered"
    again = await told.browser.post(f"{path}/replay")
    assert (again.json()["delivery_id"], again.json()["state"], again.json()["attempts"]) == (told.ids[4], "pending", 0)
    assert (await told.browser.post(f"{path}/replay")).status_code == 404
    assert await told.told_again() == [{"deliveries": "1"}]


@pytest.mark.control("M-18")
async def test_all_that_were_given_up_are_told_again(told: Told) -> None:
    for count in (2, 0):
        answer = await told.browser.post("/webhook-deliveries/replay", {"shop": SHOP})
        assert answer.json() == {"deliveries": count}
    assert await told.told_again() == [{"deliveries": "2"}, {"deliveries": "0"}]
