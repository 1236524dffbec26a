"""One text spoken by a server of OpenAI's speech protocol, audio as it is made. Closing the stream ends it at once.

Nothing is retried and nobody queues here: a caller who waits hears silence.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Final

import httpx
import msgspec

from models.errors import ModelBusy, ModelLate, ModelRefused, ModelUnavailable
from models.tts.audio import BYTES_A_SAMPLE, BYTES_A_SECOND
from models.tts.errors import AudioBroken

FIRST_WITHIN_S: Final = 5.0
"""Until the first samples; a caller has given up long before."""
NEXT_WITHIN_S: Final = 5.0
LONGEST_S: Final = 120
"""Of audio, for one text; a server that goes on longer is talking to itself."""
_LISTED_WITHIN_S: Final = 5.0
_NO_AUDIO: Final = ("application/json", "text/")


class Speech(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is asked, in the protocol's words. The last two are vLLM-Omni's, for voices after a recording."""

    model: str
    input: str
    voice: str = ""
    speed: float = 1.0
    ref_audio: str | None = None
    """A ``data:`` address."""
    ref_text: str | None = None


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """``url`` ends before ``/audio/speech``."""

    url: str
    api_key: str = ""


class _Model(msgspec.Struct, frozen=True):
    id: str


class _Models(msgspec.Struct, frozen=True):
    data: tuple[_Model, ...]


_models = msgspec.json.Decoder(_Models)
# Of the last two, servers know one or both; those that know both stream bare samples for the second.
_STREAMED: Final = {"response_format": "pcm", "stream": True, "stream_format": "audio"}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as a protocol wants it."""

    path: str
    json: dict[str, object] | None = None
    form: dict[str, str] | None = None
    files: dict[str, tuple[str, bytes, str]] | None = None


Protocol = Callable[[Speech], Asked]


def openai(speech: Speech) -> Asked:
    return Asked(path="/audio/speech", json={**msgspec.to_builtins(speech), **_STREAMED})


class SpeechClient:
    """Shared by all calls; safe for many tasks of one event loop."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        at_once: int = 16,
        first_within_s: float = FIRST_WITHIN_S,
        next_within_s: float = NEXT_WITHIN_S,
        protocol: Protocol = openai,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``at_once``: streams that may be open; each is until its last sample was taken, or it was closed."""
        self._protocol = protocol
        self._url = endpoint.url.rstrip("/")
        self._free = at_once
        self._first_within_s = first_within_s
        self._next_within_s = next_within_s
        headers = {"Accept-Encoding": "identity"}
        if endpoint.api_key:
            headers["Authorization"] = f"Bearer {endpoint.api_key}"
        limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
        self._http = httpx.AsyncClient(
            headers=headers, timeout=LONGEST_S, trust_env=False, limits=limits, transport=transport
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def speak(self, speech: Speech) -> AsyncGenerator[bytes]:
        """Samples as ``models.tts.audio`` has them, whole ones in each piece; close it to stop the server.

        Raises ModelBusy, ModelLate, ModelUnavailable, ModelRefused; AudioBroken also after the first piece.
        """
        with self._place():
            asked = self._request(self._protocol(speech))
            try:
                async with asyncio.timeout(self._first_within_s):
                    answer = await self._http.send(asked, stream=True)
            except TimeoutError as late:
                raise ModelLate(f"the speech server did not answer within {self._first_within_s:.1f} s") from late
            except httpx.HTTPError as away:
                raise _unavailable(away) from away
            try:
                _refuse_failure(answer)
                async with aclosing(self._samples(answer)) as samples:
                    async for piece in samples:
                        yield piece
            finally:
                await answer.aclose()

    async def served(self) -> tuple[str, ...]:
        """The names of the models that the server has. Raises ModelLate, ModelUnavailable or ModelRefused."""
        try:
            async with asyncio.timeout(_LISTED_WITHIN_S):
                answer = await self._http.get(f"{self._url}/models")
        except TimeoutError as late:
            raise ModelLate(f"the speech server did not answer within {_LISTED_WITHIN_S:.0f} s") from late
        except httpx.HTTPError as away:
            raise _unavailable(away) from away
        _refuse_status(answer)
        try:
            return tuple(model.id for model in _models.decode(answer.content).data)
        except msgspec.DecodeError as unreadable:
            raise ModelUnavailable("what answers there is no speech server") from unreadable

    def _request(self, asked: Asked) -> httpx.Request:
        url = f"{self._url}{asked.path}"
        return self._http.build_request("POST", url, json=asked.json, data=asked.form, files=asked.files)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._free <= 0:
            raise ModelBusy("the speech server is asked as much as it may be")
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1

    async def _samples(self, answer: httpx.Response) -> AsyncGenerator[bytes]:
        """Whole samples only: a piece of the stream may end within one."""
        rest, length = b"", 0
        async with aclosing(self._parts(answer)) as parts:
            async for part in parts:
                length += len(part)
                if length > LONGEST_S * BYTES_A_SECOND:
                    raise AudioBroken(f"the speech server goes on for more than {LONGEST_S} s")
                part = rest + part
                whole = len(part) - len(part) % BYTES_A_SAMPLE
                rest = part[whole:]
                if whole:
                    yield part[:whole]
        if rest or not length:
            raise AudioBroken("the speech server sent no audio, or half a sample")

    async def _parts(self, answer: httpx.Response) -> AsyncGenerator[bytes]:
        within_s = self._first_within_s
        parts = answer.aiter_raw()
        while True:
            try:
                async with asyncio.timeout(within_s):
                    part = await anext(parts, None)
            except TimeoutError as late:
                raise AudioBroken(f"the speech server fell silent for {within_s:.1f} s") from late
            except httpx.HTTPError as broken:
                raise AudioBroken(f"the stream of audio broke off: {type(broken).__name__}") from broken
            if part is None:
                return
            within_s = self._next_within_s
            yield part


def _unavailable(away: httpx.HTTPError) -> ModelUnavailable:
    return ModelUnavailable(f"the speech server does not answer: {type(away).__name__}")


def _refuse_failure(answer: httpx.Response) -> None:
    _refuse_status(answer)
    kind = answer.headers.get("content-type", "")
    if kind.startswith(_NO_AUDIO):
        raise ModelRefused(f"the speech server answers with {kind}, not with audio as it is made")


def _refuse_status(answer: httpx.Response) -> None:
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise ModelBusy("the speech server has too much to say; another text is refused")
    if answer.is_server_error:
        raise ModelUnavailable(f"the speech server answered {answer.status_code}")
    if not answer.is_success:
        raise ModelRefused(f"the speech server answered {answer.status_code}")
