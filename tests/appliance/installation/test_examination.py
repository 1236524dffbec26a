"""``appliance doctor`` from the console: a process of its own, one at a time."""

import asyncio
import json
import sys

import pytest

from appliance.errors import Conflict, Unavailable
from appliance.installation import examination
from appliance.installation.examination import Examination
from appliance.installation.model import Finding, Grade

FOUND = json.dumps([{"check": "disk", "grade": "wrong", "found": "3 MB free", "cure": "make room"}])


def saying(text: str, then: str = "") -> Examination:
    return Examination((sys.executable, "-c", f"import sys, time\nsys.stdout.write({text!r})\n{then}"))


async def test_what_is_wrong_is_found() -> None:
    found = await saying(FOUND, "sys.exit(1)").run()
    assert found == (Finding(check="disk", grade=Grade.WRONG, found="3 MB free", cure="make room"),)


async def test_an_examination_that_breaks_off_says_so() -> None:
    with pytest.raises(Unavailable, match="no settings"):
        await saying("", "sys.exit('no settings') if False else (sys.stderr.write('no settings'), sys.exit(2))").run()


async def test_one_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "LONGEST_S", 0.2)
    with pytest.raises(Unavailable, match="longer"):
        await saying("", "time.sleep(600)").run()


async def test_a_second_one_meanwhile_is_refused() -> None:
    doctor = saying(FOUND, "time.sleep(600)")
    first = asyncio.create_task(doctor.run())
    await asyncio.sleep(0)
    with pytest.raises(Conflict):
        await doctor.run()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
