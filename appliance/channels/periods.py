"""The bounds of a period, as routes take them."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from litestar.params import QueryParameter

from appliance.errors import InvalidInput

_TIME: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$(?!\n)"
"""As text: the framework would take a bare number for seconds since 1970, and a time without an offset."""
Since = Annotated[str | None, QueryParameter(pattern=_TIME, description="Not before this time, which has an offset")]
Until = Annotated[str | None, QueryParameter(pattern=_TIME, description="Before this time, which has an offset")]


def moment(given: str | None) -> datetime | None:
    """InvalidInput for what only looks like a time."""
    try:
        return msgspec.convert(given, datetime | None)
    except msgspec.ValidationError as strange:
        raise InvalidInput("since and until are times with an offset, such as 2026-11-21T10:00:00+08:00") from strange
