"""Words that ask for nothing: a greeting, thanks, a goodbye, 好的 to what was told."""

from typing import Final

from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import SMALL_TALK, Heard, Tone

ACKNOWLEDGED: Final = f"small_talk.{Tone.ACKNOWLEDGES}"


def key(draft: Draft) -> str | None:
    """The answer to it, which is no miss."""
    tone = draft.heard.tone if draft.heard else None
    return f"small_talk.{tone}" if tone in SMALL_TALK else None


def is_acknowledged(draft: Draft, heard: Heard) -> bool:
    """Whatever a model takes it for (收到 for a parcel): nothing was asked, and it asks for nothing."""
    return heard.tone is Tone.ACKNOWLEDGES and not heard.images and draft.was_awaiting in (None, "receipt")
