"""One question to a chat model behind the OpenAI protocol (vLLM), answered as JSON of a schema, by a deadline.

Nothing is retried here: whoever asks has a smaller model that answers at once. What the server is asked at the same
time is limited, and so is what it may answer; a server that keeps failing is left alone for a while, then one tries it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import httpx
import msgspec

from models.breaker import Breaker
from models.errors import (
    AnswerCut,
    AnswerTooLarge,
    ModelBusy,
    ModelError,
    ModelLate,
    ModelRefused,
    ModelResting,
    ModelUnavailable,
)
from models.question import Question

FAILURES = 5
"""So many in a row, and the server is left alone."""
REST_S = 15.0
LONGEST_S = 60.0
"""No deadline of a question is later."""
MAX_ANSWER_BYTES = 256 * 1024
"""Many times what the longest answer needs."""
SERVED_S = 10.0

Message = Mapping[str, str]


class _Answer(msgspec.Struct, frozen=True):
    content: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Answer
    finish_reason: str | None = None


class _Usage(msgspec.Struct, frozen=True):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(msgspec.Struct, frozen=True):
    choices: tuple[_Choice, ...]
    usage: _Usage | None = None


class _Model(msgspec.Struct, frozen=True):
    id: str


class _Models(msgspec.Struct, frozen=True):
    data: tuple[_Model, ...]


_completion = msgspec.json.Decoder(_Completion)
_models = msgspec.json.Decoder(_Models)


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model is served. ``url`` ends before ``/chat/completions``."""

    url: str
    model: str
    api_key: str = ""


Watch = Callable[[Question], None]


class Chat(Protocol):
    """Who is asked: one model, or a ladder of two."""

    async def ask(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        max_tokens: int,
        within_s: float,
        watch: Watch | None = None,
    ) -> str: ...

    async def served(self, within_s: float = SERVED_S) -> tuple[str, ...]: ...

    async def look_for(self) -> None: ...

    async def aclose(self) -> None: ...

    @property
    def is_resting(self) -> bool: ...

    @property
    def is_on_smaller(self) -> bool: ...


class ChatModel:
    """Shared by everything that asks the same server; safe for many tasks of one event loop."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        at_once: int = 16,
        failures: int = FAILURES,
        rest_s: float = REST_S,
        transport: httpx.AsyncBaseTransport | None = None,
        watch: Watch | None = None,
    ) -> None:
        """``failures``: so many in a row, and the server is left alone for ``rest_s``. ``watch`` is told of every
        question, whoever asked it."""
        self._endpoint = endpoint
        self._free = at_once
        self._watch = watch
        self._breaker = Breaker(failures, rest_s, rests=self._rests)
        self._is_found = False
        """It said after its rest what it serves; the next question tries it."""
        headers = {"Accept-Encoding": "identity"}
        if endpoint.api_key:
            headers["Authorization"] = f"Bearer {endpoint.api_key}"
        limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
        self._http = httpx.AsyncClient(
            headers=headers, timeout=LONGEST_S, trust_env=False, limits=limits, transport=transport
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def ask(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        max_tokens: int,
        within_s: float,
        watch: Watch | None = None,
    ) -> str:
        """The answer's text, JSON of ``schema``; ``watch`` is told when it is over, however it ends.

        Raises ModelBusy, ModelResting, ModelLate, AnswerTooLarge, ModelUnavailable, ModelRefused or AnswerCut.
        """
        began = time.perf_counter_ns()
        outcome, usage = ModelError.code, _Usage()
        try:
            text, usage = await self._asked(messages, schema, max_tokens, within_s)
            outcome = "answered"
            return text
        except ModelError as error:
            outcome = error.code
            raise
        finally:
            question = Question(
                outcome=outcome,
                took_us=(time.perf_counter_ns() - began) // 1000,
                prompt_tokens=usage.prompt_tokens,
                answer_tokens=usage.completion_tokens,
            )
            for told in filter(None, (self._watch, watch)):
                told(question)

    @property
    def is_resting(self) -> bool:
        """Whether the server is left alone; until it answered a question after that, or was found to be back."""
        return self._breaker.is_resting and not self._is_found

    @property
    def is_on_smaller(self) -> bool:
        """There is none below it."""
        return False

    def _rests(self, _: float) -> None:
        self._is_found = False

    async def _asked(
        self, messages: Sequence[Message], schema: Mapping[str, Any], max_tokens: int, within_s: float
    ) -> tuple[str, _Usage]:
        body = {
            "model": self._endpoint.model,
            "messages": list(messages),
            "temperature": 0,
            "max_tokens": max_tokens,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": schema},
            },
            # Qwen3 and its like think aloud unless told not to, and thoughts are no JSON.
            "chat_template_kwargs": {"enable_thinking": False},
        }
        async with self._place():
            attempt = self._breaker.begin()
            if attempt is None:
                raise ModelResting("the model failed again and again; it is asked again in a while")
            with attempt:
                try:
                    answer = await self._answered(body, within_s)
                except (ModelRefused, AnswerCut):
                    attempt.answered()
                    raise
                except ModelError:
                    attempt.failed()
                    raise
                attempt.answered()
                return answer

    async def _answered(self, body: Mapping[str, Any], within_s: float) -> tuple[str, _Usage]:
        try:
            async with asyncio.timeout(within_s):
                return _read(await self._send("POST", "/chat/completions", body))
        except TimeoutError as late:
            raise ModelLate(f"the model did not answer within {within_s:.1f} s") from late

    async def served(self, within_s: float = SERVED_S) -> tuple[str, ...]:
        """The names of the models that the server serves. Raises ModelLate, ModelUnavailable or ModelRefused."""
        try:
            async with asyncio.timeout(within_s):
                content = await self._send("GET", "/models", None)
        except TimeoutError as late:
            raise ModelLate(f"the model server did not answer within {within_s:.1f} s") from late
        try:
            return tuple(model.id for model in _models.decode(content).data)
        except msgspec.DecodeError as unreadable:
            raise ModelUnavailable("what answers there is no model server") from unreadable

    async def look_for(self) -> None:
        """After its rest it is asked what it serves: who has no question for it would leave it alone for ever."""
        if self._is_found or not self._breaker.may_be_tried:
            return
        try:
            await self.served()
        except ModelError:
            return
        self._is_found = True

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Nobody queues: while a question waits for a place, its customer waits too."""
        if self._free <= 0:
            raise ModelBusy("the model is asked as much as it may be")
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> bytes:
        url = f"{self._endpoint.url.rstrip('/')}{path}"
        try:
            async with self._http.stream(method, url, json=body) as response:
                _refuse_failure(response)
                return await _bounded(response)
        except httpx.HTTPError as away:
            raise ModelUnavailable(f"the model server does not answer: {type(away).__name__}") from away


def _refuse_failure(response: httpx.Response) -> None:
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
        raise ModelUnavailable(f"the model server answered {response.status_code}")
    if not response.is_success:
        raise ModelRefused(f"the model server answered {response.status_code}")


async def _bounded(response: httpx.Response) -> bytes:
    """As it was sent: nothing is unpacked, for a few packed bytes can be any number of others."""
    content = bytearray()
    async for part in response.aiter_raw():
        content += part
        if len(content) > MAX_ANSWER_BYTES:
            raise AnswerTooLarge(f"the model server's answer is longer than {MAX_ANSWER_BYTES} bytes")
    return bytes(content)


def _read(content: bytes) -> tuple[str, _Usage]:
    try:
        completion = _completion.decode(content)
        choice = completion.choices[0]
    except (msgspec.DecodeError, IndexError) as unreadable:
        raise ModelUnavailable("the model server's answer is no chat completion") from unreadable
    if choice.finish_reason != "stop" or choice.message.content is None:
        raise AnswerCut(f"the answer ended with {choice.finish_reason}")
    return choice.message.content, completion.usage or _Usage()
