"""A cluster that was put back as it was at some second goes on under numbers of segments that were used since.

What was kept of that stretch is set aside by the second it was left, in a folder of its own, so that the new segments
find their names free and no restore mixes the two. It is deleted with the days that are kept. Nothing else is touched.
"""

from datetime import datetime
from pathlib import Path

from appliance.db.embedded import Cluster
from appliance.db.wal.base import segment_now
from appliance.db.wal.place import Place
from appliance.errors import ConfigurationError
from security.durable import flush_directory


async def set_aside(cluster: Cluster, place: Place, as_of: datetime, now: datetime) -> Path | None:
    """Where it lies now; None where nothing was kept of it. The cluster answers, and nothing else of ours runs.

    The segment that the cluster writes now was not full when it was copied, so whatever has its number, or a later one,
    is of the stretch that was left. Called again it goes on; ConfigurationError where the folder lets nothing be moved.
    """
    number = (await segment_now(cluster))[8:24]
    left = [path for path in place.segments(number.rjust(24, "0")) if ".history" not in path.name]
    left += [each.path for each in place.bases() if each.first_segment[8:24] >= number or each.ended_at > as_of]
    if not left:
        return None
    aside = place.left_at(now)
    try:
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in left:
            path.rename(aside / path.name)
        flush_directory(aside)
    except OSError as failed:
        raise ConfigurationError(
            f"{failed.filename or aside}: {failed.strerror}; nothing may be started yet"
        ) from failed
    return aside
