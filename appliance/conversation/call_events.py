"""The event types that only a call leaves (``events.py`` has the others, and the register of all)."""

from typing import ClassVar
from uuid import UUID

import msgspec

from appliance.conversation.event import EventData


class RecordingDeclined(EventData, frozen=True, kw_only=True):
    """The caller pressed the key or said so: nothing is recorded from here on."""

    TYPE: ClassVar[str] = "recording.declined"


class AnswerTimes(msgspec.Struct, frozen=True, kw_only=True):
    """How long one answer on a call took, in milliseconds: from the end of the caller's words to its first sound.

    The parts follow one another: ``end_of_turn`` (of it ``judging``, by which the model of the sound came later than
    the silence that is waited for anyway),
    ``final`` (the recogniser's last pass), ``turn`` (of it ``elsewhere``: language model and order system), ``held``
    (something else was being said, such as a filler), ``speech`` (the speaker's first sound), ``line``.
    """

    seq: int
    """Of the words that answered, in the log."""
    total: int
    end_of_turn: int
    judging: int
    final: int
    turn: int
    elsewhere: int = 0
    held: int = 0
    speech: int
    line: int

    @property
    def own(self) -> int:
        """What the appliance adds: not the silence it waits for, and no recogniser, language model or speaker."""
        return self.judging + max(0, self.turn - self.elsewhere) + self.line


class BotHeard(EventData, frozen=True, kw_only=True):
    """So many of the sentences of the words at ``said_seq`` has a caller heard, and hears no more of them."""

    TYPE: ClassVar[str] = "bot.heard"
    said_seq: int
    key: str
    sentences: int
    of: int
    from_ms: int | None = None
    """By the caller's own sound; None of what he heard nothing of."""
    until_ms: int | None = None


class CallEnded(EventData, frozen=True, kw_only=True):
    """The line is gone by ``hang_up`` or ``transfer``, into ``writing`` on a page, or ``broken`` with the process that
    held it: what is said from here on nobody hears."""

    TYPE: ClassVar[str] = "call.ended"
    how: str
    is_unasked: bool = False
    """People have the line, though the dialogue had not handed over: an engine failed, or the caller was silent."""


class CallGivenToPeople(EventData, frozen=True, kw_only=True):
    """The hand-over of a call whose line is with people already. ``cut``: places of the last turn's words that the
    caller had not heard to their end."""

    TYPE: ClassVar[str] = "call.given_to_people"
    cut: tuple[int, ...] = ()


class ReceiptUnheard(EventData, frozen=True, kw_only=True):
    """The caller hung up before he had heard what was done. A person calls him back, unless a message tells him."""

    TYPE: ClassVar[str] = "receipt.unheard"
    said_seq: int
    receipt: str
    work_order_id: UUID | None = None


class CallTransferred(EventData, frozen=True, kw_only=True):
    """The telephone system is to move the call to people: ``to`` is ``context,extension`` of its dialplan, or empty
    where the group has no place of its own there."""

    TYPE: ClassVar[str] = "call.transferred"
    group: str
    to: str


class CallMeasured(EventData, frozen=True, kw_only=True):
    """A call is over: how it went, in figures alone. What was never seen to happen is zero or empty."""

    TYPE: ClassVar[str] = "call.measured"
    length_ms: int
    left: str
    """``hang_up`` or ``transfer`` by the appliance, ``caller`` where he hung up, ``broken`` where it failed."""
    answers: tuple[AnswerTimes, ...] = ()
    partials_ms: tuple[int, ...] = ()
    """From the beginning of each utterance to its first words, as far as they came while it lasted."""
    yields_ms: tuple[int, ...] = ()
    """From the beginning of each interruption to the bot's silence, where the caller went on to say something."""
    false_interruptions: int = 0
    """The bot fell silent, and nothing was meant by it."""
    not_yielded: int = 0
    """Something was said over words that may not be interrupted."""
    backchannels: int = 0
    """Said over the bot, which went on."""
    utterances: int = 0
    """Ends of a turn that were decided, of which ``split``: the caller went on within a second."""
    split: int = 0
    late_finals: int = 0
    fillers: int = 0
    silences: int = 0
    """Times that the caller was asked whether he is still there."""
    keys: int = 0
