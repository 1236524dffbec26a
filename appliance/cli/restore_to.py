"""``appliance restore --to TIME``: the appliance's own database as it was at a chosen second."""

import re
from datetime import datetime
from typing import Final

import psycopg

from appliance.cli.restore_ends import KEYS_CURE, Done, May, RestoredLog, agree, record, say
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Database
from appliance.db.backup import restoring, tables
from appliance.db.backup.epochs import reach_of
from appliance.db.embedded import Cluster
from appliance.db.restoration import RestoreKind, begin, begun
from appliance.db.wal.cluster import own_cluster, wal_dir
from appliance.db.wal.place import Place, base_for
from appliance.db.wal.replay import Wanted, replayed
from appliance.db.wal.spool import ship
from appliance.errors import Conflict, InvalidInput, Unavailable
from appliance.joints.root_key import existing_root
from appliance.supervisor.lock import StateLock
from security.crypto import backup_key
from security.crypto.root import RootKey
from security.crypto.shop_keys import ShopKeys
from security.crypto.suites import Suite
from security.errors import ArchiveRefused, CiphertextRefused

_SECOND: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")


def second_of(text: str) -> datetime:
    """Without an offset it is this machine's own time. A day alone is refused: its midnight is seldom what is meant."""
    try:
        if _SECOND.match(text):
            return datetime.fromisoformat(text).astimezone()
    except ValueError:
        pass
    raise InvalidInput(f'"{text}" is no second: write it like "2026-11-27 10:15:30", in the time of this machine')


async def restore_to(settings: Settings, at: datetime, may: May) -> Done:
    """What serves now is kept aside. Nothing is changed where anything does not fit."""
    kept = wal_dir(settings)
    if at > SystemClock().now():
        raise InvalidInput("that second has not come yet")
    root = existing_root(settings)
    with StateLock(settings.state_path):
        cluster = own_cluster(settings)
        _ship_what_waits(settings, cluster, root)
        place, base = base_for(kept, at)
        try:
            archive = restoring.verified(base.path, restoring.openers(root, settings, None), say)
            keys = ShopKeys(root, Suite[settings.crypto.suite.name], SystemClock())
            say(f"to {at.isoformat(sep=' ')}, by the base backup of {base.ended_at:%Y-%m-%d %H:%M:%S} UTC; of that:")
            say(str(reach_of(archive, keys)))
            agree(is_agreed=may.begin)
            return await _replay(settings, cluster, Wanted(place, base, archive, at), keys, may)
        except ArchiveRefused as refused:
            raise InvalidInput(str(refused)) from refused
        except CiphertextRefused as foreign:
            raise Conflict(f"the shops' keys do not open under the root key that is here ({foreign})") from foreign
        except psycopg.OperationalError as lost:
            raise Unavailable(f"the database went away, nothing was kept: {' '.join(str(lost).split())}") from lost


def _ship_what_waits(settings: Settings, cluster: Cluster, root: RootKey) -> None:
    """What a stopped appliance handed out last may be what is wanted."""
    if cluster.data.exists():
        key = backup_key.read_or_create(restoring.backup_key_path(settings), root)
        ship(cluster.spool, Place.of(wal_dir(settings), cluster.data), key, Suite[settings.crypto.suite.name])


async def _replay(settings: Settings, cluster: Cluster, wanted: Wanted, keys: ShopKeys, may: May) -> Done:
    made_at = wanted.at.isoformat()
    async with replayed(cluster, wanted, say):
        with restoring.files_of_the_log(settings, wanted.archive) as files:
            log = RestoredLog(files, None, may_break=may.break_log)
            async with await psycopg.AsyncConnection.connect(cluster.owner_url()) as conn:
                await conn.execute(tables.SQL["as_system"])
                gone = await restoring.epochs_gone(conn, keys)
                if gone and not may.lose:
                    raise Conflict(f"{len(gone)} epochs' keys are not here ({', '.join(map(str, gone))}); {KEYS_CURE}")
                await restoring.bury(conn, gone)
                head = await log.check(conn)
                await conn.execute(tables.SQL["as_owner"])
                restoration = begun(RestoreKind.POINT_IN_TIME, wanted.at, SystemClock().now(), head)
                await begin(conn, restoration)
            restoring.put_files_back(settings, wanted.archive, say)
        db = await Database.open(cluster.url(), size=2, name="appliance-restore")
        try:
            async with db.system() as conn:
                await record(conn, restoration, made_at, log.detail)
        finally:
            await db.close()
    return Done(made_at=made_at, rows=None, epochs_gone=tuple(map(str, gone)), log=log.detail["log"])
