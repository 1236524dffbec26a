"""``appliance policy``: look at a policy pack before anybody relies on it, and at what it would change."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec

from appliance import config
from appliance.aftersales.cases import store
from appliance.aftersales.policy.cases import check_pack
from appliance.aftersales.policy.difference import difference
from appliance.aftersales.policy.dry_run import DryRun, Past, dry_run
from appliance.aftersales.policy.files import PackFiles
from appliance.aftersales.policy.pack import DEFAULT_PACK, PolicyPack, default_pack, in_force
from appliance.aftersales.policy.versions import Version, Versions
from appliance.cli.audit_log import record_deed
from appliance.cli.own_cluster import reachable
from appliance.cli.policy_report import difference_text, dry_run_json, dry_run_text, report_json, report_text
from appliance.clock import SHANGHAI, SystemClock
from appliance.config import Settings
from appliance.db import Database
from appliance.db.location import database_url
from appliance.errors import ConfigurationError
from appliance.identity.store import select_shop
from appliance.ids import ShopId
from appliance.joints.policies import PublishedPolicies
from security.audit.record import Category

_PERIOD = timedelta(days=90)


@click.group()
def policy() -> None:
    """Check a policy pack, compare two, try a draft on the past.

    Versions are published by two people: one proposes, another agrees (the staff API, under /shops/…/policies).
    """


@policy.command()
@click.argument("directory", type=click.Path(path_type=Path), default=DEFAULT_PACK)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def check(directory: Path, as_json: bool) -> None:
    """Load the pack in DIRECTORY (default: the one that ships) and run the cases beside its tables.

    Fails if a file does not parse, a case is not met, a row has no case, a flow has no table, or a table's last row
    does not fit everything.
    """
    report = check_pack(directory)
    click.echo(report_json(report) if as_json else report_text(report))
    if not report.is_good:
        raise SystemExit(1)


@policy.command()
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("draft", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the difference as JSON.")
def diff(base: Path, draft: Path, as_json: bool) -> None:
    """What the pack in DRAFT changes against the one in BASE.

    Constants, rows, and the cases beside either's tables to which the two say different things. To begin a draft, copy
    the pack that ships: `appliance policy copy DIRECTORY`.
    """
    found = difference(PackFiles.of(base), PackFiles.of(draft))
    click.echo(msgspec.json.encode(found).decode() if as_json else difference_text(found))


@policy.command()
@click.argument("directory", type=click.Path(path_type=Path))
def copy(directory: Path) -> None:
    """Write the pack that ships to DIRECTORY, to begin a draft with. It must not be there yet."""
    try:
        directory.mkdir(parents=True)
        for name, text in PackFiles.of(DEFAULT_PACK).as_text().items():
            (directory / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{directory}: cannot be written ({error.strerror}); choose a new directory") from None
    click.echo(f"{directory}: a copy of {default_pack().id}; give pack.json another version and effective_from")


@policy.command("dry-run")
@click.argument("draft", type=click.Path(path_type=Path))
@click.option("--shop", required=True, metavar="ID", help="Whose decisions.")
@click.option("--against", type=click.Path(path_type=Path), help="The pack to compare with. Default: the one in force.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day, Shanghai time. Default: 90 days ago.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day after the last. Default: now.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def try_draft(
    *,
    draft: Path,
    shop: str,
    against: Path | None,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
) -> None:
    """Decide anew, by the pack in DRAFT, what was decided; show the verdicts and the yuan that change, by name.

    Nothing is changed and nobody is told. What is kept of a past request names no person.
    """
    now = SystemClock().now()
    period = (_day(since) or now - _PERIOD, _day(until) or now)
    if period[0] >= period[1]:
        raise click.UsageError("the first day must lie before the end: give --since and --until another way round")
    found = asyncio.run(_dry_run(config.load(), PolicyPack.load(draft), ShopId(shop), against, period))
    click.echo(dry_run_json(found) if as_json else dry_run_text(found))


@policy.command()
@click.option("--shop", required=True, metavar="ID", help="Whose.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def versions(*, shop: str, as_json: bool) -> None:
    """What a shop has published, proposed, refused and recalled, and what is in force now."""
    found, now_in_force = asyncio.run(_versions(config.load(), ShopId(shop)))
    if as_json:
        click.echo(msgspec.json.encode({"in_force": now_in_force, "versions": found}).decode())
        return
    click.echo(f"in force: {now_in_force}")
    for version in found:
        click.echo(f"{version.state.value:<10} {version.policy:<40} from {version.effective_from.isoformat()}")


def _day(given: datetime | None) -> datetime | None:
    return given and given.replace(tzinfo=SHANGHAI).astimezone(UTC)


async def _dry_run(
    settings: Settings, draft: PolicyPack, shop: ShopId, against: Path | None, period: tuple[datetime, datetime]
) -> DryRun:
    since, until = period
    async with reachable(settings):
        db = await Database.open(database_url(settings), size=2, name="appliance-policy")
        try:
            await _check_shop(db, shop)
            base = PolicyPack.load(against) if against else await _in_force(db, shop)
            async with db.transaction(shop) as conn:
                past: list[Past] = [one async for one in store.past(conn, shop, since=since, until=until)]
            detail = {"shop": shop, "base": base.id, "draft": draft.id, "decisions": str(len(past))}
            async with db.system() as conn:
                await record_deed(conn, Category.POLICY, "policy.try", detail)
        finally:
            await db.close()
    return dry_run(base, draft, past)


async def _check_shop(db: Database, shop: ShopId) -> None:
    async with db.system() as conn:
        if await select_shop(conn, shop) is None:
            raise ConfigurationError(f"there is no shop {shop}; appliance shop list shows those there are")


async def _in_force(db: Database, shop: ShopId) -> PolicyPack:
    clock = SystemClock()
    packs = await PublishedPolicies(db, Versions(clock), default_pack()).of(shop)
    return in_force(packs, clock.now())


async def _versions(settings: Settings, shop: ShopId) -> tuple[list[Version], str]:
    async with reachable(settings):
        db = await Database.open(database_url(settings), size=2, name="appliance-policy")
        try:
            async with db.transaction(shop) as conn:
                found = await Versions(SystemClock()).versions(conn, shop)
            return found, (await _in_force(db, shop)).id
        finally:
            await db.close()
