"""OpenAI's speech protocol over eSpeak NG: ``POST /v1/audio/speech``, the lists of models and voices, and health."""

import hmac
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import HTTPException
from litestar.response import Stream
from msgspec import Meta

from models.errors import ModelBusy
from models.tts.audio import BYTES_A_SECOND
from models.tts.espeak.library import VERSION, VOICES
from models.tts.espeak.voicing import Voicing

MODEL: Final = f"espeak-ng-{VERSION}"
MOST_CHARACTERS: Final = 4096
_CHUNK: Final = BYTES_A_SECOND // 5
_BUSY: Final = 429


class Speech(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``input`` as it is to be said: whoever asks has read the digits. Other fields, like a recording, are refused."""

    model: str
    input: Annotated[str, Meta(min_length=1, max_length=MOST_CHARACTERS)]
    voice: str
    response_format: str = "pcm"
    stream: bool = True
    stream_format: str = "audio"
    speed: Annotated[float, Meta(ge=0.25, le=4.0)] = 1.0


def app(voicing: Voicing, api_key: str) -> Litestar:
    """It begins to serve when a first sentence has been spoken."""

    def guard(request: Request[Any, Any, Any]) -> None:
        given = request.headers.get("authorization", "")
        if api_key and not hmac.compare_digest(given.encode(), f"Bearer {api_key}".encode()):
            raise HTTPException("the key is not the one that this worker was started with", status_code=401)

    @post("/v1/audio/speech", status_code=200)
    async def speech(request: Request[Any, Any, Any]) -> Stream:
        guard(request)
        wanted = _wanted(await request.body())
        pieces = voicing.speak(wanted.input, wanted.voice, wanted.speed)
        try:
            first = await anext(pieces, b"")
        except ModelBusy as busy:
            raise HTTPException(str(busy), status_code=_BUSY, headers={"Retry-After": "1"}) from busy
        return Stream(_chunks(first, pieces), media_type="audio/pcm")

    @get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "espeak-ng"}]}

    @get("/v1/audio/voices")
    async def voices() -> dict[str, Any]:
        return {"voices": list(VOICES)}

    @get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "model": MODEL, "waiting": voicing.waiting}

    return Litestar(
        [speech, models, voices, health],
        on_startup=[voicing.warm_up],
        exception_handlers={HTTPException: _error},
        openapi_config=None,
    )


def _wanted(body: bytes) -> Speech:
    try:
        wanted = msgspec.json.decode(body, type=Speech)
    except msgspec.DecodeError as wrong:
        raise HTTPException(str(wrong), status_code=400) from wrong
    if wanted.model != MODEL:
        raise HTTPException(f"there is no model {wanted.model} here, only {MODEL}", status_code=404)
    if wanted.voice not in VOICES:
        raise HTTPException(f"there is no voice {wanted.voice}; GET /v1/audio/voices lists them", status_code=400)
    if (wanted.response_format, wanted.stream_format) != ("pcm", "audio"):
        raise HTTPException("only response_format=pcm, stream_format=audio is spoken", status_code=400)
    return wanted


async def _chunks(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for start in range(0, len(first), _CHUNK):
        yield first[start : start + _CHUNK]
    async for piece in others:
        for start in range(0, len(piece), _CHUNK):
            yield piece[start : start + _CHUNK]


def _error(_request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    content = {"error": {"message": error.detail, "type": "invalid_request_error", "code": error.status_code}}
    return Response(content, status_code=error.status_code, headers=error.headers)
