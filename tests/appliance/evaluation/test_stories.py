"""The demo's customers: their dates follow today, their order numbers are new each time."""

from datetime import UTC, datetime, timedelta

import msgspec

from appliance.dialogue.render import Persona
from appliance.evaluation import stories
from appliance.identity.widgets import AVATAR_PX, accent_from, avatar_from

NOW = datetime(2027, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_every_time_keeps_its_distance_from_now() -> None:
    told = {case.id: case for case in stories.told_at(NOW)}
    order = told["quality-return-with-photo"].fixtures["orders"][0]
    assert told["quality-return-with-photo"].now == NOW
    assert datetime.fromisoformat(order["delivered_at"]) == NOW - timedelta(days=3)


def test_order_numbers_are_new_and_the_same_wherever_they_stand() -> None:
    told = {case.id: case for case in stories.told_at(NOW)}
    stranger = told["a-stranger-asks"]
    number = stranger.fixtures["orders"][1]["order_id"]
    assert number == "02031205060601"
    assert number in stranger.script[0].text  # type: ignore[union-attr]


def test_every_kind_of_end_is_on_show() -> None:
    outcomes = {case.outcome for case in stories.told_at(NOW)}
    assert {"case_created", "refused", "handed_off", "answered"} <= outcomes


def test_the_shop_is_one_that_the_commands_would_take() -> None:
    shop = stories.shop()
    persona = msgspec.convert({"shop_name": shop.name, **shop.persona}, Persona)
    picture = avatar_from(stories.avatar())
    assert (persona.bot_name, accent_from(shop.accent)) == ("小鹿", shop.accent)
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (AVATAR_PX, AVATAR_PX)
