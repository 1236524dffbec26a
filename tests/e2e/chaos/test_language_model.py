"""Language models that are killed, hang, drip or answer nonsense: customers are served as well without them."""

from functools import partial

import pytest

from appliance.db import Database
from appliance.installation.rungs import Rung
from tests.e2e.chaos.conftest import Place
from tests.e2e.chaos.proxy import Fault
from tests.e2e.chaos.trial import Crowd, rung_sign, tell

pytestmark = [pytest.mark.soak, pytest.mark.asyncio(loop_scope="session")]

MANY = 12
HOLD_S = 4.0
NO_RUNG = frozenset({Fault.SLOWED})
"""It is late, and answers."""


@pytest.mark.parametrize("rung", [Rung.SMALLER_MODEL, Rung.COMPACT_MODEL])
@pytest.mark.parametrize("fault", Fault)
async def test_with_a_crowd_each_fault_is_done_without(
    fault: Fault, rung: Rung, place: Place, db: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    sign = None if fault in NO_RUNG else rung_sign(place.state_dir, rung)
    crowd = await Crowd.of(place.site, db, MANY)
    what, failing = (
        ("language model", place.models.first.failing)
        if rung is Rung.SMALLER_MODEL
        else ("both language models", place.models.failing)
    )
    row, visits = await crowd.tried(f"{what} {fault}, {MANY}", partial(failing, fault), sign, hold_s=HOLD_S)
    tell(capfd, [row])
    assert await crowd.wrong(visits) == []
