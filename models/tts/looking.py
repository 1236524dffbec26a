"""What answers at the address of a speaker: for whoever looks for what is wrong, never for a call."""

from enum import StrEnum
from typing import Final

import httpx
import msgspec

from models.tts.cosyvoice import PATH

_WITHIN_S: Final = 5.0
_OPENAI: Final = "/v1"


class Answers(StrEnum):
    NOBODY = "nobody"
    OPENAI = "openai"
    RUNTIME = "runtime"
    """CosyVoice's own, as the client asks it."""
    OLD_RUNTIME = "old_runtime"
    """One of CosyVoice's own that takes no POST: the client cannot ask it."""
    OTHER = "other"


class _Described(msgspec.Struct, frozen=True):
    """What a FastAPI server says of itself: methods by path."""

    paths: dict[str, dict[str, object]] = {}


class _Listed(msgspec.Struct, frozen=True):
    data: list[object]


def root_of(url: str) -> str:
    """Without what OpenAI's protocol has behind the port."""
    return url.rstrip("/").removesuffix(_OPENAI)


async def look(url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> Answers:
    root = root_of(url)
    async with httpx.AsyncClient(timeout=_WITHIN_S, trust_env=False, transport=transport) as http:
        try:
            described = await http.get(f"{root}/openapi.json")
            listed = await http.get(f"{root}{_OPENAI}/models")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Answers.NOBODY
    if described.is_success and (methods := _methods(described.content)):
        return Answers.RUNTIME if "post" in methods else Answers.OLD_RUNTIME
    if listed.status_code == httpx.codes.UNAUTHORIZED or (listed.is_success and _is_list(listed.content)):
        return Answers.OPENAI
    return Answers.OTHER


def _methods(content: bytes) -> tuple[str, ...]:
    try:
        return tuple(msgspec.json.decode(content, type=_Described).paths.get(PATH, ()))
    except msgspec.DecodeError:
        return ()


def _is_list(content: bytes) -> bool:
    try:
        msgspec.json.decode(content, type=_Listed)
    except msgspec.DecodeError:
        return False
    return True
