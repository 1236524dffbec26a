"""The line to PostgreSQL: how soon it is noticed that nobody is at its other end."""

from collections.abc import Mapping
from typing import Any, Final

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_LINE: Final[Mapping[str, Any]] = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


def watched(url: str) -> str:
    """A machine that is gone is noticed within half a minute, whatever is under way; by itself the system waits hours.

    What the url itself says of these counts.
    """
    return make_conninfo(**{**_LINE, **conninfo_to_dict(url)})
