"""When guides are looked for, and who wants none."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.config_messages import MessageSettings
from appliance.errors import ConfigurationError
from appliance.ids import CustomerId, ShopId
from appliance.jobs.queue import Jobs
from appliance.joints.sms import OptOutFile, send_guides

SHOP, CUSTOMER = ShopId("shop-1"), CustomerId("U1001")
EVEN = datetime(2026, 11, 21, 2, tzinfo=UTC)


def test_guides_are_looked_for_every_ten_seconds(database_url: str) -> None:
    """Of six fields the seconds come last; written first, the step would be of minutes, and every second of them."""
    sender: Any = None
    jobs = Jobs(database_url)
    send_guides(jobs, sender)
    [job] = [task for (name, _), task in jobs._app.periodic_registry.periodic_tasks.items() if name == "messages.send"]
    job.croniter.set_current(EVEN)
    due = [job.croniter.get_next(datetime) for _ in range(720)]
    assert due == [EVEN + timedelta(seconds=10 * place) for place in range(1, 721)]


def test_who_stands_in_the_file_wants_none_from_the_next_message_on(tmp_path: Path) -> None:
    file = tmp_path / "opt-outs"
    file.write_text("")
    opt_outs = OptOutFile(MessageSettings(opt_out_file=str(file)))
    assert not opt_outs.wants_none(SHOP, CUSTOMER)
    file.write_text(f"shop-2/{CUSTOMER}\n {SHOP}/{CUSTOMER} \n")
    assert opt_outs.wants_none(SHOP, CUSTOMER)
    assert not opt_outs.wants_none(SHOP, CustomerId("U1002"))


def test_without_a_file_everybody_may_be_written_to() -> None:
    assert not OptOutFile(MessageSettings()).wants_none(SHOP, CUSTOMER)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_said_with_the_cure(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "opt-outs"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="make it readable, or leave the setting empty"):
        OptOutFile(MessageSettings(opt_out_file=str(file))).wants_none(SHOP, CUSTOMER)
