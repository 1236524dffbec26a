"""What can go wrong, as one tree. ``problem.code`` is stable and meant for programs, ``problem.detail`` for people.

AftersalesError
├── NoAnswer               no connection, or none in time; whether it was done is not known
├── NotUnderstood          an answer that is none of the appliance's
├── WebhookRefused         what came to a webhook does not prove itself
└── Refused                the appliance answered with a problem (RFC 9457)
    ├── NotAuthenticated   401
    ├── NotAllowed         403
    ├── NotFound           404: no such thing, or not yours
    ├── InConflict         409
    ├── LostUpdate         412: somebody changed it since it was read
    ├── Unfit              400, 413, 415, 422, 428: `problem.errors` names the fields
    ├── TooMany            429
    └── Unavailable        500, 502, 503, 504
"""

from typing import Final

import httpx
import msgspec


class FieldProblem(msgspec.Struct, frozen=True, kw_only=True):
    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """As the API answers it (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    """Tell it to whoever runs the appliance: it stands in its log."""
    retryable: bool = False
    errors: tuple[FieldProblem, ...] = ()


class AftersalesError(Exception):
    """Base of everything that this client raises."""


class NoAnswer(AftersalesError):
    """No connection, or no answer in time. ``was_sent``: then it may have been done."""

    def __init__(self, detail: str, *, was_sent: bool) -> None:
        super().__init__(detail)
        self.was_sent = was_sent


class NotUnderstood(AftersalesError):
    """An answer that is none of the appliance's: look at the address, and at what stands between."""


class WebhookRefused(AftersalesError):
    """What came does not prove itself: answer 401 and do nothing."""


class Refused(AftersalesError):
    """The appliance answered with a problem."""

    def __init__(self, problem: Problem, retry_after_s: float | None = None) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.detail}")
        self.problem = problem
        self.retry_after_s = retry_after_s


class NotAuthenticated(Refused):
    """The key or the signature does not count."""


class NotAllowed(Refused):
    """Known, but without the scope, or not cleared for what would be read."""


class NotFound(Refused):
    """No such thing, or none of yours; the two are not told apart."""


class InConflict(Refused):
    """It was decided already, or its state does not allow that."""


class LostUpdate(Refused):
    """Somebody changed it since it was read: read it again. After an answer that was lost, it may have been you."""


class Unfit(Refused):
    """What was sent does not fit; a repeat does not help."""


class TooMany(Refused):
    """Too many calls in a short time: ``retry_after_s`` says when one will be taken."""


class Unavailable(Refused):
    """Something does not work on the other side."""


PROXY: Final = "proxy"
"""The code of a problem that this client made of an answer without one: 429, 502, 503, 504 of something in between."""
_KINDS: Final[dict[int, type[Refused]]] = {
    401: NotAuthenticated,
    403: NotAllowed,
    404: NotFound,
    409: InConflict,
    412: LostUpdate,
    429: TooMany,
}
_OF_PROXIES: Final = frozenset({429, 502, 503, 504})
_problem = msgspec.json.Decoder(Problem)


def refusal_of(answer: httpx.Response) -> AftersalesError:
    """Of an answer from 400 on."""
    try:
        problem = _problem.decode(answer.content)
    except msgspec.DecodeError:
        if answer.status_code not in _OF_PROXIES:
            return NotUnderstood(f"{answer.status_code} without a problem, from {answer.url.host}")
        problem = _of_a_proxy(answer)
    kind = _KINDS.get(problem.status, Unfit if problem.status < 500 else Unavailable)
    return kind(problem, _seconds(answer.headers.get("retry-after", "")))


def _of_a_proxy(answer: httpx.Response) -> Problem:
    """What stands before the appliance has no words of its own for it."""
    return Problem(
        type="about:blank",
        title=answer.reason_phrase,
        status=answer.status_code,
        code=PROXY,
        detail=f"{answer.url.host} answered in the appliance's place",
        request_id=answer.headers.get("x-request-id", ""),
    )


def _seconds(retry_after: str) -> float | None:
    """The appliance gives whole seconds; a date, which a proxy may give, is passed over."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
