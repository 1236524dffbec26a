"""Pictures of what is wrong: shown in a chat, or sent from a caller's phone by a link that the call goes on beside."""

from collections.abc import Generator

from appliance.dialogue.asking import Filling, ask
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Effect, Result
from appliance.dialogue.photo_way import OfferPhotoLink, PhotoWay
from appliance.dialogue.schema import Step

MAX_WAITS = 5
"""So often a picture is waited for that was promised; then there is none."""
DENIAL = "none"
"""The evidence slot where the customer has none."""
BY_TEXT = "_by_text"
BY_CODE = "_by_code"


def pictures(draft: Draft, _step: Step) -> Filling:
    if draft.slot("evidence"):
        return True
    if draft.images:
        draft.fill("evidence", tuple(draft.images))
        draft.images = []
        if draft.is_call:
            yield draft.say("evidence_received")
        return True
    way = (yield OfferPhotoLink()) if draft.is_call else None
    if not isinstance(way, PhotoWay):
        return (yield from ask(draft, "evidence", ()))
    is_first = draft.top.tries.get("evidence", 0) == 0
    told = {"address": way.address, "code": way.code, "valid_min": way.valid_min}
    return (yield from ask(draft, "evidence", (), told, way=BY_TEXT if way.by_text and is_first else BY_CODE))


def wait(draft: Draft) -> Generator[Effect, Result, None]:
    """稍等，我拍一张 is neither a picture nor a no. By a link there is nothing to add: it is told again how."""
    if draft.top.tries.get("evidence", 0) >= MAX_WAITS:
        draft.fill("evidence", DENIAL)
    elif not draft.is_call or not isinstance((yield OfferPhotoLink()), PhotoWay):
        yield draft.say("evidence_awaited")
