"""From what has come in to what was heard: bursts merged, words understood, numbers that are nobody's own noticed."""

import re
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from appliance.config import MoodSettings
from appliance.config_desk import HandoffSettings
from appliance.conversation import telephone
from appliance.conversation.events import AskedModel, CommandsUnderstood
from appliance.conversation.model import Choice, CustomerMessage, Image, Text
from appliance.conversation.ports import Understanding
from appliance.conversation.reaction import react
from appliance.conversation.refusal import about_recording
from appliance.conversation.tone import tone_of
from appliance.dialogue.incoming import Heard, SpokenNumber
from appliance.dialogue.options import parse_payload
from appliance.dialogue.state import State
from appliance.errors import InvalidInput
from appliance.understanding import spoken_numbers
from appliance.understanding.model import Understood
from appliance.understanding.signs import signs_of
from models.commands import (
    Affirm,
    Command,
    Context,
    CorrectSlot,
    Exchange,
    Flow,
    HandoffReason,
    Nothing,
    Repeat,
    SetSlot,
    Slot,
    StartFlow,
)
from models.compact.numerals import DIGIT
from models.compact.plain import is_yes
from models.question import Question

MAX_TEXT = 2000
"""Characters that are understood of one turn; the rest is kept and not read."""
OLD_QUOTE = "old"
"""Stands for the hash of any quote but the one on the table, and is the beginning of none."""
USUAL_MOODS = MoodSettings()
USUAL_HANDOFF = HandoffSettings()
_PARCEL_BEFORE = re.compile(
    r"(?:快递|运单|物流|包裹|(?<!订)单号|顺丰|中通|圆通|申通|韵达|极兔|京东|邮政|德邦|EMS)[^0-9\n]{0,4}$", re.IGNORECASE
)
_ORDER_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{10,24}(?![0-9A-Za-z])")
_NUMBER = re.compile(r"\d{4,}")
_NUMBERS_ARE_ANSWERS = frozenset({"return_tracking_no", "tax_id", "invoice_title", "phone", "address", "callback_time"})

_OF_A_NUMBER = re.compile(
    rf"订单(?:号码?)?|单号|编号|号码|[尾末]号|[后末]四位|就?是|我的|[这那]个|的|[你您]好|请|帮我|[查看](?:一下)?|[嗯呃啊哦喂]|[\d{''.join(DIGIT)}]"
)
"""What an order's number is told with."""
_LETTER = re.compile(r"\w")
_LONG_NUMBERS = frozenset({Slot.ORDER, Slot.RETURN_TRACKING_NO})
"""What a long number that was said could be taken for."""


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """One customer's turn as heard, with what the log keeps of how it was understood."""

    heard: Heard
    understood: CommandsUnderstood
    is_complete: bool


class Listening:
    def __init__(
        self,
        understanding: Understanding,
        moods: MoodSettings = USUAL_MOODS,
        handoff: HandoffSettings = USUAL_HANDOFF,
    ) -> None:
        self._understanding = understanding
        self._moods = moods
        self._handoff = handoff

    @property
    def reads_history(self) -> bool:
        return self._understanding.reads_history

    async def hear(
        self,
        messages: Sequence[CustomerMessage],
        state: State,
        last_bot: str,
        now: datetime,
        *,
        is_blind: bool = False,
        history: tuple[Exchange, ...] = (),
        waited: timedelta = timedelta(),
        earshot: telephone.HeardSoFar = telephone.NOTHING_TOLD,
    ) -> Utterance:
        """``now`` is business time: "昨天" is a day before it. ``is_blind``: said before the last words were seen.

        ``waited``: for how long the first of the messages has not been answered. ``earshot``: what a caller has heard
        of the last words.
        """
        began = time.perf_counter_ns()
        spoken = [m for m in messages if isinstance(m, Text) and not telephone.is_press(m, state)]
        spoken, refuses, asks = _about_recording(spoken, state)
        text = "\n".join(map(telephone.words_of, spoken))[:MAX_TEXT]
        is_unheard = (is_blind or earshot.is_quote_unheard(messages)) and state.awaiting == "confirm"
        pressed, quote_hash = _pressed(messages, state, is_unheard=is_unheard)
        context = context_of(state, last_bot, now, history)
        understood = await self._understand(spoken, text, context, state) if spoken else None
        number = telephone.number_meant(spoken, state, understood.commands) if understood else None
        said = _with_order(understood.commands, number) if understood else ()
        if is_unheard:
            said = tuple(Nothing() if isinstance(command, Affirm) else command for command in said)
        if _is_yes_to_nothing(text, said, state):
            said = (Affirm(),)
        commands = (*pressed, *said)
        read = text if state.identity.customer_id else spoken_numbers.in_figures(text)
        is_complete = bool(pressed) or understood is None or self._understanding.is_complete(understood, context)
        heard = Heard(
            commands=commands,
            images=tuple(m.evidence_id for m in messages if isinstance(m, Image)),
            foreign_orders=_foreign_orders(read, state, commands, number),
            numbers=tuple(_NUMBER.findall(read)),
            quote_hash=quote_hash,
            tone=tone_of(text) if spoken else None,
            words=text if state.awaiting == "message" else "",
            reaction=react(state.mood, signs_of(text, commands), self._moods) if spoken else None,
            confidence=understood.confidence if understood else 1.0,
            trigger=self._trigger(understood, waited),
            most_misses=self._handoff.misses,
            number=number,
            is_only_a_number=_is_only_a_number(text, is_call=state.is_call),
            cut=earshot.cut,
            declines_recording=refuses or any(telephone.keys_of(m) == telephone.NO_RECORDING for m in messages),
            asks_about_recording=asks,
        )
        took_us = (time.perf_counter_ns() - began) // 1000
        return Utterance(heard=heard, understood=_logged(heard, understood, took_us), is_complete=is_complete)

    async def _understand(self, spoken: Sequence[Text], text: str, context: Context, state: State) -> Understood:
        """Where a number was asked for and the likeliest hearing gives none, the first of the others that does."""
        understood = await self._understanding.understand(text, context)
        if not state.is_call or telephone.is_answered(understood.commands, state.awaiting):
            return understood
        for other in telephone.hearings(spoken)[1:]:
            heard_too = self._understanding.at_once(other[:MAX_TEXT], context)
            if telephone.is_answered(heard_too.commands, state.awaiting):
                return heard_too
        return understood

    def _trigger(self, understood: Understood | None, waited: timedelta) -> HandoffReason | None:
        """What the model does not understand at all is a miss, and not low confidence."""
        settings = self._handoff
        if settings.waiting_s and waited >= timedelta(seconds=settings.waiting_s):
            return HandoffReason.WAITING
        if understood is None or all(isinstance(command, Nothing) for command in understood.commands):
            return None
        return HandoffReason.LOW_CONFIDENCE if understood.confidence < settings.low_confidence else None


def _about_recording(spoken: list[Text], state: State) -> tuple[list[Text], bool, bool]:
    """What else was said, and whether the recording was refused or asked about: 不同意 answers nothing else.

    What is typed beside a call ends no recording: it is told how to.
    """
    if not state.is_call:
        return spoken, False, False
    said = [(message, about_recording(message.text)) for message in spoken]
    left = [
        message if about.rest == message.text else msgspec.structs.replace(message, text=about.rest, alternatives=())
        for message, about in said
        if about.rest
    ]
    refuses = any(about.refuses and message.is_spoken for message, about in said)
    return left, refuses, any(about.asks or about.refuses for _, about in said) and not refuses


def _is_yes_to_nothing(text: str, said: Sequence[Command], state: State) -> bool:
    """确认, said once more or too late: understood, though nothing waits for it."""
    is_unheard = bool(said) and all(isinstance(command, Nothing) for command in said)
    return is_unheard and state.awaiting in (None, "receipt") and is_yes(text)


def context_of(state: State, last_bot: str, now: datetime, history: tuple[Exchange, ...] = ()) -> Context:
    top = state.top
    slots = {name: value for name, value in top.slots.items() if isinstance(value, str | int)} if top else {}
    if top and (lines := top.slots.get("line")):
        slots["line"] = lines[0]
    return Context(
        now=now,
        flow=top.flow if top else None,
        awaiting="resume" if top and top.read_back else state.awaiting,  # a plain yes or no is asked for
        slots=slots,
        last_bot=last_bot,
        orders=state.orders,
        options=state.options,
        specs=tuple(_offered_specs(state).values()),
        history=history,
    )


def _pressed(
    messages: Sequence[CustomerMessage], state: State, *, is_unheard: bool
) -> tuple[tuple[Command, ...], str | None]:
    """Commands of buttons and cards; a payload that nobody offered means nothing.

    A button shows its quote. A key of a telephone is the same for all, so it is no yes to one that ``is_unheard``.
    """
    commands: list[Command] = []
    quote_hash = None
    for message in messages:
        payload = message.payload if isinstance(message, Choice) else telephone.payload_of(message, state)
        if payload is not None:
            command, hash_ = _press(payload, state)
            if is_unheard and isinstance(command, Affirm) and not isinstance(message, Choice):
                command, hash_ = Nothing(), None
            commands.append(command)
            quote_hash = hash_ or quote_hash
        elif telephone.keys_of(message) == telephone.AGAIN:
            commands.append(Repeat())
    return tuple(commands), quote_hash


def _press(payload: str, state: State) -> tuple[Command, str | None]:
    try:
        command, quote_hash = parse_payload(payload)
    except InvalidInput:
        return Nothing(), None
    if not _is_own(command, state):
        return Nothing(), None
    if quote_hash is not None and not (state.table and state.table.quote.hash.startswith(quote_hash)):
        return command, OLD_QUOTE
    return command, quote_hash


def pressed_words(payload: str, state: State) -> str:
    """What the log keeps of a press. What nobody offered, or offers no more, may hold anything and is not kept."""
    command, quote_hash = _press(payload, state)
    if isinstance(command, Nothing):
        return ""
    return payload.partition(":")[0] if quote_hash == OLD_QUOTE else payload


def _is_own(command: Command, state: State) -> bool:
    if not isinstance(command, SetSlot):
        return True
    if command.slot is Slot.ORDER:
        return any(order.order_id == command.value for order in state.orders)
    if command.slot is Slot.LINE:
        return any(line.line_id == command.value for order in state.orders for line in order.lines)
    if command.slot is Slot.SPEC:
        return command.value in _offered_specs(state)
    return True


def _offered_specs(state: State) -> dict[str, str]:
    """Names by SKU, as they were shown last."""
    options = (option for said in state.said for option in said.options if option.key == "card.spec")
    return {option.payload.partition("=")[2]: str(option.facts["spec"]) for option in options}


def _is_only_a_number(text: str, *, is_call: bool) -> bool:
    """On a call one of its digits may have been taken for a word."""
    words = _OF_A_NUMBER.sub("", text)
    return words != text and len(_LETTER.findall(words)) <= (1 if is_call else 0)


def _with_order(commands: tuple[Command, ...], number: SpokenNumber | None) -> tuple[Command, ...]:
    """Which order was named by its number is read from all hearings, and with what is easily misheard."""
    if number is None:
        return commands
    others = tuple(c for c in commands if not (isinstance(c, SetSlot | CorrectSlot) and c.slot in _LONG_NUMBERS))
    if number.order_id is None or not number.is_sure:
        return others or (Nothing(),)
    meant = SetSlot(slot=Slot.ORDER, value=number.order_id)
    return (*(c for c in others if not isinstance(c, Nothing)), meant)


def _foreign_orders(
    text: str, state: State, commands: Sequence[Command], number: SpokenNumber | None
) -> tuple[str, ...]:
    """Numbers that look like the shop's order numbers and are none of the customer's own.

    A verified customer's own numbers show how long an order number is; before that any long number may be one. A number
    that is called a parcel's is none.
    """
    if state.awaiting in _NUMBERS_ARE_ANSWERS or (number and number.order_id):
        return ()
    taken = {str(c.value) for c in commands if isinstance(c, SetSlot) and c.slot not in (Slot.ORDER, Slot.LINE)}
    own = {order.order_id for order in state.orders}
    parcels = {order.tracking_no for order in state.orders}
    lengths = {len(order_id) for order_id in own}
    said = [m[0] for m in _ORDER_NUMBER.finditer(text) if not _PARCEL_BEFORE.search(text[: m.start()])]
    heard = [number.digits] if number else []
    found = [each for each in dict.fromkeys((*said, *heard)) if each not in own | parcels | taken]
    return tuple(each for each in found if not lengths or len(each) in lengths)


def _logged(heard: Heard, understood: Understood | None, took_us: int) -> CommandsUnderstood:
    return CommandsUnderstood(
        types=tuple(command.__struct_config__.tag or "" for command in heard.commands),  # type: ignore[misc]
        flows=tuple(Flow(c.flow) for c in heard.commands if isinstance(c, StartFlow)),
        source=understood.source if understood else "pressed",
        confidence=heard.confidence,
        took_us=took_us,
        fell_back=understood.fell_back if understood else None,
        asked=tuple(map(_asked, understood.questions)) if understood else (),
    )


def _asked(question: Question) -> AskedModel:
    return AskedModel(
        outcome=question.outcome,
        took_us=question.took_us,
        prompt_tokens=question.prompt_tokens,
        answer_tokens=question.answer_tokens,
    )
