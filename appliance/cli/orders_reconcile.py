"""``appliance orders reconcile``: compare again what the appliance wrote with what the order system has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

import click
import msgspec

from appliance import config
from appliance.aftersales.cases.asking import Asking
from appliance.aftersales.cases.differences import Gone, Noted
from appliance.aftersales.cases.reconciliation import Look, Reconciliation, Report
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.trail import SealedTrail
from appliance.aftersales.policy.pack import default_pack
from appliance.aftersales.policy.versions import Versions
from appliance.aftersales.work.service import WorkOrders
from appliance.cli.audit_log import operator
from appliance.cli.own_cluster import reachable
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.conversation.delivery import NoticeDelivery
from appliance.db import Database
from appliance.db.location import database_url
from appliance.identity.links import Links
from appliance.identity.model import shop_id_from
from appliance.ids import ShopId, uuid7
from appliance.joints.masking import PersonalData
from appliance.joints.people_desks import terms_of
from appliance.joints.policies import PublishedPolicies
from appliance.joints.reconciliation import reconciliation, settlements_of
from appliance.joints.root_key import existing_root
from appliance.joints.shop_systems import CaseSystems, ShopSystems
from appliance.joints.webhooks import WorkAnnouncements
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from security.pii.analyzer import Analyzer
from security.pii.vault import Vault


@click.command()
@click.argument("shop")
@click.option("--days", type=click.IntRange(1, 366), default=2, show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def reconcile(*, shop: str, days: int, as_json: bool) -> None:
    """Compare what was written for SHOP with what its order system has, also where that was compared before.

    The appliance does so by itself every five minutes, once for each write and every hour while its case is open. A
    difference becomes one work order, however often it is found; nothing is written to the order system.

    Exit code 0: both sides are equal; 1: differences stand, or the order system stopped answering.
    """
    report = asyncio.run(_reconcile(config.load(), shop_id_from(shop), timedelta(days=days)))
    click.echo(msgspec.json.encode(report).decode() if as_json else _as_text(report))
    if report.differences or not report.is_complete:
        raise SystemExit(1)


async def _reconcile(settings: Settings, shop: ShopId, period: timedelta) -> Report:
    async with reachable(settings), both_sides(settings) as sides:
        return await compared(sides.comparing, shop, period)


async def compared(comparing: Reconciliation, shop: ShopId, period: timedelta) -> Report:
    """All pages of it, also what was compared before."""
    look = Look(period=period, again=True, actor=operator())
    whole = await comparing.reconcile(shop, look)
    while whole.cursor is not None and whole.is_complete:
        page = await comparing.reconcile(shop, msgspec.structs.replace(look, cursor=whole.cursor))
        whole = _joined(whole, page)
    return whole


class Sides(NamedTuple):
    """What compares the appliance with the order systems."""

    db: Database
    comparing: Reconciliation
    asking: Asking


@asynccontextmanager
async def both_sides(settings: Settings) -> AsyncIterator[Sides]:
    clock = SystemClock()
    db = await Database.open(database_url(settings), size=2, name="appliance-reconcile")
    ring = KeyRing(existing_root(settings), Suite[settings.crypto.suite.name], clock)
    published = PublishedPolicies(db, Versions(clock), default_pack())
    systems = ShopSystems(Links(db, ring), published, clock, settings.orders)
    audit, delivery = SealedTrail(db), NoticeDelivery(ring, clock)
    terms = terms_of(settings.work)
    work = WorkOrders(audit=audit, news=delivery, announcements=WorkAnnouncements(), clock=clock, terms=terms)
    settlements = settlements_of(
        settings,
        db,
        audit=audit,
        delivery=delivery,
        disclosure=PersonalData(Analyzer(), Vault(clock, uuid7), ring),
        work=work,
        clock=clock,
    )
    cases = CaseService(audit=audit, delivery=delivery, clock=clock, work=work)
    try:
        yield Sides(
            db,
            reconciliation(db, systems, audit=audit, settlements=settlements, cases=cases, work=work, clock=clock),
            Asking(db, CaseSystems(systems), work, clock),
        )
    finally:
        await systems.aclose()
        await db.close()


def _joined(whole: Report, page: Report) -> Report:
    return Report(
        shop_id=whole.shop_id,
        compared=whole.compared + page.compared,
        settled=whole.settled + page.settled,
        differences=whole.differences + page.differences,
        gone=whole.gone + page.gone,
        is_complete=page.is_complete,
        cursor=page.cursor,
    )


def _as_text(report: Report) -> str:
    lines = [f"{report.shop_id}: {report.compared} writes compared, {report.settled} settled that a person had in hand"]
    lines += [f"{'NEW ' if each.is_new else 'OPEN'} {_line(each)}" for each in report.differences]
    lines += [f"gone {_line(each)}" for each in report.gone]
    if not report.is_complete:
        lines.append("the order system stopped answering: run it again once it does")
    elif not report.differences:
        lines.append("both sides say the same")
    return "\n".join(lines)


def _line(each: Noted | Gone) -> str:
    where = f"order {each.order_id}  operation {each.operation_id}"
    return f"{each.kind.value:<22} {where}  work order {each.work_order_id}"
