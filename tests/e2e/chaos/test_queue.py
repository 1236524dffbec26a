"""More turns than are served: whoever comes is told how long it takes and queues, and all are served in the end."""

from functools import partial

import pytest

from appliance.db import Database
from appliance.db.location import database_url
from appliance.evaluation.throwaway import throwaway
from appliance.evaluation.venue import Site
from appliance.installation.rungs import Rung
from tests.e2e.chaos.proxy import Fault, Proxy, address_of
from tests.e2e.chaos.trial import Crowd, rung_sign, tell

pytestmark = [pytest.mark.soak]

MANY = 12
_PATIENT_NO_MORE = "[conversation]\nqueue_after_s = 2\n"


async def test_when_turns_wait_long_whoever_comes_queues(capfd: pytest.CaptureFixture[str]) -> None:
    """They wait for an order system that hangs, before it is left alone."""
    async with throwaway(_PATIENT_NO_MORE) as place, Site.at(place.settings, place.status) as site:
        db = await Database.open(database_url(place.settings), size=2, name="reckoning")
        async with Proxy.before(address_of(place.order_system_url)) as proxy:
            crowd = await Crowd.of(site, db, MANY, proxy.url)
            sign = rung_sign(place.state_dir, Rung.QUEUE)
            row, visits = await crowd.tried(
                f"turns queue, {MANY}", partial(proxy.failing, Fault.HUNG), sign, hold_s=0.0
            )
            tell(capfd, [row])
            assert await crowd.wrong(visits) == []
        await db.close()
