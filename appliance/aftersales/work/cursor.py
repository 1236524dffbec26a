"""Where a page of work orders ended, as an opaque text: its time and its id."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from appliance.aftersales.work.model import WorkOrder
from appliance.errors import InvalidInput


def cursor_of(last: WorkOrder) -> str:
    plain = f"{last.created_at.isoformat()} {last.work_order_id}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def place_of(cursor: str) -> tuple[datetime, UUID]:
    """InvalidInput for what no page has given."""
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
        at, _, work_order_id = plain.partition(" ")
        place = datetime.fromisoformat(at), UUID(work_order_id)
    except (binascii.Error, ValueError) as strange:
        raise InvalidInput("this cursor is none that a page has given") from strange
    if place[0].tzinfo is None:
        raise InvalidInput("this cursor is none that a page has given")
    return place
