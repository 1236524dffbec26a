"""Every error as a problem (RFC 9457), over HTTP and over sockets. Says what to do; never shows a traceback."""

import logging
import re
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import ParameterKwarg

from appliance.errors import ApplianceError, ShopNotConnected, TooManyRequests
from appliance.web.decoding import InvalidField
from appliance.web.request import request_id
from security.access.errors import AccessError, Kind, TooManyAttempts
from security.errors import SecurityError, SubjectErased

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 2

_log = logging.getLogger(__name__)

_MISSING: Final = re.compile(r"Missing required \w+ parameter '(?P<name>[^']+)'")
_CODES: Final = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_input",
    429: "too_many_requests",
}
_KINDS: Final = {
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.INVALID: 422,
    Kind.TOO_MANY: 429,
}
_UNAVAILABLE: Final = "a part that is needed does not answer now; try again in a moment"
_INTERNAL: Final = "something went wrong on our side; the request id helps to find it"
_DISCONNECTED: Final = "client disconnected prematurely"


class FieldProblem(msgspec.Struct, frozen=True, kw_only=True):
    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``code`` is stable and meant for programs, ``detail`` for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    retryable: bool = False
    errors: tuple[FieldProblem, ...] = ()


def problem_of(error: Exception, request: str) -> Problem:
    """``request`` is the request id."""
    match error:
        case SubjectErased():
            return _problem(404, "not_found", "no such thing", request)
        case ShopNotConnected():
            return _problem(error.status, error.code, error.detail, request)
        case ApplianceError():
            return _of_ours(error, request)
        case AccessError():
            return _problem(_KINDS[error.kind], error.code, error.detail, request, retryable=error.retryable)
        case SecurityError():
            return _failure(503 if error.retryable else 500, error.code, request)
        case ValidationException():
            return _problem(422, "invalid_input", _misfit(error), request, errors=_fields(error))
        case HTTPException() if error.status_code < 500:
            code = _CODES.get(error.status_code, "bad_request")
            return _problem(error.status_code, code, _detail(error), request)
        case _:
            return _failure(500, "internal", request)


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The application's one exception handler."""
    problem = problem_of(error, request_id(request.scope))
    if isinstance(error, ValidationException):
        problem = msgspec.structs.replace(problem, errors=_as_written(request, problem.errors))
    if problem.status >= 500 and not isinstance(error, ShopNotConnected):
        note(error, problem)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if problem.retryable:
        headers["Retry-After"] = str(
            error.wait_s if isinstance(error, TooManyRequests | TooManyAttempts) else RETRY_AFTER_S
        )
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def note(error: Exception, problem: Problem) -> None:
    """Log a failure of ours. The formatter leaves messages of exceptions out: they may quote what a customer sent."""
    values = {"request_id": problem.request_id, "code": problem.code}
    if problem.retryable:
        _log.warning("web.unavailable", extra={**values, "error": type(error).__name__})
    elif getattr(error, "detail", "") != _DISCONNECTED:
        _log.error("web.unexpected_error", extra=values, exc_info=error)


def _of_ours(error: ApplianceError, request: str) -> Problem:
    if error.status >= 500:
        return _failure(error.status, error.code, request)
    fields = (FieldProblem(field=error.field, message=error.detail),) if isinstance(error, InvalidField) else ()
    detail = f"{error.field}: {error.detail}" if isinstance(error, InvalidField) and error.field else error.detail
    return _problem(error.status, error.code, detail, request, retryable=error.retryable, errors=fields)


def _failure(status: int, code: str, request: str) -> Problem:
    is_temporary = status == 503
    detail = _UNAVAILABLE if is_temporary else _INTERNAL
    return _problem(status, code, detail, request, retryable=is_temporary)


def _problem(
    status: int,
    code: str,
    detail: str,
    request: str,
    *,
    retryable: bool = False,
    errors: tuple[FieldProblem, ...] = (),
) -> Problem:
    return Problem(
        type=f"urn:aftersales-appliance:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        request_id=request,
        retryable=retryable,
        errors=errors,
    )


def _misfit(error: ValidationException) -> str:
    """Litestar says what is missing, and where: the address is known to who sent it, and may hold ids."""
    return "some values do not fit" if error.extra else error.detail.partition(" for ")[0]


def _detail(error: HTTPException) -> str:
    if error.status_code == 413:
        return "the body is larger than this route takes"
    return HTTPStatus(error.status_code).phrase if error.status_code in (404, 405) else error.detail


def _fields(error: ValidationException) -> tuple[FieldProblem, ...]:
    """From Litestar's list of what was wrong with path, query or headers, or its sentence about what is missing."""
    if isinstance(error.extra, list):
        return tuple(_field(part) for part in error.extra if isinstance(part, dict))
    missing = _MISSING.match(error.detail)
    return (FieldProblem(field=missing["name"], message="this is required"),) if missing else ()


def _as_written(request: Request[Any, Any, Any], errors: tuple[FieldProblem, ...]) -> tuple[FieldProblem, ...]:
    """Litestar names the handler's argument; the caller wrote the name of the parameter."""
    known = request.route_handler.parsed_fn_signature.parameters
    written = {
        name: given.kwarg_definition.name
        for name, given in known.items()
        if isinstance(given.kwarg_definition, ParameterKwarg) and given.kwarg_definition.name
    }
    return tuple(msgspec.structs.replace(each, field=written.get(each.field, each.field)) for each in errors)


def _field(part: dict[str, Any]) -> FieldProblem:
    if part.get("key") == "data":
        return FieldProblem(field="", message="a JSON body is required")
    return FieldProblem(field=str(part.get("key", "")), message=str(part.get("message", "")))
