"""A wish that the database did not take lies on disk until it does, and names nobody."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from appliance.config_calls import Purpose
from appliance.errors import Unavailable
from appliance.ids import CustomerId, ShopId, uuid7
from appliance.outbound.model import Attempt
from appliance.outbound.unkept import UnkeptWishes

ATTEMPT = Attempt(
    shop_id=ShopId("demo"),
    call_id=uuid7(),
    attempt_id=uuid7(),
    number=1,
    purpose=Purpose.CALL_BACK,
    work_order_id=None,
    customer_id=CustomerId("c-77"),
    number_mac=b"m" * 32,
    answered_at=datetime(2026, 11, 23, tzinfo=UTC),
)


class Desk:
    def __init__(self) -> None:
        self.told: list[tuple[ShopId, UUID]] = []
        self.is_away = False

    async def refused_late(self, shop: ShopId, attempt_id: UUID) -> None:
        if self.is_away:
            raise Unavailable("the database is away")
        self.told.append((shop, attempt_id))


async def test_it_is_told_once_the_database_is_back(tmp_path: Path) -> None:
    wishes, desk = UnkeptWishes(tmp_path / "outbound"), Desk()
    wishes.leave(ATTEMPT)
    desk.is_away = True
    assert await wishes.settle(desk) == 0
    desk.is_away = False
    of_the_next_run = UnkeptWishes(tmp_path / "outbound")
    assert [await of_the_next_run.settle(desk), await of_the_next_run.settle(desk)] == [1, 0]
    assert desk.told == [(ATTEMPT.shop_id, ATTEMPT.attempt_id)]


async def test_one_that_cannot_be_read_holds_up_no_other(tmp_path: Path) -> None:
    wishes, desk = UnkeptWishes(tmp_path), Desk()
    (tmp_path / "00.json").write_text("{", encoding="utf-8")
    wishes.leave(ATTEMPT)
    assert await wishes.settle(desk) == 1


async def test_nothing_is_left_that_nobody_left(tmp_path: Path) -> None:
    assert await UnkeptWishes(tmp_path / "outbound").settle(Desk()) == 0


def test_the_file_names_nobody(tmp_path: Path) -> None:
    UnkeptWishes(tmp_path).leave(ATTEMPT)
    (file,) = tmp_path.iterdir()
    assert "c-77" not in file.name + file.read_text(encoding="utf-8")
    assert "m" * 8 not in file.read_text(encoding="utf-8")
