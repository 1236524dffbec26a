"""Who speaks after a person's recording stands in the audit log, sealed, before that voice says a word to a customer.

The settings are an administrator's; the process that obeys them says so. The person's name is not told to a log that
nothing leaves: the hash of the entry in the file of voices stands for it, and the hash of the signed paper.
"""

import hashlib
from typing import Final

import msgspec

from appliance.db import Database
from appliance.errors import AuditUnavailable
from models.tts.voices import Consent, Voice
from security import errors
from security.audit.append import append, refuse_if_behind, wait_sealed
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target

_WORKER: Final = Actor(type=ActorType.SERVICE, id="worker")
_CALLS: Final = Actor(type=ActorType.SERVICE, id="phone")
SEALED_WITHIN_S: Final = 30.0
"""The sealer is started at the same time as the process that takes calls."""
_encoder: Final = msgspec.json.Encoder(order="sorted")


class VoiceUses:
    def __init__(self, db: Database, *, within_s: float = SEALED_WITHIN_S) -> None:
        self._db = db
        self._within_s = within_s

    async def take(self, voice: Voice) -> None:
        """Returns once it is sealed in both sinks; at once for a voice that is nobody's.

        AuditUnavailable where the log does not take it: that voice is not to speak.
        """
        record = taken_record(voice)
        if record is None:
            return
        try:
            async with self._db.system() as conn:
                await refuse_if_behind(conn)
                ids = await append(conn, [record])
            async with self._db.system() as conn:
                await wait_sealed(conn, ids, self._within_s)
        except errors.AuditUnavailable as late:
            raise AuditUnavailable(f"voice {voice.name} may not speak: {late}") from late

    async def forget(self, voice: str, sentences: int) -> None:
        """That what was spoken ahead with it is deleted now."""
        record = AuditEvent(
            actor=_WORKER,
            cat=Category.CONFIG,
            action="voice.forgotten",
            object=Target(type="voice", id=voice),
            outcome=Outcome.SUCCESS,
            detail={"sentences": str(sentences)},
        )
        async with self._db.system() as conn:
            await append(conn, [record])


def taken_record(voice: Voice) -> AuditEvent | None:
    """None for a voice that is an engine's own."""
    if voice.recording is None or voice.consent is None:
        return None
    consent = voice.consent
    until = {"until": consent.until.isoformat()} if consent.until is not None else {}
    return AuditEvent(
        actor=_CALLS,
        cat=Category.CONFIG,
        action="voice.taken",
        object=Target(type="voice", id=voice.name),
        outcome=Outcome.SUCCESS,
        detail={
            "model": voice.model,
            "recording_sha256": voice.recording.sha256,
            "document_sha256": consent.document_sha256,
            "consent_sha256": consent_digest(consent),
            "given_on": consent.given_on.isoformat(),
            **until,
        },
    )


def consent_digest(consent: Consent) -> str:
    """Of all that was put on record, as JSON: sorted names, no spaces, UTF-8, null for what is not there."""
    return hashlib.sha256(_encoder.encode(consent)).hexdigest()
