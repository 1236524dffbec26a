"""One request and its answer, without sending: what both faces of the client have in common."""

from typing import Final, NamedTuple, TypeVar

import httpx
import msgspec

from aftersales_client.calls import Call
from aftersales_client.errors import NoAnswer, NotUnderstood, refusal_of
from aftersales_client.memory import Known, Memory

T = TypeVar("T")

_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Asked(NamedTuple):
    request: httpx.Request
    known: Known | None
    """What was read there before."""


class Exchange:
    def __init__(self, url: str, memory: Memory) -> None:
        self._url = url.rstrip("/")
        self._memory = memory

    def ask(self, http: httpx.Client | httpx.AsyncClient, call: Call[T]) -> Asked:
        request = http.build_request(
            call.method, self._url + call.path, params=list(call.query), headers=call.headers, content=call.body
        )
        known = self._memory.of(str(request.url)) if call.method == "GET" else None
        if known:
            request.headers["If-None-Match"] = known.etag
        return Asked(request, known)

    def understand(self, call: Call[T], asked: Asked, answer: httpx.Response) -> T:
        """What was asked for, or what is wrong, raised."""
        if answer.status_code == httpx.codes.NOT_MODIFIED and asked.known:
            known: T = asked.known.content
            return known
        if answer.status_code >= 400:
            raise refusal_of(answer)
        content = _content(call, answer)
        if call.method == "GET" and (etag := answer.headers.get("etag")):
            self._memory.keep(str(asked.request.url), Known(etag, content))
        return content


def lost(call: Call[T], error: httpx.TransportError) -> NoAnswer:
    return NoAnswer(f"{call.path}: {type(error).__name__}", was_sent=not isinstance(error, _NEVER_SENT))


def _content(call: Call[T], answer: httpx.Response) -> T:
    try:
        return msgspec.json.decode(answer.content, type=call.answer)
    except msgspec.DecodeError as error:
        raise NotUnderstood(f"{call.path} answered {answer.status_code} with something else than expected") from error
