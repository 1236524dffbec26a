"""The customer of a case: what is said when the bot waits for this or that."""

from datetime import UTC, datetime
from typing import Any

from appliance.conversation.model import Channel
from appliance.evaluation.model import Case, Customer, Interjection, Say, Silence
from appliance.evaluation.script import CustomerScript, End, Seen


def script(**given: Any) -> CustomerScript:
    stated: dict[str, Any] = {"opening": Say(text="开头"), "otherwise": "别的"} | given
    answers = {
        slot: value if isinstance(value, tuple) else (value,) for slot, value in stated.pop("answers", {}).items()
    }
    repeating = frozenset(slot for slot, value in given.get("answers", {}).items() if not isinstance(value, tuple))
    return CustomerScript(
        Case(
            id="t",
            channel=Channel.WEB,
            now=datetime(2026, 3, 2, tzinfo=UTC),
            customer=Customer(id="C"),
            fixtures={},
            answers=answers,
            repeating=repeating,
            **stated,
        )
    )


def said(customer: CustomerScript, *awaited: str | None, **seen: bool) -> list[str]:
    words = []
    for slot in awaited:
        answer = customer.next(Seen(slot, **seen))
        words.append(answer.text if isinstance(answer, Say) else type(answer).__name__)
    return words


def test_the_opening_comes_first() -> None:
    assert script().first() == Say(text="开头")


def test_a_single_answer_is_said_every_time() -> None:
    assert said(script(answers={"line": Say(text="杯子")}), "line", "line") == ["杯子", "杯子"]


def test_a_list_is_used_up_in_order_then_otherwise() -> None:
    customer = script(answers={"line": (Say(text="一"), Say(text="二"))})
    assert said(customer, "line", "line", "line") == ["一", "二", "别的"]


def test_interjections_come_before_the_answer_once_each_one_per_time() -> None:
    customer = script(
        answers={"confirm": (Say(text="好"),)},
        interject=(
            Interjection(when="confirm", say="甲"),
            Interjection(when="line", say="丙"),
            Interjection(when="confirm", say="乙"),
        ),
    )
    assert said(customer, "confirm", "confirm", "confirm", "confirm") == ["甲", "乙", "好", "别的"]


def test_clarify_resume_message_and_unknown_slots_get_otherwise() -> None:
    customer = script(answers={"line": Say(text="杯子")})
    assert said(customer, "clarify", "resume", "message", "reason") == ["别的"] * 4


def test_without_otherwise_an_unanswered_slot_ends_it_and_says_why() -> None:
    assert script(otherwise=None).next(Seen("reason")) == End("no answer to reason and no otherwise")


def test_further_requests_follow_each_outcome_and_then_it_ends() -> None:
    customer = script(then=("还有", "再有"))
    assert said(customer, None, "rating", None, has_outcome=True) == ["还有", "再有", "End"]


def test_an_outcome_does_not_end_it_while_something_is_awaited() -> None:
    assert said(script(answers={"offer": Say(text="行")}), "offer", has_outcome=True) == ["行"]


def test_a_hand_off_ends_it() -> None:
    assert script(then=("还有",)).next(Seen(None, is_handed_off=True)) == End("handed off")


def test_a_script_is_said_whatever_is_awaited_and_ends_with_the_last_answer() -> None:
    customer = script(opening=None, script=(Say(text="一"), Say(text="二")))
    assert customer.first() == Say(text="一")
    assert said(customer, "confirm", None) == ["二", "End"]


def test_a_script_ends_with_a_hand_off() -> None:
    customer = script(opening=None, script=(Say(text="一"), Say(text="二")))
    customer.first()
    assert customer.next(Seen(None, is_handed_off=True)) == End("handed off")


def test_after_the_first_receipt_its_own_messages_follow() -> None:
    customer = script(answers={"confirm": Say(text="好")}, after_receipt=(Say(text="甲"), Say(text="乙")))
    assert said(customer, "confirm") == ["好"]
    assert said(customer, None, "line", None, has_receipt=True) == ["甲", "乙", "End"]


def test_after_a_silence_the_next_of_the_list_follows_whatever_is_awaited() -> None:
    customer = script(answers={"confirm": (Silence(seconds=700), Say(text="好"))})
    assert said(customer, "confirm", "message", "message") == ["Silence", "好", "别的"]
