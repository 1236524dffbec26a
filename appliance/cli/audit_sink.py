"""``appliance audit new-sink``: the second sink's folder is a new one. Without that word the log goes to no folder but
the one that it was written to: a disk that is not mounted leaves an empty one in its place."""

import asyncio

import click

from appliance import config
from appliance.cli.audit_log import database, intended
from appliance.cli.own_cluster import reachable
from appliance.config import Settings
from appliance.errors import Conflict, InvalidInput
from security.audit.record import Category
from security.audit.sink import MARKER, mark, why_strange
from security.audit.store import AuditStore


@click.command("new-sink")
def new_sink() -> None:
    """Say that the folder of the second sink (audit.segments_dir) is new: its disk was replaced, or it lies elsewhere.

    The whole log is then written there again, from the database. If its disk is only not mounted, mount it instead.
    """
    settings = config.load()
    asyncio.run(_renew(settings))
    click.echo(f"{settings.audit_path} is the second sink from now on; the sealer writes the whole log there")


async def _renew(settings: Settings) -> None:
    async with reachable(settings), database(settings) as db:
        async with db.system() as conn:
            store = AuditStore(conn)
            log_id, has_begun = await store.log_id(), await store.size() > 0
        if (settings.audit_path / MARKER).exists() and why_strange(settings.audit_path, log_id, has_begun=True):
            raise Conflict(f"{settings.audit_path} holds another installation's log: name an empty folder")
        if why_strange(settings.audit_path, log_id, has_begun=has_begun) is None:
            raise InvalidInput(f"{settings.audit_path} is in use by this log, or will be with its first record")
        async with intended(db, Category.AUDIT, "audit.sink_renewed"):
            mark(settings.audit_path, log_id)
