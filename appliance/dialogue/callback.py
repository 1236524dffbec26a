"""A message for people: its words, whom to call, and when. Times are business time; hours are the shop's own."""

from collections.abc import Generator
from datetime import datetime

from appliance.clock import SHANGHAI
from appliance.dialogue import facts, telephone_number
from appliance.dialogue.asking import Filling, ask, reject
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Account, Effect, Keep, ReadAccount, Result, expect, known
from appliance.dialogue.incoming import Heard
from appliance.dialogue.options import yes_no
from appliance.dialogue.schema import Step
from models.commands import CancelFlow, Command, CorrectSlot, Handoff, HandoffReason, Repeat, SetSlot, Slot

ANY_TIME = "any"
LONGEST_CALL_FOR_A_PERSON = 8
"""Characters: 转人工 ends the message, 请让人工客服尽快给我打电话 is one."""
LONGEST_MESSAGE = 500
_BESIDE = frozenset({Slot.PHONE, Slot.CALLBACK_TIME})


def dictated(draft: Draft, heard: Heard) -> Heard:
    """Where a message is awaited everything is one, but what ends it; nothing in it is a request."""
    if draft.was_awaiting != "message" or not heard.words or any(_ends(c, heard.words) for c in heard.commands):
        return heard
    draft.fill("message", heard.words[:LONGEST_MESSAGE])
    kept = tuple(c for c in heard.commands if isinstance(c, SetSlot | CorrectSlot) and c.slot in _BESIDE)
    return Heard(commands=kept, images=heard.images, words=heard.words, confidence=heard.confidence)


def _ends(command: Command, words: str) -> bool:
    if isinstance(command, Handoff):
        is_alarm = command.reason is not HandoffReason.CUSTOMER_ASKED
        return is_alarm or len(words) <= LONGEST_CALL_FOR_A_PERSON
    return isinstance(command, CancelFlow | Repeat)


def phone(draft: Draft, _step: Step) -> Filling:
    """A whole number. Offered is the one of his account, or that he calls from; he says yes to it or names another."""
    given = draft.slot("phone")
    if given is not None:
        return (yield from _number(draft, given))
    is_answer = draft.was_awaiting == "phone"
    offered = None if draft.no and is_answer else (yield from _offered(draft))
    if offered is None:
        draft.no = False
        return (yield from ask(draft, "phone", ()))
    if draft.yes and is_answer:
        draft.yes = False
        draft.fill("phone", offered)
        return True
    whose = "account" if draft.identity.customer_id else "caller"
    yield draft.say(f"ask.phone_of_{whose}", {"phone": offered}, options=yes_no())
    draft.awaiting = "phone"
    return False


def _offered(draft: Draft) -> Generator[Effect, Result, str | None]:
    if draft.identity.customer_id is None:
        return draft.identity.caller
    return expect(Account, (yield ReadAccount())).phone


def _number(draft: Draft, given: str) -> Filling:
    if given.startswith("⟨"):
        return True
    number = telephone_number.read(given)
    if number is None or number.type is None:
        return (yield from reject(draft, "phone", "phone_wrong"))
    draft.fill("phone", expect(str, (yield Keep(value=number.text, type=number.type))))
    return True


def callback_time(draft: Draft, step: Step) -> Filling:
    """Within the hours in which people call and not gone by; who has no wish is called as soon as may be."""
    given = draft.slot("callback_time")
    told = {"hours": _hours_told(step)}
    if given is None and draft.was_awaiting == "callback_time" and (draft.yes or draft.no):
        draft.yes = draft.no = False
        given = ANY_TIME
        draft.fill("callback_time", given)
    if given == ANY_TIME:
        return True
    if given is None:
        return (yield from ask(draft, "callback_time", (), told))
    at = _moment(given)
    if at is None:
        return (yield from reject(draft, "callback_time", "callback_time_unclear", told))
    if at <= draft.at:
        return (yield from reject(draft, "callback_time", "callback_time_past", told))
    if not _is_within(at, step):
        return (yield from reject(draft, "callback_time", "callback_time_closed", told))
    return True


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _hours(step: Step) -> tuple[int, int]:
    opens, _, closes = known(step.between).partition("-")
    return int(opens), int(closes)


def _hours_told(step: Step) -> str:
    opens, closes = _hours(step)
    return f"{opens}:00-{closes}:00"


def _is_within(at: datetime, step: Step) -> bool:
    opens, closes = _hours(step)
    local = at.astimezone(SHANGHAI)
    return opens * 60 <= local.hour * 60 + local.minute < closes * 60


def told(draft: Draft) -> dict[str, str]:
    """What the receipt of a message says again."""
    wished = draft.slot("callback_time")
    at = _moment(wished) if wished and wished != ANY_TIME else None
    return {"phone": draft.slot("phone") or "", "callback_at": facts.moment(at) if at else ""}
