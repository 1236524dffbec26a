"""From one page of a list to the next, as the mapping says. Pure.

A link is followed only below the base URL: an answer cannot send our proof elsewhere.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from msgspec.structs import replace

from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.operations import Paging, PagingKind
from appliance.aftersales.orders.paths import MISSING, dig
from appliance.aftersales.orders.requests import Outgoing
from appliance.errors import OrderSystemUnavailable

_LINK = re.compile(r'<([^<>]{1,4096})>\s*;[^,<]*\brel\s*=\s*"?next"?')


class Place(Record, frozen=True):
    """Which page is asked for."""

    page: int
    size: int
    offset: int = 0
    cursor: Any = None
    link: str | None = None
    """In place of the request that the mapping describes."""


def first(paging: Paging) -> Place:
    return Place(page=paging.first, size=paging.size)


def following(paging: Paging, place: Place, answer: Any, link_header: str | None, found: int) -> Place | None:
    """None where this page, of ``found`` rows, was the last."""
    rows = place.offset + found
    match paging.kind:
        case PagingKind.CURSOR:
            cursor = dig(answer, paging.next or ())
            return None if cursor in (MISSING, None, "", False) or not found else _next(place, rows, cursor=cursor)
        case PagingKind.LINK:
            link = _link(paging, answer, link_header)
            return None if not link or not found else _next(place, rows, link=link)
        case PagingKind.PAGE | PagingKind.OFFSET:
            return _next(place, rows) if found and _has_more(paging, answer, found, rows) else None


def _next(place: Place, rows: int, **more: Any) -> Place:
    return replace(place, page=place.page + 1, offset=rows, **more)


def _has_more(paging: Paging, answer: Any, found: int, rows: int) -> bool:
    if paging.more is not None:
        return dig(answer, paging.more) in (True, 1, "true", "True", "1")
    total = dig(answer, paging.total) if paging.total is not None else MISSING
    if isinstance(total, int) and not isinstance(total, bool) and rows >= total:
        return False
    return found >= paging.size


def _link(paging: Paging, answer: Any, header: str | None) -> str | None:
    if paging.next is not None:
        link = dig(answer, paging.next)
        return link if isinstance(link, str) else None
    found = _LINK.search(header or "")
    return found[1] if found else None


def linked(outgoing: Outgoing, base_url: str, link: str) -> Outgoing:
    """The request for the page that the order system named."""
    base = base_url.rstrip("/")
    url = urljoin(base + outgoing.path, link)
    ours, theirs = urlsplit(base), urlsplit(url)
    is_below = (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc) and theirs.path.startswith(ours.path + "/")
    pairs = parse_qsl(theirs.query, keep_blank_values=True)
    if not is_below or ".." in theirs.path or len(dict(pairs)) != len(pairs) or not url.isprintable():
        raise OrderSystemUnavailable("orders_of: the link to the next page does not lie below the base URL")
    return replace(outgoing, path=theirs.path.removeprefix(ours.path), query=dict(pairs))
