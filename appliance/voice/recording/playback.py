"""Recordings for the shop's people: which there are, and one to be heard, for a purpose of a closed list.

That one is asked for is sealed in the audit log before; of what was changed, or lost in part, not a byte is given out.
Where there is no such conversation, or none of this person's shops: NotThere.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from appliance.conversation.reach import reached
from appliance.db import Database
from appliance.errors import Conflict, Unavailable
from appliance.identity.staff_deeds import Deeds
from appliance.ids import ConversationId, ShopId
from appliance.voice.recording import store, wav, whole
from appliance.voice.recording.model import Ended, Ending, Recording, RecordingRefused, Silence
from appliance.voice.recording.ports import Keys
from appliance.voice.recording.store import SealedChunk
from security.access import records
from security.access.errors import NotThere
from security.access.model import Origin, Principal
from security.access.records import Deed
from security.aigc import Metadata
from security.audit.append import append
from security.audit.record import Target
from security.crypto.subject import SubjectKeys
from security.errors import CiphertextRefused, EpochGone, KeysUnavailable, SubjectErased

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 2
"""Recordings made ready at once in one process: an hour of a call takes some 200 MB."""


class HeardFor(StrEnum):
    """What somebody needs to hear a call for."""

    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    QUALITY = "quality"
    LEGAL_DUTY = "legal_duty"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which recording, and why."""

    conversation_id: ConversationId
    recording_id: UUID
    purpose: HeardFor
    reason: str = ""
    is_file: bool = False
    """It is taken away as a file, which stands in the record."""


class StillRecording(Conflict):
    code = "still_recording"


class RecordingRoom:
    def __init__(self, db: Database, deeds: Deeds, keys: Keys, mask: Callable[[str], str], producer: str) -> None:
        """``mask``: of words that stay in the log for good. ``producer``: who provides the service, for the label of
        what leaves the product; empty: the shop's id."""
        self._db = db
        self._deeds = deeds
        self._keys = keys
        self._mask = mask
        self._producer = producer
        self._making = asyncio.Semaphore(_AT_ONCE)

    async def of_conversation(
        self, principal: Principal, conversation_id: ConversationId, origin: Origin
    ) -> tuple[Recording, ...]:
        """In the order in which they began. Each look is recorded."""
        deed, actor, thing = Deed.RECORDING_LIST, records.actor_of(principal), _thing(conversation_id)
        async with self._deeds.noting(deed, actor, thing, origin):
            shop = await self._shop(principal, conversation_id)
            async with self._db.transaction(shop) as conn:
                found = await store.of_conversation(conn, shop, conversation_id)
                detail = {"recordings": str(len(found))}
                await append(conn, [records.record(deed, actor, thing, origin, detail=detail, tenant=shop)])
        return tuple(found)

    async def silenced(
        self, principal: Principal, conversation_id: ConversationId, recording_id: UUID, origin: Origin
    ) -> tuple[Silence, ...]:
        """Where the caller was silenced and why, in order. Each look is recorded."""
        deed, actor, thing = Deed.RECORDING_LIST, records.actor_of(principal), _thing(conversation_id)
        async with self._deeds.noting(deed, actor, thing, origin):
            shop = await self._shop(principal, conversation_id)
            recording = await self._recording(shop, conversation_id, recording_id)
            keys, sealed = await self._sealed(shop, recording)
            with _opening(recording):
                found = tuple(whole.marks(keys, recording.begun, sealed))
            async with self._db.transaction(shop) as conn:
                detail = {"recording": str(recording_id), "silenced": str(len(found))}
                await append(conn, [records.record(deed, actor, thing, origin, detail=detail, tenant=shop)])
        return found

    async def play(self, principal: Principal, wanted: Wanted, origin: Origin) -> bytes:
        """A WAV file, labelled. RecordingRefused where what is kept is not what was written.

        security.errors.AuditUnavailable, and no sound, where the log does not take the intent.
        """
        deed, actor, thing = Deed.RECORDING_PLAY, records.actor_of(principal), _thing(wanted.conversation_id)
        await self._deeds.announce(deed, actor, thing, origin)
        async with self._deeds.noting(deed, actor, thing, origin), self._making:
            shop = await self._shop(principal, wanted.conversation_id)
            recording = await self._recording(shop, wanted.conversation_id, wanted.recording_id)
            file = await self._file(shop, recording)
            detail = {"recording": str(wanted.recording_id), "note": self._mask(wanted.reason)}
            if wanted.is_file:
                detail["taken"] = "file"
            record = records.record(deed, actor, thing, origin, reason=wanted.purpose, detail=detail, tenant=shop)
            async with self._db.transaction(shop) as conn:
                await append(conn, [record])
        return file

    async def _shop(self, principal: Principal, conversation_id: ConversationId) -> ShopId:
        place = await reached(self._db, principal, conversation_id)
        if place is None:
            raise NotThere("no such conversation")
        return place[0]

    async def _recording(self, shop: ShopId, conversation_id: ConversationId, recording_id: UUID) -> Recording:
        async with self._db.transaction(shop) as conn:
            found = await store.of_conversation(conn, shop, conversation_id)
        recording = next((each for each in found if each.begun.recording_id == recording_id), None)
        if recording is None or (recording.ended and recording.ended.ending is Ending.REFUSED):
            raise NotThere("no such recording of this conversation, or its caller refused to be recorded")
        return recording

    async def _file(self, shop: ShopId, recording: Recording) -> bytes:
        if recording.ended is None:
            raise StillRecording("the call is still being recorded: ask again when it is over")
        kept = await self._kept(shop, recording, recording.ended)
        label = Metadata(content_producer=self._producer or shop, produce_id=str(recording.begun.recording_id))
        return await asyncio.to_thread(wav.stereo, [whole.unpack(chunk) for chunk in kept], label)

    async def _kept(self, shop: ShopId, recording: Recording, ended: Ended) -> list[bytes]:
        keys, sealed = await self._sealed(shop, recording)
        with _opening(recording):
            kept = list(whole.opened(keys, recording.begun, sealed))
        if not whole.is_whole(ended, kept):
            raise _refused(recording)
        return kept

    async def _sealed(self, shop: ShopId, recording: Recording) -> tuple[SubjectKeys, list[SealedChunk]]:
        with _opening(recording):
            async with self._db.transaction(shop) as conn:
                keys = await self._keys.keys(conn, shop, recording.begun.subject_id)
                return keys, await store.chunks(conn, recording.begun)


@contextmanager
def _opening(recording: Recording) -> Iterator[None]:
    try:
        yield
    except (SubjectErased, EpochGone) as gone:
        raise NotThere("the recording was erased with its customer's keys") from gone
    except CiphertextRefused as changed:
        raise _refused(recording) from changed
    except KeysUnavailable as away:
        raise Unavailable("the customer's keys cannot be opened now: run 'appliance doctor'") from away


def _thing(conversation_id: ConversationId) -> Target:
    return Target(type="conversation", id=str(conversation_id))


def _refused(recording: Recording) -> RecordingRefused:
    """Said aloud: somebody, or a disk, has changed what is kept."""
    where = {"shop_id": recording.begun.shop_id, "recording_id": str(recording.begun.recording_id)}
    _log.error("recording.not_whole", extra=where)
    return RecordingRefused("what is kept of this recording is not what was written; it is not played")
