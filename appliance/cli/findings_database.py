"""What ``appliance doctor`` looks at in the database: server, tables, rights, durability, what waits in its queues."""

from datetime import UTC, datetime, timedelta

from appliance.cli.findings_outcome import Outcome, opened, passing, reading, rows, warning, well, wrong
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db.embedded import Cluster
from appliance.db.location import database_url, is_embedded
from appliance.db.login import excess
from appliance.db.migrate import OLDEST_SERVER, pending
from appliance.db.migrate import version as server_version
from appliance.db.wal.cluster import wal_dir
from appliance.installation import rules, store
from appliance.installation.model import Grade, PartView, State
from appliance.integrations.metrics.meters import Meters
from appliance.integrations.metrics.service import Metrics

_KEPT_WITHIN = timedelta(minutes=10)
"""The worker looks every five seconds."""
_JOB_PROCESSES = 2
"""Pools that a worker opens: its own, and that of the jobs."""


async def postgres(settings: Settings) -> Outcome:
    found = await server_version(database_url(settings))
    if found < OLDEST_SERVER:
        return wrong(f"PostgreSQL {found}", f"use PostgreSQL {OLDEST_SERVER} or newer")
    return well(f"PostgreSQL {found} answers")


async def migrations(settings: Settings) -> Outcome:
    if missing := await pending(database_url(settings)):
        found = f"{len(missing)} are missing, first {missing[0]}"
        return wrong(found, "restart: 'appliance down', 'appliance up'")
    return well("the tables are those of this version")


async def login(settings: Settings) -> Outcome:
    if found := await excess(database_url(settings)):
        cure = "restart with a DATABASE_URL whose role owns nothing, and the owner's as DATABASE_OWNER_URL"
        return wrong(f"the role that logs in {', '.join(found)}", cure)
    return well("the role that logs in owns nothing and becomes nobody but the application")


async def durability(settings: Settings) -> Outcome:
    """What was acknowledged must be there after a power cut: refunds and the audit log rest on it."""
    async with reading(settings) as conn:
        found = {row["name"]: row["setting"] for row in await rows(conn, "durability")}
    off = [name for name, setting in sorted(found.items()) if setting == "off"]
    if off:
        cure = "set them on in postgresql.conf (and by ALTER SYSTEM, ROLE or DATABASE nowhere off), and reload"
        return wrong(f"{', '.join(off)} is off: what was agreed may be gone after a crash", cure)
    return well("a commit is on disk before it is acknowledged")


async def collation(settings: Settings) -> Outcome:
    async with reading(settings) as conn:
        (found,) = await rows(conn, "collation")
    if found["made"] is not None and found["made"] != found["now"]:
        said = f"made with collation {found['made']}, and the system has {found['now'] or 'none'} now"
        return wrong(said, "REINDEX DATABASE, then ALTER DATABASE … REFRESH COLLATION VERSION")
    return well("text is sorted as it was when the indexes were made")


async def connections(settings: Settings) -> Outcome:
    async with reading(settings) as conn:
        (found,) = await rows(conn, "connections")
    needed = settings.database.connections * (settings.web.workers + _JOB_PROCESSES)
    if needed > found["most"]:
        cure = "raise max_connections, or lower database.connections or web.workers"
        return wrong(f"the processes may hold {needed} connections, and the server allows {found['most']}", cure)
    if found["held"] > rules.CROWDED * found["most"]:
        cure = "see who holds them (pg_stat_activity), raise max_connections, or lower database.connections"
        return warning(f"{found['held']} of {found['most']} connections are held", cure)
    return well(f"{found['held']} of {found['most']} are held, and at most {needed} are ours")


async def archiving(settings: Settings) -> Outcome:
    """A log that is not archived cannot be gone back in, and one that fails fills the disk."""
    if (stuck := _not_kept(settings)) is not None:
        return stuck
    async with reading(settings) as conn:
        (found,) = await rows(conn, "archiver")
    if found["mode"] == "off":
        return Grade.SKIPPED, "the write-ahead log is not archived", "switch it on to restore to a moment"
    failed, archived = found["last_failed_time"], found["last_archived_time"]
    if failed is not None and (archived is None or failed > archived):
        said = f"archiving {found['last_failed_wal']} failed {found['failed_count']}x, last {failed:%Y-%m-%d %H:%M} UTC"
        return wrong(said, "look into the server's log for archive_command; until it works the disk fills with WAL")
    last = f"last {archived:%Y-%m-%d %H:%M} UTC" if archived else "none yet"
    return well(f"{found['archived_count']} files archived, {last}")


def _not_kept(settings: Settings) -> Outcome | None:
    """What the appliance's own server has handed out, and the worker has put away nowhere."""
    if not is_embedded(settings) or not settings.backup.wal_dir:
        return None
    waiting = sorted(path.stat().st_mtime for path in Cluster(settings.state_path).spool.glob("0*"))
    if not waiting or SystemClock().now().timestamp() - waiting[0] < _KEPT_WITHIN.total_seconds():
        return None
    since = datetime.fromtimestamp(waiting[0], UTC)
    said = f"{len(waiting)} segments of the log are not in backup.wal_dir, the oldest since {since:%Y-%m-%d %H:%M} UTC"
    return passing(
        said,
        f"'wal.not_kept' in {settings.state_dir}/log/worker.log says why: is {wal_dir(settings)} there, not full, and "
        "may the service write in it? Until then the disk fills",
    )


async def set_aside(settings: Settings) -> Outcome:
    """Whoever was erased since stands in it, and the key of that time may be in a backup."""
    kept = Cluster(settings.state_path).set_aside()
    if not kept:
        return well("none")
    named = ", ".join(str(path) for path in kept)
    return warning(f"kept since a restore: {named}", "once what was restored is seen to be right, remove it: rm -r")


async def jobs(settings: Settings) -> Outcome:
    async with reading(settings) as conn:
        facts = await store.jobs(conn, SystemClock().now())
        failed = await store.failed_jobs(conn, 3)
    view = rules.jobs(facts)
    if view.state is State.BEHIND:
        cure = f"look into {settings.state_dir}/log/worker.log; raise worker.executors if it is only slow"
        return passing(f"{facts.waiting:.0f} jobs wait, the oldest since {facts.late_s:.0f} s", cure)
    if view.state is State.GIVEN_UP:
        names = ", ".join(each.task for each in failed)
        cure = f"why stands in {settings.state_dir}/log/worker.log; those of the clock come again by themselves"
        return warning(f"{facts.failed:.0f} jobs failed for good, last {names}", cure)
    return well(f"{facts.waiting:.0f} wait, none late")


async def writes(settings: Settings) -> Outcome:
    """Operations on order systems whose end is open."""
    view = await _standing(settings, rules.writes)
    figures = view.figures
    if view.state is State.BEHIND:
        cure = f"see whether the order system answers ('order systems' here), and {settings.state_dir}/log/worker.log"
        return passing(f"{figures['open']:.0f} operations are open, the oldest since {figures['oldest_s']:.0f} s", cure)
    if view.state is State.UNKNOWN:
        cure = "a person has them as work orders: look into the order system, and settle each"
        return warning(f"of {figures['unknown']:.0f} operations nobody knows if they were done", cure)
    return well(f"{figures['open']:.0f} are under way")


async def webhooks(settings: Settings) -> Outcome:
    view = await _standing(settings, rules.webhooks)
    figures = view.figures
    if view.state is State.GIVEN_UP:
        cure = "mend the shop's receiver, then 'appliance webhooks replay --shop SHOP --dead'"
        return warning(f"{figures['given_up']:.0f} deliveries were given up", cure)
    if view.state is State.BEHIND:
        return warning(
            f"the oldest delivery waits since {figures['oldest_s']:.0f} s", "see whether the receiver answers"
        )
    return well(f"{figures['waiting']:.0f} wait")


async def _standing(settings: Settings, judge: "rules.Judge") -> PartView:
    async with opened(settings) as db:
        return judge(await Metrics(Meters(), db, SystemClock()).standing())
