"""What only a telephone brings: keys that were pressed, several hearings of the same words, numbers that are misheard,
words of the bot that were not heard.

Pure. Keys: ``0`` the call is not to be recorded, ``*`` once more please, 1 to 9 what stands there among the choices;
other digits are words, and ``#`` ends them.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from appliance.aftersales.parcels import rules as parcels
from appliance.conversation.model import CustomerMessage, Text
from appliance.dialogue.incoming import SpokenNumber
from appliance.dialogue.state import State
from appliance.understanding import spoken_numbers
from models.commands import Command, CorrectSlot, SetSlot, Slot

NO_RECORDING: Final = "0"
AGAIN: Final = "*"
_ENDS: Final = "#"
_OF_ORDER: Final = re.compile(r"(?<![手机话])(?:尾号|尾数|后四位|末四位|订单号|(?<![递运流])单号)")
_HEARD_AGAIN: Final = {
    "return_tracking_no": Slot.RETURN_TRACKING_NO,
    "phone": Slot.PHONE,
    "tax_id": Slot.TAX_ID,
}
"""Slots whose answer can be seen to be none, so that another hearing may be better."""


class HeardSoFar(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller has heard of the bot's last words."""

    cut: tuple[int, ...] = ()
    """Places among the last turn's words of those that were not heard to their end."""
    is_quote_cut: bool = False
    """A quote is among those."""
    is_quote_untold: bool = False
    """The line has not told yet that the last quote was heard to its end: it waits, or is being said."""

    def is_quote_unheard(self, messages: Sequence[CustomerMessage]) -> bool:
        """A yes belongs to a quote that was heard, and on a line only what the line tells of was."""
        is_on_line = any(isinstance(each, Text) and each.is_on_line for each in messages)
        return self.is_quote_cut or (is_on_line and self.is_quote_untold)


NOTHING_TOLD: Final = HeardSoFar()


def keys_of(message: CustomerMessage) -> str:
    return message.text.rstrip(_ENDS) if isinstance(message, Text) and message.is_keyed else ""


def payload_of(message: CustomerMessage, state: State) -> str | None:
    """Of the choice that a key means: the last that were offered, in the order in which they were said."""
    keys = keys_of(message)
    options = next((said.options for said in reversed(state.said) if said.options), ())
    if state.awaiting is None or len(keys) != 1 or keys not in "123456789" or int(keys) > len(options):
        return None
    return options[int(keys) - 1].payload


def is_press(message: CustomerMessage, state: State) -> bool:
    """Whether keys are a command, and no words."""
    return keys_of(message) in (NO_RECORDING, AGAIN) or payload_of(message, state) is not None


def words_of(message: Text) -> str:
    return keys_of(message) if message.is_keyed else message.text


def hearings(messages: Sequence[Text]) -> tuple[str, ...]:
    """The words of a turn, and what else they may have been: of the last message that could be heard otherwise."""
    spoken = [words_of(message) for message in messages]
    last = next((n for n in reversed(range(len(messages))) if messages[n].alternatives), None)
    others = messages[last].alternatives if last is not None else ()
    return ("\n".join(spoken), *("\n".join((*spoken[:last], each, *spoken[(last or 0) + 1 :])) for each in others))


def is_answered(commands: Sequence[Command], awaiting: str | None) -> bool:
    """False: a number was asked for, and what was heard is none."""
    slot = _HEARD_AGAIN.get(awaiting or "")
    said = [str(c.value) for c in commands if isinstance(c, SetSlot | CorrectSlot) and c.slot is slot]
    if slot is Slot.RETURN_TRACKING_NO:
        return any(parcels.carriers_of(parcels.plain_number(each)) for each in said)
    return slot is None or any(each.startswith("⟨") for each in said)


def number_meant(messages: Sequence[Text], state: State, commands: Sequence[Command]) -> SpokenNumber | None:
    """Which of the caller's own orders a number means. None: no order was named by one."""
    if not state.is_call or state.identity.customer_id is None or state.awaiting in _HEARD_AGAIN:
        return None
    slots = {c.slot for c in commands if isinstance(c, SetSlot | CorrectSlot)}
    if Slot.CARRIER in slots or (Slot.RETURN_TRACKING_NO in slots and state.awaiting != "order"):
        return None
    heard = hearings(messages)
    found = spoken_numbers.match(heard, [order.order_id for order in state.orders])
    if found is None:
        return None
    is_long = len(found.digits) >= spoken_numbers.LONG
    if not (is_long or state.awaiting == "order" or _OF_ORDER.search(heard[0])):
        return None
    if all(message.is_keyed for message in messages):
        return _keyed(found.digits, state)
    return SpokenNumber(digits=found.digits, order_id=found.number, is_sure=found.is_sure)


def _keyed(digits: str, state: State) -> SpokenNumber:
    """Keys are not misheard: the number's end, or all of it."""
    ending = [order.order_id for order in state.orders if order.order_id.endswith(digits)]
    return SpokenNumber(digits=digits, order_id=ending[0] if len(ending) == 1 else None, is_sure=True)
