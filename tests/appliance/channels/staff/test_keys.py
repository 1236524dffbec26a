"""What security administrators see of the keys: epochs, rotations, erased subjects, copies; nothing that opens."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from security.access.permissions import Role
from security.crypto.rotation import Layer, Progress, Rotation
from security.crypto.standing import Copy, remember_copy
from security.sql import Connection
from tests.appliance.channels.staff.world import Browser, StaffWorld

pytestmark = pytest.mark.control("M-29")

SHOP = "shop-of-keys"


@pytest.fixture
async def sec(staff: StaffWorld) -> Browser:
    return await staff.as_role(Role.SEC_ADMIN)


async def subjects(staff: StaffWorld, count: int) -> list[UUID]:
    made = [uuid4() for _ in range(count)]
    async with staff.db.transaction(SHOP) as conn:  # type: ignore[arg-type]
        for subject_id in made:
            await staff.world.ring.create_subject(conn, SHOP, subject_id)
    return made


class Stopped(Exception):
    """The process that rotates died."""


async def rotate(staff: StaffWorld, *, until: str = "") -> None:
    def stop(at: str) -> None:
        if at == until:
            raise Stopped

    async def report(_: Connection, __: Progress) -> None:
        """Nobody listens."""

    await Rotation(staff.db.system, staff.world.ring, staff.world.clock, report, stop).rotate_shop(SHOP)


async def test_epochs_and_erased_subjects_of_each_shop_are_counted(staff: StaffWorld, sec: Browser) -> None:
    erased, *_ = await subjects(staff, 3)
    async with staff.db.transaction(SHOP) as conn:  # type: ignore[arg-type]
        await staff.world.ring.destroy_subject(conn, SHOP, erased)
    await rotate(staff)
    keys = (await sec.get("/keys")).json()
    [shop] = [each for each in keys["shops"] if each["shop_id"] == SHOP]
    assert {name: shop[name] for name in ("epoch", "older_epochs", "subjects", "behind", "erased")} == {
        "epoch": 2,
        "older_epochs": 0,
        "subjects": 2,
        "behind": 0,
        "erased": 1,
    }
    [rotation] = keys["rotations"]
    assert (rotation["layer"], rotation["place"], rotation["target"], rotation["moved"], rotation["remaining"]) == (
        Layer.SHOP,
        SHOP,
        2,
        2,
        None,
    )
    assert rotation["finished_at"] is not None
    assert (keys["root"]["provider"], keys["root"]["generations"]) == ("file", [1])


async def test_a_rotation_that_was_broken_off_shows_what_is_left(staff: StaffWorld, sec: Browser) -> None:
    await subjects(staff, 3)
    with pytest.raises(Stopped):
        await rotate(staff, until="shop_begun")
    keys = (await sec.get("/keys")).json()
    [rotation] = keys["rotations"]
    assert (rotation["moved"], rotation["remaining"], rotation["finished_at"]) == (0, 3, None)
    [shop] = [each for each in keys["shops"] if each["shop_id"] == SHOP]
    assert (shop["epoch"], shop["older_epochs"], shop["behind"]) == (2, 1, 3)


async def test_the_last_copy_of_each_kind_is_told(staff: StaffWorld, sec: Browser) -> None:
    now = staff.world.clock.now()
    assert (await sec.get("/keys")).json()["copies"] == []
    async with staff.db.system() as conn:
        await remember_copy(conn, Copy.SHARES, 1, now - timedelta(days=9))
        await remember_copy(conn, Copy.SHARES, 2, now)
        await remember_copy(conn, Copy.EPOCHS, None, now)
    copies = (await sec.get("/keys")).json()["copies"]
    assert [(copy["kind"], copy["generation"]) for copy in copies] == [("epochs", None), ("shares", 2)]


async def test_no_key_and_nobody_stands_in_the_answer(staff: StaffWorld, sec: Browser) -> None:
    [subject] = await subjects(staff, 1)
    answer = await sec.get("/keys")
    wrapped = await staff.log.rows("SELECT wrapped FROM shop_kek UNION ALL SELECT wrapped FROM subject_dek")
    assert str(subject) not in answer.text
    assert wrapped
    assert not any(bytes(row[0]).hex() in answer.text for row in wrapped)
