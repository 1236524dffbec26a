"""Reconciliation and the ends of operations put together: for the worker, the staff API and the command line."""

from appliance.aftersales.cases.port import AuditTrail, Delivery, Disclosure
from appliance.aftersales.cases.reconciliation import Reconciliation
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.settlement import Settlements
from appliance.aftersales.messages.service import Guides
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.config import Settings
from appliance.db import Database
from appliance.joints.shop_systems import CaseSystems, ShopSystems
from appliance.joints.sms import has_gateway


def settlements_of(
    settings: Settings,
    db: Database,
    *,
    audit: AuditTrail,
    delivery: Delivery,
    disclosure: Disclosure,
    work: WorkOrders,
    clock: Clock,
) -> Settlements:
    return Settlements(
        db=db,
        audit=audit,
        delivery=delivery,
        disclosure=disclosure,
        clock=clock,
        work=work,
        guides=Guides(clock) if has_gateway(settings) else None,
    )


def reconciliation(
    db: Database,
    systems: ShopSystems,
    *,
    audit: AuditTrail,
    settlements: Settlements,
    cases: CaseService,
    work: WorkOrders,
    clock: Clock,
) -> Reconciliation:
    return Reconciliation(
        db=db,
        systems=CaseSystems(systems),
        audit=audit,
        settlements=settlements,
        cases=cases,
        clock=clock,
        work=work,
    )
