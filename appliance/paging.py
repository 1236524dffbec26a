"""Pages, the newest first: where one ended, as an opaque text of its last thing's time and id."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from appliance.errors import InvalidInput

T = TypeVar("T")
Place = tuple[datetime, UUID]


def cursor_of(at: datetime, thing_id: UUID) -> str:
    plain = f"{at.isoformat()} {thing_id}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def place_of(cursor: str) -> Place:
    """InvalidInput for what no page has given."""
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
        at, _, thing_id = plain.partition(" ")
        place = datetime.fromisoformat(at), UUID(thing_id)
    except (binascii.Error, ValueError) as strange:
        raise InvalidInput("this cursor is none that a page has given") from strange
    if place[0].tzinfo is None:
        raise InvalidInput("this cursor is none that a page has given")
    return place


def page_of(found: Sequence[T], limit: int, place: Callable[[T], Place]) -> tuple[tuple[T, ...], str | None]:
    """What is shown of ``limit + 1`` that were asked for, and where the next page begins; None: this is the last."""
    shown = tuple(found[:limit])
    return shown, cursor_of(*place(shown[-1])) if len(found) > limit else None
