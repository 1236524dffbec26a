"""What happens in a call, as turn taking is told of it, and what it answers."""

import msgspec

from appliance.voice.model import Exit, Prompt, Sounds, Spoken
from models.asr.heard import Word


class BotSays(msgspec.Struct, frozen=True):
    prompt: Prompt


class BotIsDone(msgspec.Struct, frozen=True):
    """All that the bot had to say in this turn has come. ``is_errand``: the caller has something to fetch or to do."""

    is_errand: bool = False


class BotStillWorks(msgspec.Struct, frozen=True):
    """All that can be said now has been said, and more is to come without the caller doing anything."""


class BotLeaves(msgspec.Struct, frozen=True):
    """Once what is to be said has been said, the call is left."""

    how: Exit
    target: str = ""


class WordsExpected(msgspec.Struct, frozen=True):
    """What the caller may well say from now on, by what is known of him. Turn taking is not told of it."""

    words: tuple[str, ...]


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
    sounds: Sounds | None = None
    utterance: int = 0
    """Counted from 0 by ``EndUtterance``: a final that took long is none of the words that are said meanwhile."""
    is_guess: bool = False
    """Of a final: the recogniser did not keep up, and a part of it was heard on the way alone."""


class TurnJudged(msgspec.Struct, frozen=True):
    """What the model thinks of the sound since the turn began: has the caller come to an end?"""

    is_complete: bool


class KeyPressed(msgspec.Struct, frozen=True):
    key: str
    is_whole: bool = False
    """Nothing follows it, whatever was pressed before."""


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


class FinalIsLate(msgspec.Struct, frozen=True):
    """It is not waited for any longer: the words count as far as they were heard, or are asked for again."""


class PassOn(msgspec.Struct, frozen=True):
    """To the conversation."""

    spoken: Spoken


class WasHeard(msgspec.Struct, frozen=True):
    """How much of a prompt the caller has heard: ``sentences`` of ``of``. Said once for each prompt."""

    prompt_id: int
    sentences: int
    of: int
    from_ms: int | None = None
    """When it was first heard and last, by the caller's own sound; None of what he heard nothing of. The call says it:
    turn taking knows no sound."""
    until_ms: int | None = None


class LeaveCall(msgspec.Struct, frozen=True):
    how: Exit
    target: str = ""


class SoundMade(msgspec.Struct, frozen=True):
    """The first of a sentence's sound has come from the speaker."""

    prompt_id: int
    index: int


class SoundSent(msgspec.Struct, frozen=True):
    """The first of it is with the line."""

    prompt_id: int
    index: int


Action = Speak | StopSpeaking | JudgeTurn | EndUtterance | FinalIsLate | PassOn | WasHeard | LeaveCall

Sign = SoundMade | SoundSent
"""For whoever watches a call: turn taking is told of neither."""
