"""M1: whoever complains is handed over with a work order, at once, and the reason says why."""

import pytest

from appliance.dialogue import effects as fx
from appliance.dialogue import incoming
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, Talk


@pytest.mark.parametrize(
    ("tone", "reason", "reply"),
    [
        (None, "customer_asked", "handoff.complaint"),
        (incoming.Tone.ANGRY, "emotion", "handoff.emotion"),
        (incoming.Tone.THREATENS, "risk_words", "handoff.risk_words"),
        (incoming.Tone.THANKS, "customer_asked", "handoff.complaint"),
    ],
)
def test_a_complaint_goes_to_a_person_with_a_work_order(
    talk: Talk, tone: incoming.Tone | None, reason: str, reply: str
) -> None:
    turn = talk.hear(say.start("complaint"), tone=tone)
    handed = turn.of(fx.HandOff)[0]
    assert (turn.said, handed.reason, handed.with_work_order) == ([reply], reason, True)
    assert turn.outcomes == [("handed_off", "M1")]
    assert turn.of(fx.RecordDecision)[0].rule == "M1"
    assert turn.of(fx.Conclude)[0].flow == "complaint"


def test_nobody_has_to_prove_who_he_is_to_complain(stranger: Talk) -> None:
    assert stranger.hear(say.start("complaint")).handed_off == "customer_asked"


def test_it_does_not_wait_for_what_is_being_confirmed(quoted: Talk) -> None:
    turn = quoted.hear(say.start("complaint"))
    assert (turn.said, turn.of(fx.Accept)) == (["handoff.complaint"], [])
    assert quoted.state.table is None
    assert turn.of(fx.HandOff)[0].summary["slots"] == {"order": DELIVERED, "line": ["L1"], "reason": "size"}


def test_it_is_not_done_after_something_else_either(talk: Talk) -> None:
    turn = talk.hear(say.start("return_refund"), say.order(DELIVERED), say.start("complaint"))
    assert turn.handed_off == "customer_asked"
