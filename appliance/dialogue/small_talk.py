"""Words that ask for nothing: a greeting, thanks, a goodbye, 好的 to what was told, 等一下."""

from typing import Final

from appliance.dialogue.draft import Draft
from appliance.dialogue.incoming import SMALL_TALK, Heard, Tone

ACKNOWLEDGED: Final = f"small_talk.{Tone.ACKNOWLEDGES}"
AWAITED: Final = f"small_talk.{Tone.ASKS_TO_WAIT}"


def key(draft: Draft) -> str | None:
    """The answer to it, which is no miss."""
    tone = draft.heard.tone if draft.heard else None
    return f"small_talk.{tone}" if tone in SMALL_TALK else None


def is_acknowledged(draft: Draft, heard: Heard) -> bool:
    """Whatever a model takes it for (收到 for a parcel): nothing was asked, and it asks for nothing."""
    return heard.tone is Tone.ACKNOWLEDGES and not heard.images and draft.was_awaiting in (None, "receipt")


def asks_to_wait(heard: Heard) -> bool:
    """Whatever is awaited, a yes to a quote too: it stays so, and is not asked for again at once."""
    return heard.tone is Tone.ASKS_TO_WAIT and not heard.images
