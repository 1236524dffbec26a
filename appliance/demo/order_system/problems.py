"""Every error as ``application/problem+json`` with a stable ``code``. Bad input never becomes a 5xx."""

from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """The request was understood and is refused; nothing was written."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


def not_found(what: str) -> Problem:
    return Problem(404, f"{what}_NOT_FOUND", f"no such {what.lower()}")


def answer_problem(_: Request[Any, Any, Any], problem: Problem) -> Response[dict[str, Any]]:
    return _answer(problem.status, problem.code, problem.detail)


def answer_http_exception(_: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    """Litestar's own: unknown path, wrong method, body too large, a query that does not fit."""
    detail = error.detail
    if isinstance(error.extra, list):
        detail += ": " + "; ".join(f"{each.get('key')}: {each.get('message')}" for each in error.extra)
    return _answer(error.status_code, f"HTTP_{error.status_code}", detail, error.headers)


def _answer(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> Response[dict[str, Any]]:
    body = {"type": "about:blank", "status": status, "code": code, "detail": detail}
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)
