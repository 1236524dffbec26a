"""Who is let in, and where a call goes on."""

from uuid import uuid4

import pytest

from appliance.channels.phone.switchboard import Switchboard
from appliance.errors import NotFound
from appliance.voice.events import LeaveCall
from appliance.voice.model import Caller, Exit
from tests.appliance.channels.phone.conftest import FALLBACK

CALLER = Caller(number="13800000000", called="4008001234", headers={"X-Shop": "demo"})


def test_an_announced_call_is_taken_once(switchboard: Switchboard) -> None:
    call_id = switchboard.announce(CALLER)
    assert switchboard.take(call_id) == CALLER
    with pytest.raises(NotFound):
        switchboard.take(call_id)


def test_one_that_nobody_announced_is_not(switchboard: Switchboard) -> None:
    with pytest.raises(NotFound, match="no such call was announced"):
        switchboard.take(uuid4())


def test_one_that_comes_too_late_is_not() -> None:
    now = [0]
    switchboard = Switchboard(lambda: now[0], FALLBACK)
    call_id = switchboard.announce(CALLER)
    now[0] = 60_001
    with pytest.raises(NotFound):
        switchboard.take(call_id)


def test_a_call_goes_where_it_was_left_for_and_a_lost_one_to_a_person(switchboard: Switchboard) -> None:
    call_id = switchboard.announce(CALLER)
    switchboard.leave(call_id, LeaveCall(Exit.HANG_UP))
    assert switchboard.next(call_id) == LeaveCall(Exit.HANG_UP)
    assert (switchboard.next(call_id), switchboard.next(None)) == (FALLBACK, FALLBACK)
