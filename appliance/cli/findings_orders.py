"""What ``appliance doctor`` asks the shops' order systems: whether each answers, believes us, fits, is quick and awake.

Reads of what nobody has, and nothing else; no value is shown.
"""

from datetime import timedelta

from appliance.aftersales.orders import connectors
from appliance.aftersales.orders.check import Asked, Report, check
from appliance.aftersales.orders.credentials import Credentials
from appliance.cli.findings_outcome import Outcome, Passing, listed, opened, passing, warning, well, wrong
from appliance.clock import Clock, SystemClock
from appliance.config import Settings
from appliance.errors import ApplianceError, ShopNotConnected
from appliance.identity.links import Links
from appliance.ids import ShopId
from appliance.installation import store
from appliance.installation.model import Grade
from appliance.joints.root_key import existing_root, is_made
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite

SLOW_MS = 3_000.0
"""A turn waits so long, and a customer with it."""
_SKEW_S = 60.0
_SOON = timedelta(days=30)


async def order_systems(settings: Settings) -> Outcome:
    clock = SystemClock()
    if not is_made(settings):
        return Grade.SKIPPED, "there is no root key yet", "start once: 'appliance up'"
    async with opened(settings) as db:
        async with db.system() as conn:
            shops = [each.shop for each in await store.shops(conn)]
        links = Links(db, KeyRing(existing_root(settings), Suite[settings.crypto.suite.name], clock))
        found = [(shop, await _asked(links, shop, clock)) for shop in shops]
    if not found:
        return Grade.SKIPPED, "there is no shop yet", "'appliance shop add', then 'appliance shop connect'"
    for grade in (Grade.WRONG, Grade.WARNING):
        bad = [(shop, outcome) for shop, outcome in found if outcome[0] is grade]
        if bad:
            (shop, (_, said, cure)), *others = bad
            found_all = f"{shop}: {said}" + (f" (and {len(others)} more shops)" if others else "")
            may_pass = all(isinstance(outcome, Passing) for _, outcome in bad)
            return passing(found_all, cure) if may_pass else (grade, found_all, cure)
    return well(f"{len(found)} answer, and fit their mappings")


async def _asked(links: Links, shop: ShopId, clock: Clock) -> Outcome:
    try:
        link = (await links.profile(shop)).link
    except ShopNotConnected as none:
        return warning(str(none), f"'appliance shop connect {shop}'; until then people do what the bot cannot")
    try:
        asked = Asked(base_url=link.base_url, credentials=Credentials(**link.credentials))
        return judged(shop, await check(connectors.load(link.mapping), asked, clock), clock)
    except ApplianceError as failed:
        return wrong(str(failed), f"mend what it names: 'appliance shop connect {shop}'")


def judged(shop: ShopId, report: Report, clock: Clock) -> Outcome:
    """The gravest of what was seen. What another machine does not answer now it may answer in a while."""
    for each in (each for each in report.tried if not each.is_good):
        cure = f"'appliance orders check' says more; a changed key: 'appliance shop connect {shop}'"
        return passing(f"{each.operation}: {each.detail}", cure)
    if report.clock_skew_s is not None and abs(report.clock_skew_s) > _SKEW_S:
        found = f"its clock is {report.clock_skew_s:+g} s from ours, and signed requests carry the time"
        return wrong(found, "let both keep time by the same server")
    if report.tls is not None and report.tls.valid_until - clock.now() < _SOON:
        until = f"{report.tls.valid_until:%Y-%m-%d}"
        return warning(f"its certificate ends on {until}", "tell who runs it: from then on nothing reaches it")
    if slow := [each.operation for each in report.timings if each.median_ms > SLOW_MS]:
        return warning(
            f"{listed(slow)} takes longer than {SLOW_MS / 1000:g} s", "tell who runs it; customers wait for it"
        )
    return well("it answers")
