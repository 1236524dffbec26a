"""A shop's versions of its policy: two people, a date to come, never changed, recallable. The table holds to it."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from appliance.aftersales.policy.files import PackFiles
from appliance.aftersales.policy.pack import DEFAULT_PACK, default_pack, in_force
from appliance.aftersales.policy.versions import Version, Versions, VersionState
from appliance.clock import FixedClock
from appliance.db import Database
from appliance.errors import ApplianceError, ConfigurationError, Conflict, InvalidInput, NotFound
from appliance.ids import ShopId
from appliance.joints.policies import PublishedPolicies
from tests.appliance.aftersales.policy.drafts import edit, without

SHOP, OTHER = ShopId("shop-1"), ShopId("shop-2")
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
ANNA, BEN = uuid4(), uuid4()


class Shop:
    """One shop's versions, each deed a transaction of its own."""

    def __init__(self, db: Database, tmp_path: Path) -> None:
        self.db, self.folder = db, tmp_path
        self.clock = FixedClock(NOW)
        self.versions = Versions(self.clock)
        self.policies = PublishedPolicies(db, self.versions, default_pack())

    def files(self, version: str = "2", begins: datetime = SOON, days: int = 20) -> PackFiles:
        folder = Path(shutil.copytree(DEFAULT_PACK, self.folder / f"{version}-{days}-{begins:%d%H}"))
        terms = json.loads((folder / "pack.json").read_text("utf-8"))
        terms |= {"version": version, "effective_from": begins.isoformat()}
        terms["window_days"]["gold"] = days
        (folder / "pack.json").write_text(json.dumps(terms), "utf-8")
        return PackFiles.of(folder)

    async def propose(self, files: PackFiles, by: UUID = ANNA, shop: ShopId = SHOP) -> Version:
        async with self.db.transaction(shop) as conn:
            return await self.versions.propose(conn, shop, files, by)

    async def publish(self, policy: str, by: UUID = BEN, shop: ShopId = SHOP) -> Version:
        async with self.db.transaction(shop) as conn:
            return await self.versions.publish(conn, shop, policy, by)

    async def refuse(self, policy: str, by: UUID = BEN) -> Version:
        async with self.db.transaction(SHOP) as conn:
            return await self.versions.refuse(conn, SHOP, policy, by)

    async def recall(self, policy: str, by: UUID = BEN) -> Version:
        async with self.db.transaction(SHOP) as conn:
            return await self.versions.recall(conn, SHOP, policy, by)

    async def published(self, files: PackFiles) -> Version:
        return await self.publish((await self.propose(files)).policy)

    async def in_force(self, at: datetime, shop: ShopId = SHOP) -> str:
        return in_force(await self.policies.of(shop), at).id


@pytest.fixture
def shop(db: Database, tmp_path: Path) -> Shop:
    return Shop(db, tmp_path)


async def test_a_published_version_decides_from_its_date_on_and_in_its_shop_alone(shop: Shop) -> None:
    version = await shop.published(shop.files())
    assert version.state is VersionState.PUBLISHED
    assert await shop.in_force(SOON - timedelta(seconds=1)) == default_pack().id
    assert await shop.in_force(SOON) == version.policy
    assert await shop.in_force(SOON, OTHER) == default_pack().id


async def test_what_is_only_proposed_or_refused_decides_nothing(shop: Shop) -> None:
    proposed = await shop.propose(shop.files())
    assert await shop.in_force(SOON) == default_pack().id
    assert (await shop.refuse(proposed.policy)).state is VersionState.REFUSED
    assert await shop.in_force(SOON) == default_pack().id


async def test_a_version_that_leaves_a_request_without_a_row_is_not_proposed(shop: Shop, tmp_path: Path) -> None:
    folder = without(tmp_path, "return_refund", "R11", "D1.1", "D1.2")
    edit(folder / "pack.json", lambda terms: terms.update(version="2", effective_from=SOON.isoformat()))
    with pytest.raises(InvalidInput, match=r"return_refund\.json: its last row has conditions"):
        await shop.propose(PackFiles.of(folder))


async def test_of_two_that_have_begun_the_later_decides_and_a_recall_brings_the_earlier_back(shop: Shop) -> None:
    first = await shop.published(shop.files("2"))
    second = await shop.published(shop.files("3", SOON + timedelta(hours=1)))
    at = SOON + timedelta(hours=2)
    assert await shop.in_force(at) == second.policy
    recalled = await shop.recall(second.policy)
    assert (recalled.state, recalled.recalled_by) == (VersionState.RECALLED, BEN)
    assert await shop.in_force(at) == first.policy


@pytest.mark.control("M-15")
async def test_nobody_decides_on_their_own_proposal(shop: Shop, db: Database) -> None:
    policy = (await shop.propose(shop.files())).policy
    for deed in (shop.publish, shop.refuse):
        with pytest.raises(Conflict, match="another person"):
            await deed(policy, ANNA)
    async with db.transaction(SHOP) as conn:
        with pytest.raises(psycopg.errors.CheckViolation):
            await conn.execute("UPDATE policy_version SET state = 'published', decided_by = proposed_by")
        await conn.rollback()


async def test_nobody_is_judged_by_a_rule_that_was_not_there_yet(shop: Shop) -> None:
    with pytest.raises(InvalidInput, match="effective_from is past"):
        await shop.propose(shop.files(begins=NOW))
    late = await shop.propose(shop.files())
    shop.clock.move(timedelta(hours=1))
    with pytest.raises(Conflict, match="propose it anew"):
        await shop.publish(late.policy)


async def test_two_versions_do_not_begin_at_the_same_moment(shop: Shop) -> None:
    await shop.published(shop.files("2"))
    other = await shop.propose(shop.files("3"))
    with pytest.raises(Conflict, match="same moment"):
        await shop.publish(other.policy)


async def test_a_version_is_decided_once_and_proposed_again_only_after_a_refusal(shop: Shop) -> None:
    files = shop.files()
    policy = (await shop.propose(files)).policy
    with pytest.raises(Conflict, match="known already"):
        await shop.propose(files, BEN)
    await shop.refuse(policy)
    again = await shop.propose(files, BEN)
    assert (again.state, again.proposed_by, again.decided_by) == (VersionState.PROPOSED, BEN, None)
    await shop.publish(policy, ANNA)
    for deed in (shop.publish, shop.refuse):
        with pytest.raises(Conflict, match="published already"):
            await deed(policy)
    await shop.recall(policy)
    with pytest.raises(Conflict, match="recalled"):
        await shop.recall(policy)


BROKEN = {
    "no json": ("repair.json", "{", "repair.json:1:2: not JSON"),
    "a missing file": ("repair.json", None, "repair.json: missing"),
    "a case that is not met": (
        "repair.cases.yaml",
        "cases: [{name: odd, given: {status: paid}, expect: {rule: W1}}]",
        "cases beside the tables are not met: repair: odd",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_pack_with_a_mistake_is_not_proposed(shop: Shop, name: str) -> None:
    file, text, said = BROKEN[name]
    texts = {each: was for each, was in shop.files().as_text().items() if each != file or text is not None}
    if text is not None:
        texts[file] = text
    with pytest.raises(InvalidInput) as refused:
        await shop.propose(PackFiles.of_text(Path("files"), texts))
    assert said in refused.value.detail


async def test_a_file_that_is_no_part_of_a_pack_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="hold"):
        PackFiles.of_text(Path("files"), {"../../etc/passwd.json": "{}"})


async def test_a_version_of_another_shop_is_not_there(shop: Shop) -> None:
    policy = (await shop.propose(shop.files())).policy
    with pytest.raises(NotFound):
        await shop.publish(policy, shop=OTHER)


async def test_a_version_that_was_changed_behind_our_back_decides_nothing(shop: Shop, db: Database) -> None:
    version = await shop.published(shop.files())
    async with db.transaction(SHOP) as conn:
        await conn.execute(
            "UPDATE policy_version SET files = jsonb_set(files, '{pack.json}', "
            "to_jsonb(replace(files ->> 'pack.json', '20', '90')))"
        )
    with pytest.raises(ApplianceError, match="changed behind our back"):
        await shop.in_force(SOON)
    await shop.recall(version.policy)
    assert await shop.in_force(SOON) == default_pack().id
