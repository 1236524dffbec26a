"""What ``appliance doctor`` looks at in the audit log and the keys: seals, both sinks, witness, backups, copies."""

from datetime import datetime, timedelta

from appliance.cli.findings_outcome import Outcome, not_begun, passing, reading, rows, warning, well, wrong
from appliance.cli.restore_ends import WAY_OUT
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db.restoration import standing
from appliance.installation import store, witnessed
from appliance.installation.model import Grade
from appliance.installation.rules import SEAL_S
from appliance.joints.root_key import existing_root, is_made
from security.audit.live import verify_live
from security.audit.sealer import KEY_FILE
from security.audit.sink import why_strange
from security.audit.store import AuditStore
from security.audit.verify import keys_in
from security.errors import DeviceFailed

_PROBE_BYTES = 32
_BACKUP = timedelta(days=2)
"""Older than that, a backup has missed a night."""
_WITNESS = timedelta(days=7)
_COLLECTOR = timedelta(minutes=5)
_NEW_SINK = (
    "is its disk mounted? Mount it, and the sealer goes on by itself; if the folder is to be a new one: "
    "'appliance audit new-sink'"
)


async def root_key(settings: Settings) -> Outcome:
    """That it opens, and opens what it wraps: a token that is away is found before the next start needs it."""
    if not is_made(settings):
        return Grade.SKIPPED, "there is no root key yet", "start once: 'appliance up'"
    root, context = existing_root(settings), b"csa/doctor/v1"
    try:
        if root.unwrap(root.wrap(bytes(_PROBE_BYTES), context), context) != bytes(_PROBE_BYTES):
            return wrong("the root key does not open what it wraps", "call who keeps the token or device")
    except DeviceFailed as failed:
        return wrong(str(failed), "call who keeps the token or device")
    return well(f"it opens, in keeping of: {settings.keys.provider}")


async def log(settings: Settings) -> Outcome:
    """Every record in the database, in the files, and in both alike."""
    if (none := not_begun(settings)) is not None:
        return none
    async with reading(settings) as conn:
        try:
            key, *_ = keys_in((settings.audit_path / KEY_FILE).read_text(encoding="utf-8"))
            report = await verify_live(conn, settings.audit_path, key)
        except ValueError as unusable:
            return wrong(f"{KEY_FILE} holds no key of the log: {unusable}", "bring the file back from a backup")
    if report.status == "incomplete":
        return wrong(report.why, "start the appliance, and look again; an open restore: 'appliance recovery status'")
    if report.exit_code:
        found = f"the log does not hold: record {report.first_bad} {report.why}"
        return wrong(found, "keep everything as it is, run 'appliance audit verify', and call who must know")
    if report.why:
        return warning(f"{report.records} records hold; {report.why}", "start the appliance, and look again")
    return well("every record, hash and signature holds")


async def restored(settings: Settings) -> Outcome:
    """After a restore nothing is written until two people have ended it."""
    async with reading(settings) as conn:
        found = await standing(conn)
    if found:
        return wrong(f"reconciling: restored as of {found[0].as_of:%Y-%m-%d %H:%M:%S} UTC, nothing is written", WAY_OUT)
    return well("no restore waits for its end")


async def sealing(settings: Settings) -> Outcome:
    """While records wait for their seal, nothing is written to an order system."""
    async with reading(settings) as conn:
        facts = await store.audit(conn, SystemClock().now())
    if (oldest_s := facts.oldest_s or 0.0) > SEAL_S:
        cure = f"look into {settings.state_dir}/log/worker.log: disk full, volume read-only, or no worker"
        return passing(f"{facts.waiting:.0f} records wait for their seal, the oldest since {oldest_s:.0f} s", cure)
    return well(f"{facts.waiting:.0f} wait for their seal")


async def second_sink(settings: Settings) -> Outcome:
    """The files beside the database: the ones that were used, that they can be written, and as far as the database."""
    if (none := not_begun(settings)) is not None:
        return none
    async with reading(settings) as conn:
        log_id, has_begun = await AuditStore(conn).log_id(), await AuditStore(conn).size() > 0
    if (why := why_strange(settings.audit_path, log_id, has_begun=has_begun)) is not None:
        return wrong(f"{why}; nothing is sealed", _NEW_SINK)
    newest = max((path.stat().st_mtime for path in settings.audit_path.glob("*") if path.is_file()), default=0.0)
    async with reading(settings) as conn:
        facts = await store.audit(conn, SystemClock().now())
    filed_ago_s = SystemClock().now().timestamp() - newest
    if facts.sealed_ago_s is not None and filed_ago_s - facts.sealed_ago_s > SEAL_S:
        found = f"sealed {facts.sealed_ago_s:.0f} s ago in the database, and {filed_ago_s:.0f} s ago in the files"
        return passing(found, f"see whether {settings.audit_path} can be written, then run 'appliance audit verify'")
    if _is_beside_data(settings):
        found = f"{settings.audit_path} is named to lie elsewhere, and lies on the disk of {settings.state_dir}"
        cure = "is its own disk mounted? If not: 'appliance down', mount it, 'appliance up', 'appliance audit verify'"
        return warning(found, cure)
    return well(f"{settings.audit_path} is as far as the database")


def _is_beside_data(settings: Settings) -> bool:
    """Without the disk that was to hold it the folder is an ordinary one, and what befalls the database befalls it."""
    is_elsewhere = not settings.audit_path.is_relative_to(settings.state_path)
    return is_elsewhere and settings.audit_path.stat().st_dev == settings.state_path.stat().st_dev


async def collector(settings: Settings) -> Outcome:
    if not (target := settings.audit.forward_to):
        return Grade.SKIPPED, "no collector is set", "name one as audit.forward_to, if there is one"
    async with reading(settings) as conn:
        (found,) = await rows(conn, "collector", target=target)
    behind = (found["size"] or 0) - (found["next_seq"] or 0)
    last = found["updated_at"]
    if behind and (last is None or SystemClock().now() - last > _COLLECTOR):
        since = f"nothing since {last:%Y-%m-%d %H:%M} UTC" if last else "it has taken none yet"
        cure = f"see whether {target} answers and takes our certificate; nothing is lost meanwhile"
        return passing(f"{behind} records wait for the collector, {since}", cure)
    return well(f"{target} has taken all but {behind}")


async def witness(settings: Settings) -> Outcome:
    """Somebody outside has to have seen the log: who owns this machine could write it anew."""
    if (none := not_begun(settings)) is not None:
        return none
    cure = "let the auditor's witness look: 'appliance audit serve', or 'appliance audit witness --since SIZE'"
    seen = witnessed.read(settings.state_path)
    if seen is None:
        return warning("no witness has ever asked for a proof", cure)
    if SystemClock().now() - seen.at > _WITNESS:
        return warning(f"a witness asked last on {seen.at:%Y-%m-%d}", cure)
    return well(f"a witness asked on {seen.at:%Y-%m-%d %H:%M} UTC, of {seen.size} records")


async def backups(settings: Settings) -> Outcome:
    if (none := not_begun(settings)) is not None:
        return none
    cure = "name a folder on another machine as upkeep.backup_dir, or run 'appliance backup FILE' each night"
    async with reading(settings) as conn:
        found = await rows(conn, "backups")
    if not found:
        return warning("no backup was ever made", cure)
    if found[0]["outcome"] == "failure":
        return wrong(f"the last backup, of {found[0]['ts'][:16]}, failed", "run it by hand, and read what it says")
    if SystemClock().now() - datetime.fromisoformat(found[0]["ts"]) > _BACKUP:
        return warning(f"the last backup is of {found[0]['ts'][:16]}", cure)
    return well(f"the last is of {found[0]['ts'][:16]}")


async def key_copies(settings: Settings) -> Outcome:
    """A backup without them opens nowhere else."""
    if (none := not_begun(settings)) is not None:
        return none
    async with reading(settings) as conn:
        (found,) = await rows(conn, "copies")
    if found["shares_at"] is None:
        cure = "'appliance keys split FOLDER', with three custodians"
        return warning("no custodian holds a share of the root key: with this disk all is lost", cure)
    if found["newest_epoch_at"] is not None and (
        found["epochs_at"] is None or found["epochs_at"] < found["newest_epoch_at"]
    ):
        return warning(
            "a key is newer than the copy of the keys", "'appliance keys save-epochs FILE', onto another machine"
        )
    return well("custodians hold shares, and the copy of the keys is current")
