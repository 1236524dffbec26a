"""What the audit log is told of recordings."""

from collections.abc import Mapping
from typing import Final

from appliance.ids import ShopId
from appliance.voice.recording.model import Begun, Ended
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target

_RECORDER: Final = Actor(type=ActorType.SERVICE, id="recorder")


def ended_record(begun: Begun, ended: Ended, silenced_ms: Mapping[str, int]) -> AuditEvent:
    """``recording.kept``, ``recording.refused`` or ``recording.broken``, with what was silenced and for what."""
    counts = {f"silenced_{why.lower()}_ms": str(ms) for why, ms in sorted(silenced_ms.items()) if ms}
    return AuditEvent(
        actor=_RECORDER,
        cat=Category.PII,
        action=f"recording.{ended.ending}",
        object=Target(type="conversation", id=str(begun.conversation_id)),
        outcome=Outcome.SUCCESS,
        tenant=begun.shop_id,
        detail={
            "recording": str(begun.recording_id),
            "chunks": str(ended.chunks),
            "length_ms": str(ended.length_ms),
            "sha256": ended.sha256.hex(),
            **counts,
        },
    )


def deleted_record(shop: ShopId, count: int) -> AuditEvent:
    """Their time was over."""
    return AuditEvent(
        actor=_RECORDER,
        cat=Category.PII,
        action="recording.deleted",
        object=Target(type="shop", id=shop),
        outcome=Outcome.SUCCESS,
        tenant=shop,
        detail={"recordings": str(count)},
    )
