"""Reconciliation put together: for the worker, for the staff API and for the command line."""

from appliance.aftersales.cases.port import AuditTrail, Delivery, Disclosure
from appliance.aftersales.cases.reconciliation import Reconciliation
from appliance.aftersales.cases.settlement import Settlements
from appliance.aftersales.messages.service import Guides
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.config import Settings
from appliance.db import Database
from appliance.joints.shop_systems import CaseSystems, ShopSystems
from appliance.joints.sms import has_gateway


def reconciliation(
    settings: Settings,
    db: Database,
    systems: ShopSystems,
    *,
    audit: AuditTrail,
    delivery: Delivery,
    disclosure: Disclosure,
    work: WorkOrders,
    clock: Clock,
) -> Reconciliation:
    settlements = Settlements(
        db=db,
        audit=audit,
        delivery=delivery,
        disclosure=disclosure,
        clock=clock,
        work=work,
        guides=Guides(clock) if has_gateway(settings) else None,
    )
    return Reconciliation(
        db=db, systems=CaseSystems(systems), audit=audit, settlements=settlements, clock=clock, work=work
    )
