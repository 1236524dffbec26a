"""``/api/staff/v1``, the recordings of a conversation's calls: which there are, and one to be heard."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from appliance.channels.staff.entrance import SECURED, Api, Where, Who
from appliance.ids import ConversationId
from appliance.voice.recording.model import Ending, Recording, Silence
from appliance.voice.recording.playback import HeardFor, Wanted
from appliance.voice.recording.wav import MEDIA_TYPE
from appliance.web import labels
from appliance.web.access import staff
from appliance.web.documentation import problem_responses
from appliance.web.request import Body
from security.access.permissions import Permission

_LISTED: Final = staff(Permission.RECORDING_PLAY, labels.of("conversation", "recording"))
_PLAYED: Final = staff(Permission.RECORDING_PLAY, labels.of("conversation", "recording", "recording_chunk"))
_READS: Final = problem_responses(401, 403, 404)
_PLAYS: Final = problem_responses(400, 401, 403, 404, 409, 415, 422, 500, 503)
_LOOKS: Final = problem_responses(401, 403, 404, 500, 503)


class Play(Body, frozen=True):
    """``reason``: in your own words, beside the purpose. It stays in the audit log: name nobody."""

    purpose: HeardFor
    reason: Annotated[str, Meta(max_length=200)] = ""
    is_file: Annotated[bool, Meta(description="It is taken away as a file: the record says so")] = False


class RecordingView(msgspec.Struct, frozen=True, kw_only=True):
    recording_id: UUID
    begun_at: datetime
    ended_at: datetime | None
    ending: Annotated[Ending | None, Meta(description="null: the call is still being recorded")]
    length_ms: int | None
    silenced_ms: Annotated[
        int | None, Meta(description="How much of the caller's speech was taken out before it was kept")
    ]


class SilenceView(msgspec.Struct, frozen=True, kw_only=True):
    from_ms: int
    until_ms: int
    why: Annotated[
        str,
        Meta(description="A type of personal data, or CORRECTION, LONG_NUMBER, KEY, UNHEARD"),
    ]


class RecordingsController(Controller):
    path = "/conversations/{conversation_id:uuid}/recordings"
    tags = ("staff",)
    security = SECURED

    @get(summary="The recordings of its calls", opt=_LISTED, responses=_READS)
    async def recordings(
        self, api: Api, who: Who, where: Where, conversation_id: FromPath[UUID]
    ) -> list[RecordingView]:
        """In the order in which they began. Of a caller who refused no more than that he did. Each look is recorded."""
        found = await api.recordings.of_conversation(who, ConversationId(conversation_id), where)
        return [_view(each) for each in found]

    @get(
        "/{recording_id:uuid}/silences",
        summary="Where the caller was silenced in one, and why",
        opt=_PLAYED,
        responses=_LOOKS,
    )
    async def silences(
        self, api: Api, who: Who, where: Where, conversation_id: FromPath[UUID], recording_id: FromPath[UUID]
    ) -> list[SilenceView]:
        """In order; only where he could be heard before. Nothing of recordings older than this list. Each look is
        recorded."""
        found = await api.recordings.silenced(who, ConversationId(conversation_id), recording_id, where)
        return [_silence(each) for each in found]

    @post(
        "/{recording_id:uuid}/audio",
        summary="Hear one",
        status_code=200,
        opt=_PLAYED,
        media_type=MEDIA_TYPE,
        responses=_PLAYS,
    )
    async def audio(
        self,
        api: Api,
        who: Who,
        where: Where,
        conversation_id: FromPath[UUID],
        recording_id: FromPath[UUID],
        data: JSONBody[Play],
    ) -> Response[bytes]:
        """For a stated purpose, said to the audit log before. The caller is left, the bot right; identity and card
        numbers, codes and passwords are silent. 500 `recording_refused`: it was changed, and is not given out."""
        wanted = Wanted(
            conversation_id=ConversationId(conversation_id),
            recording_id=recording_id,
            purpose=data.purpose,
            reason=data.reason,
            is_file=data.is_file,
        )
        file = await api.recordings.play(who, wanted, where)
        named = {"Content-Disposition": f'attachment; filename="recording-{recording_id}.wav"'}
        return Response(file, media_type=MEDIA_TYPE, headers=named)


def _silence(silence: Silence) -> SilenceView:
    return SilenceView(from_ms=silence.start_ms, until_ms=silence.end_ms, why=silence.why)


def _view(recording: Recording) -> RecordingView:
    ended = recording.ended
    return RecordingView(
        recording_id=recording.begun.recording_id,
        begun_at=recording.begun.begun_at,
        ended_at=recording.ended_at,
        ending=ended.ending if ended else None,
        length_ms=ended.length_ms if ended else None,
        silenced_ms=ended.silenced_ms if ended else None,
    )
