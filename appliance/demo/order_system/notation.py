"""How this shop writes amounts (``"389.00"`` yuan) and times (``"2026-11-18 15:00:00"``, Shanghai wall time)."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta

Amount = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,9})\.[0-9]{2}$(?!\n)", description="yuan, two decimals")]
Wall = Annotated[str, Meta(description="YYYY-MM-DD HH:MM:SS, Asia/Shanghai")]

ZERO: Amount = "0.00"
_ZONE = ZoneInfo("Asia/Shanghai")
_FORMAT = "%Y-%m-%d %H:%M:%S"


def amount(fen: int) -> Amount:
    return f"{fen // 100}.{fen % 100:02d}"


def fen(amount: Amount) -> int:
    return int(amount.replace(".", "", 1))


def wall(at: datetime) -> Wall:
    """Seconds are enough. Raises ValueError or OverflowError for a year that cannot be written."""
    local = at.astimezone(_ZONE)
    if local.year < 1970:
        raise ValueError("years before 1970 are not kept")
    return local.strftime(_FORMAT)


def moment(wall: Wall) -> datetime:
    return datetime.strptime(wall, _FORMAT).replace(tzinfo=_ZONE).astimezone(UTC)
