"""``appliance recovery settle``: the end of a restore, sealed with two approvals; until then nothing is written.

It refuses while the second sink was not taken up, while an order system does not answer, and where a checkpoint that
somebody kept contradicts what was restored. Broken off anywhere, the same command goes on.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import click
import msgspec

from appliance import config
from appliance.aftersales.cases.asking import Answers
from appliance.cli.audit_log import first_key, key_file, log_keys, text_of
from appliance.cli.orders_reconcile import Sides, both_sides, compared
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Database, restoration
from appliance.db.restoration import Restoration
from appliance.errors import AuditUnavailable, Conflict, InvalidInput, Unavailable
from appliance.identity.staff_access import access_control
from appliance.ids import ShopId
from appliance.joints.root_key import existing_root
from security import errors
from security.access.errors import AccessError
from security.audit.append import append, wait_sealed
from security.audit.live import verify_live
from security.audit.proofs import root_at
from security.audit.restoration import Head, Settling, head_of, record
from security.audit.store import AuditStore
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite

_SEAL_S = 30.0


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    old_size: int
    new_size: int
    lost_records: int
    shops: tuple[Answers, ...]
    differences: int
    """That stand now between the two sides, each with a work order."""


@click.command()
@click.option("--by", "login", default="", help="Login name of the system administrator who does it.")
@click.option(
    "--approvals",
    type=click.File(),
    help="Where the tokens of two security administrators stand, a line each; -: stdin.",
)
@click.option(
    "--seen",
    "notes",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that somebody kept: the witness's, a printed page's. The newest one tells what is lost.",
)
@click.option(
    "--nothing-seen", is_flag=True, help="Nobody kept a checkpoint: it is said that nothing is known to be lost."
)
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def settle(*, login: str, approvals: TextIO | None, notes: tuple[Path, ...], nothing_seen: bool, as_json: bool) -> None:
    """End what follows a restore: from then on the appliance writes again.

    First the audit log must have taken up its second sink, and every order system is asked about each operation without
    an end, by its key, and compared. Then a record is sealed with the old head, the new one, and the two who approved;
    the verifier and the witness accept the gap by that record only. Two security administrators approve it first,
    logged in: each issues an approval `settle_restore` about the system administrator's account.
    """
    if bool(notes) == nothing_seen:
        raise InvalidInput("hand in the checkpoints that were kept elsewhere (--seen FILE), or say --nothing-seen")
    settings = config.load()
    try:
        tokens = approvals.read().split() if approvals else []
        done = asyncio.run(_Settling(settings, login, tokens).run([text_of(path) for path in notes]))
    except AccessError as refused:
        raise InvalidInput(refused.detail) from refused
    except errors.RestorationRefused as refused:
        raise Conflict(str(refused)) from refused
    except errors.AuditUnavailable as late:
        raise AuditUnavailable(f"{late}; is the appliance running?") from late
    click.echo(msgspec.json.encode(done).decode() if as_json else _as_text(done))


def _as_text(done: Settled | None) -> str:
    if done is None:
        return "settled: its record was sealed already; the appliance writes again"
    lines = [f"settled: the audit log went on from {done.new_size} records; {done.lost_records} are lost"]
    for shop in done.shops:
        lines.append(
            f"{shop.shop_id}: {shop.asked} asked, {shop.written} written, {shop.unwritten} to be sent now, "
            f"{shop.unanswerable} for people"
        )
        lines += [f"  written there and forgotten here, see its work order: {each}" for each in shop.forgotten]
        lines += [f"  agreed to and never written, tell the customer: {each}" for each in shop.undone]
    return "\n".join([*lines, f"{done.differences} differences stand", "the appliance writes again"])


class _Settling:
    def __init__(self, settings: Settings, login: str, tokens: Sequence[str]) -> None:
        self._settings = settings
        self._login = login
        self._tokens = tokens
        self._clock = SystemClock()
        ring = KeyRing(existing_root(settings), Suite[settings.crypto.suite.name], self._clock)
        self._approvals = access_control(settings.access, ring, self._clock).restore_approvals

    async def run(self, notes: Sequence[str]) -> Settled | None:
        """None: only the seal of an earlier call was missing."""
        async with both_sides(self._settings) as sides:
            async with sides.db.system() as conn:
                waiting = await restoration.standing(conn)
            if not waiting:
                raise InvalidInput("no restore waits for its end")
            if all(each.record_id for each in waiting):
                await self._end(sides.db, waiting)
                return None
            async with sides.db.system() as conn:
                await self._approvals.check(conn, self._login, self._tokens)
            return await self._settle(sides, waiting, await self._lost(sides.db, waiting, notes))

    async def _settle(self, sides: Sides, waiting: Sequence[Restoration], lost: Head | None) -> Settled:
        answers, differences = await self._ask(sides, waiting)
        told = _in_numbers(answers, differences)
        async with sides.db.system() as conn:
            people = await self._approvals.use(conn, self._login, self._tokens)
            log_id = await AuditStore(conn).log_id()
            for each in (one for one in waiting if one.record_id is None):
                new = Head(each.log_size, each.log_root)
                old = lost if lost and lost.size > new.size else new
                approved = str(people.approved_by), str(people.seconded_by), str(people.done_by)
                said = record(log_id, Settling(str(each.restoration_id), old, new, *approved), told)
                await append(conn, [said])
                await restoration.name_record(conn, each.restoration_id, said.id)
        async with sides.db.system() as conn:
            named = await restoration.standing(conn)
        await self._end(sides.db, named)
        size = waiting[0].log_size
        return Settled(
            old_size=max(lost.size if lost else 0, size),
            new_size=size,
            lost_records=max(lost.size - size, 0) if lost else 0,
            shops=tuple(answers),
            differences=differences,
        )

    async def _end(self, db: Database, waiting: Sequence[Restoration]) -> None:
        """Sealed first: what waits goes on only once nobody can take back what was said."""
        ids = [each.record_id for each in waiting if each.record_id]
        async with db.system() as conn:
            await wait_sealed(conn, ids, _SEAL_S)
        async with db.system() as conn:
            await restoration.settle(conn, ids, self._clock.now())

    async def _lost(self, db: Database, waiting: Sequence[Restoration], notes: Sequence[str]) -> Head | None:
        """The newest head that was seen and is not in the log. The log itself has to be whole, and back."""
        keys = log_keys(key_file(self._settings))
        heads = [head_of(note, keys) for note in notes]
        async with db.system() as conn:
            report = await verify_live(conn, self._settings.audit_path, first_key(self._settings))
            if report.status == "tampered":
                raise Conflict(f"the audit log was tampered with: record {report.first_bad} {report.why}")
            size = await AuditStore(conn).size()
            for each in waiting:
                if size < each.log_size or (await root_at(conn, each.log_size)).hex() != each.log_root:
                    raise Conflict(
                        f"the log has not taken up its second sink: {size} of {each.log_size} records are in the "
                        "database. Start the appliance ('appliance up'), and look into the worker's log if it stays so"
                    )
            missing = [
                head for head in heads if head.size > size or (await root_at(conn, head.size)).hex() != head.root
            ]
        first = min(each.log_size for each in waiting)
        if forged := [head for head in missing if head.size <= first]:
            raise Conflict(
                f"the restored log does not contain the {forged[0].size} records that were seen signed: it is not the "
                "log that it was"
            )
        return max(missing, key=lambda head: head.size, default=None)

    async def _ask(self, sides: Sides, waiting: Sequence[Restoration]) -> tuple[list[Answers], int]:
        as_of = min(each.as_of for each in waiting)
        period = self._clock.now() - as_of
        answers, differences = [], 0
        for shop in await sides.asking.shops():
            answers.append(await sides.asking.ask(shop, as_of))
            report = await compared(sides.comparing, shop, 2 * period)
            if not (answers[-1].is_complete and report.is_complete):
                raise Unavailable(_silent(shop))
            differences += len(report.differences)
        return answers, differences


def _silent(shop: ShopId) -> str:
    return (
        f"the order system of {shop} does not answer, so nobody knows what was written there: nothing is settled. "
        "Bring it back, and call this again"
    )


def _in_numbers(answers: Sequence[Answers], differences: int) -> dict[str, str]:
    names = ("asked", "written", "unwritten", "unanswerable")
    found = {name: str(sum(getattr(each, name) for each in answers)) for name in names}
    lists = ("forgotten", "undone")
    found |= {name: str(sum(len(getattr(each, name)) for each in answers)) for name in lists}
    return {**found, "differences": str(differences), "order_systems": str(len(answers))}
