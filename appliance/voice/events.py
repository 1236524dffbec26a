"""What happens in a call, as turn taking is told of it, and what it answers."""

import msgspec

from appliance.voice.model import Exit, Prompt, Spoken
from models.asr.heard import Word


class BotSays(msgspec.Struct, frozen=True):
    prompt: Prompt


class BotIsDone(msgspec.Struct, frozen=True):
    """All that the bot had to say in this turn has come."""


class BotStillWorks(msgspec.Struct, frozen=True):
    """All that can be said now has been said, and more is to come without the caller doing anything."""


class BotLeaves(msgspec.Struct, frozen=True):
    """Once what is to be said has been said, the call is left."""

    how: Exit
    target: str = ""


class SentencePlayed(msgspec.Struct, frozen=True):
    """The last of its sound has reached the line."""

    prompt_id: int
    index: int


class SpeechBegan(msgspec.Struct, frozen=True):
    pass


class SpeechEnded(msgspec.Struct, frozen=True):
    pass


class TextHeard(msgspec.Struct, frozen=True):
    text: str
    is_final: bool
    alternatives: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()


class TurnJudged(msgspec.Struct, frozen=True):
    """What the model thinks of the sound since the turn began: has the caller come to an end?"""

    is_complete: bool


class KeyPressed(msgspec.Struct, frozen=True):
    key: str


class Tick(msgspec.Struct, frozen=True):
    """Time has passed."""


class LineEnded(msgspec.Struct, frozen=True):
    """The caller has hung up, or the line broke."""


Event = (
    BotSays
    | BotIsDone
    | BotStillWorks
    | BotLeaves
    | SentencePlayed
    | SpeechBegan
    | SpeechEnded
    | TextHeard
    | TurnJudged
    | KeyPressed
    | Tick
    | LineEnded
)


class Speak(msgspec.Struct, frozen=True):
    prompt_id: int
    index: int
    text: str


class StopSpeaking(msgspec.Struct, frozen=True):
    """At once: what the line holds and has not played is thrown away."""


class JudgeTurn(msgspec.Struct, frozen=True):
    """Ask the model; answered by TurnJudged, or never."""


class EndUtterance(msgspec.Struct, frozen=True):
    """The recogniser is to give its final pass."""


class PassOn(msgspec.Struct, frozen=True):
    """To the conversation."""

    spoken: Spoken


class WasHeard(msgspec.Struct, frozen=True):
    """How much of a prompt the caller has heard: ``sentences`` of ``of``. Said once for each prompt."""

    prompt_id: int
    sentences: int
    of: int


class LeaveCall(msgspec.Struct, frozen=True):
    how: Exit
    target: str = ""


Action = Speak | StopSpeaking | JudgeTurn | EndUtterance | PassOn | WasHeard | LeaveCall
