"""Clear values: to a role that may, for a purpose, one at a time, with a record; masked for everybody else."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from security.access.permissions import Role
from security.access.rights import fitting
from security.pii.masker import Masker
from tests.appliance.channels.staff.world import ANALYZER, MOST_REVEALS, Browser, StaffWorld
from tests.security.access.world import HERE

SHOP = "shop-1"
PHONE, ID_CARD = "13800138000", "110101199003070011"
WANTED = {"placeholder": "⟨手机1⟩", "purpose": "call_back"}


DAMAGES = {
    "ciphertext_refused": "UPDATE subject_dek SET wrapped = decode('00', 'hex') WHERE subject_id = '{}'",
    "keys_unavailable": "UPDATE subject_dek SET subject_id = gen_random_uuid() WHERE subject_id = '{}'",
}


class Talked:
    """A conversation in which somebody gave a phone number and the number of an ID card."""

    def __init__(self, staff: StaffWorld) -> None:
        self.staff = staff
        self.conversation_id, self.subject_id = uuid4(), uuid4()

    @property
    def path(self) -> str:
        return f"/conversations/{self.conversation_id}/values"

    async def begin(self) -> "Talked":
        world = self.staff.world
        async with self.staff.db.transaction(SHOP) as conn:  # type: ignore[arg-type]
            keys = await world.ring.create_subject(conn, SHOP, self.subject_id)
            await conn.execute(
                "INSERT INTO conversation (shop_id, conversation_id, channel, subject_id, state, next_seq, started_at) "
                "VALUES (%s, %s, 'web', %s, '', 1, now())",
                (SHOP, self.conversation_id, self.subject_id),
            )
            words = f"手机{PHONE}，身份证{ID_CARD}，车牌浙A8K36P"
            await Masker(ANALYZER, self.staff.vault).mask(conn, SHOP, self.conversation_id, keys, words)
        return self

    async def erase(self) -> None:
        async with self.staff.db.transaction(SHOP) as conn:  # type: ignore[arg-type]
            await self.staff.world.ring.destroy_subject(conn, SHOP, self.subject_id)

    async def break_keys(self, code: str) -> None:
        """As a damaged row, or another root key, would."""
        await self.staff.log.as_plain_owner("ALTER TABLE subject_dek NO FORCE ROW LEVEL SECURITY")
        await self.staff.log.as_plain_owner(DAMAGES[code].format(self.subject_id))
        self.staff.world.ring.forget(SHOP, self.subject_id)

    async def person(self, role: Role, *shops: str) -> Browser:
        world = self.staff.world
        by = (await self.staff.people["sec.li"].log_in()).principal
        rights = fitting([role], frozenset(shops))
        login = f"{role.value}.{len(shops)}"
        made = await world.do(lambda conn: world.access.changes.create(conn, by, login, login, rights, HERE))
        assert made.set_up is not None
        person = await world.set_up(made.set_up.token, None)
        person.login = login
        return await self.staff.of(person)


@pytest.fixture
async def talked(staff: StaffWorld) -> Talked:
    return await Talked(staff).begin()


@pytest.mark.control("M-18", "M-19", "M-35")
async def test_a_value_is_revealed_for_a_purpose_and_recorded(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    before = len(await talked.staff.world.records())
    reason = "<b>回拨</b>\n打13900139000给客户\u2028\x1b[31m"
    answer = await agent.post(f"{talked.path}/reveal", WANTED | {"reason": reason})
    assert (answer.status_code, answer.json()) == (
        200,
        {"placeholder": "⟨手机1⟩", "type": "PHONE", "shown": PHONE},
    )
    [intent, record] = (await talked.staff.world.records())[before:]
    assert (intent["action"], intent["kind"], intent["outcome"]) == ("pii.reveal", "intent", "pending")
    assert (record["action"], record["cat"], record["outcome"], record["reason"], record["tenant"]) == (
        "pii.reveal",
        "pii",
        "success",
        "call_back",
        SHOP,
    )
    assert record["object"] == {"type": "conversation", "id": str(talked.conversation_id)}
    assert record["actor"]["role"] == "agent"
    assert record["detail"] == {"placeholder": "⟨手机1⟩", "note": "‹b›回拨‹/b› 打⟨手机⟩给客户 [31m"}
    assert PHONE not in str(record)


@pytest.mark.control("M-21", "M-35")
async def test_while_nothing_is_sealed_no_value_leaves(talked: Talked) -> None:
    staff, agent = talked.staff, await talked.person(Role.AGENT, SHOP)
    hasty = StaffWorld(staff.world, staff.db, staff.log, people=staff.people, seal_s=0.2).browser()
    hasty.http.cookies, hasty.csrf = agent.http.cookies, agent.csrf
    await staff.log.kill()
    answer = await hasty.post(f"{talked.path}/reveal", WANTED)
    assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable")
    assert PHONE not in answer.text
    staff.log.revive()
    assert (await agent.post(f"{talked.path}/reveal", WANTED)).json()["shown"] == PHONE


@pytest.mark.control("M-18", "M-21", "M-35")
@pytest.mark.parametrize("code", ["ciphertext_refused", "keys_unavailable"])
async def test_a_value_whose_keys_are_away_is_a_failure_that_the_log_tells(talked: Talked, code: str) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    await talked.break_keys(code)
    before = len(await talked.staff.world.records())
    answer = await agent.post(f"{talked.path}/reveal", WANTED)
    listed = await agent.get(talked.path)
    assert (answer.status_code >= 500, listed.status_code >= 500) == (True, True)
    recorded = (await talked.staff.world.records())[before:]
    assert [(each["action"], each["kind"], each["outcome"], each["reason"]) for each in recorded] == [
        ("pii.reveal", "intent", "pending", ""),
        ("pii.reveal", "outcome", "failure", code),
        ("pii.list", "event", "failure", code),
    ]
    assert recorded[0]["req"] == recorded[1]["req"]


async def test_of_an_id_card_the_last_four_are_all(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    answer = await agent.post(f"{talked.path}/reveal", WANTED | {"placeholder": "⟨身份证1⟩"})
    assert answer.json()["shown"] == "****0011"


@pytest.mark.parametrize("placeholder", ["⟨车牌1⟩", "⟨手机2⟩", "⟨验证码⟩", "手机1", "%"])
async def test_what_was_not_kept_is_not_there_and_the_attempt_is_recorded(talked: Talked, placeholder: str) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    answer = await agent.post(f"{talked.path}/reveal", WANTED | {"placeholder": placeholder})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    last = (await talked.staff.world.records())[-1]
    assert (last["action"], last["outcome"], last["reason"]) == ("pii.reveal", "denied", "not_found")


async def test_another_shops_conversation_is_not_there(talked: Talked) -> None:
    for shops in ((), ("shop-2", "shop-3")):
        stranger = await talked.person(Role.SUPERVISOR, *shops)
        assert (await stranger.get(talked.path)).status_code == 404
        assert (await stranger.post(f"{talked.path}/reveal", WANTED)).status_code == 404


async def test_an_erased_customer_is_not_there(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    await talked.erase()
    assert (await agent.post(f"{talked.path}/reveal", WANTED)).status_code == 404
    assert (await agent.get(talked.path)).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": "curiosity"},
        {"purpose": None},
        {"placeholder": ""},
        {"placeholder": "⟨" * 33},
        {"reason": "长" * 201},
        {"shop": SHOP},
    ],
)
async def test_without_a_purpose_of_the_list_nothing_is_asked(talked: Talked, change: dict[str, object]) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    answer = await agent.post(f"{talked.path}/reveal", WANTED | change)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_one_person_may_ask_so_often_in_an_hour_whatever_is_answered(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    wrong = WANTED | {"placeholder": "⟨手机9⟩"}
    statuses = [(await agent.post(f"{talked.path}/reveal", wrong)).status_code for _ in range(MOST_REVEALS)]
    refused = await agent.post(f"{talked.path}/reveal", WANTED)
    assert statuses == [404] * MOST_REVEALS
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_reveals")
    other = await talked.person(Role.SUPERVISOR, SHOP)
    assert (await other.post(f"{talked.path}/reveal", WANTED)).status_code == 200


async def test_an_hour_later_it_goes_on(talked: Talked) -> None:
    clock, reveals = talked.staff.world.clock, talked.staff.api.disclosures._reveals
    somebody = UUID(int=1)
    async with talked.staff.db.system() as conn:
        assert [await reveals.count(conn, somebody) for _ in range(MOST_REVEALS + 1)] == [True] * MOST_REVEALS + [False]
        clock.at += timedelta(hours=1)
        assert await reveals.count(conn, somebody)


async def test_who_may_reveal_sees_the_rest_masked(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    assert [(each["placeholder"], each["shown"]) for each in (await agent.get(talked.path)).json()] == [
        ("⟨身份证1⟩", "****0011"),
        ("⟨手机1⟩", "138****8000"),
        ("⟨车牌1⟩", "⟨车牌⟩"),
    ]


@pytest.mark.control("M-18", "M-35")
async def test_each_look_at_masked_values_is_recorded_with_how_much_was_seen(talked: Talked) -> None:
    before = len(await talked.staff.world.records())
    seen = []
    for role in (Role.AGENT, Role.APPROVER):
        who = await talked.person(role, SHOP)
        before = len(await talked.staff.world.records())
        await who.get(talked.path)
        [record] = (await talked.staff.world.records())[before:]
        assert (record["action"], record["cat"], record["kind"], record["outcome"], record["tenant"]) == (
            "pii.list",
            "pii",
            "event",
            "success",
            SHOP,
        )
        assert record["object"] == {"type": "conversation", "id": str(talked.conversation_id)}
        seen.append((record["actor"]["role"], record["detail"]))
    assert seen == [
        ("agent", {"values": "3", "sight": "partial"}),
        ("approver", {"values": "3", "sight": "type"}),
    ]


@pytest.mark.control("M-18")
async def test_a_look_at_what_is_not_there_is_recorded_as_refused(talked: Talked) -> None:
    stranger = await talked.person(Role.AGENT, "shop-2")
    await stranger.get(talked.path)
    last = (await talked.staff.world.records())[-1]
    assert (last["action"], last["outcome"], last["reason"]) == ("pii.list", "denied", "not_found")


async def test_who_may_not_sees_types_alone(talked: Talked) -> None:
    approver = await talked.person(Role.APPROVER, SHOP)
    answer = (await approver.get(talked.path)).json()
    assert [each["shown"] for each in answer] == ["⟨身份证⟩", "⟨手机⟩", "⟨车牌⟩"]
    assert (await approver.post(f"{talked.path}/reveal", WANTED)).status_code == 403


async def test_no_value_is_in_a_repr(talked: Talked) -> None:
    agent = await talked.person(Role.AGENT, SHOP)
    assert agent.principal is not None
    values = await talked.staff.api.disclosures.values(agent.principal, talked.conversation_id, HERE)  # type: ignore[arg-type]
    assert "8000" not in repr(values)
