"""The check that an auditor starts from the console, against an appliance that runs."""

from uuid import uuid4

import pytest

from appliance.app.core import Core
from appliance.app.web import VERIFY
from appliance.compliance.model import Checked, Verdict
from appliance.compliance.verification import Verification
from appliance.evaluation.throwaway import Throwaway
from security.access.model import Factor, Principal
from security.access.permissions import Role
from security.access.rights import fitting
from tests.e2e.conftest import Shop
from tests.security.access.world import HERE


@pytest.mark.control("P-29", "M-20")
async def test_the_log_of_a_running_appliance_is_whole(
    place: Throwaway, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    auditor = Principal(
        staff_id=uuid4(), session_id=uuid4(), rights=fitting([Role.AUDIT_ADMIN], []), factor=Factor.TOTP
    )
    async with shop.talk() as talk:
        await talk.return_the_lamp()
    async with Core.open(place.settings, "web", "") as core:
        said = [each async for each in Verification(core.db, core.deeds, VERIFY).begin(auditor, HERE)]
    *progress, verdict = said
    assert isinstance(verdict, Verdict)
    assert (verdict.status, verdict.why) == ("ok", "")
    assert progress[0] == Checked(records=0, of=progress[0].of)  # type: ignore[union-attr]
