"""A switchboard is asked for one call, by call file or REST interface: the same call, and never half of one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from uuid import UUID

import pytest

from appliance.integrations.pbx.ari import Ari
from appliance.integrations.pbx.call_file import DRAFTS, CallFiles
from appliance.integrations.pbx.dial import Plan
from appliance.integrations.webhooks.sender import Sender
from appliance.outbound.model import Dial
from appliance.outbound.ports import NotPlaced
from tests.appliance.integrations.pbx.switchboards import ScriptedAri, serving

PLAN = Plan(
    dial_context="appliance-dial",
    answered="appliance-answered,s",
    caller_number="4008001234",
    prefix="9",
    ring_s=30,
)
ID = UUID("0193b1aa-0000-7000-8000-000000000001")
UNTIL = datetime(2026, 11, 21, 2, 0, 45, 900_000, tzinfo=UTC)
DIAL = Dial(attempt_id=ID, token="0123456789abcdef0123456789abcdef", number="13800138000", until=UNTIL)
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool" / "outgoing"
    folder.mkdir(parents=True)
    return folder


def inside(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def pairs(file: Path) -> list[tuple[str, str]]:
    """As the switchboard reads a call file: one key and value a line."""
    lines = file.read_text(encoding="ascii").splitlines()
    return [(key, value) for key, _, value in (line.partition(": ") for line in lines)]


async def test_a_call_file_says_whom_to_ring_and_what_comes_then(spool: Path) -> None:
    await CallFiles(spool, PLAN).place(DIAL)
    (file,) = inside(spool)
    assert file.name == f"{ID}.call"
    said = pairs(file)
    assert dict(said) | {"Setvar": ""} == {
        "Channel": "Local/913800138000@appliance-dial/n",
        "CallerID": "<4008001234>",
        "WaitTime": "35",
        "MaxRetries": "0",
        "Context": "appliance-answered",
        "Extension": "s",
        "Priority": "1",
        "Setvar": "",
        "Archive": "no",
    }
    assert sorted(value for key, value in said if key == "Setvar") == [
        "__APPLIANCE_NUMBER=13800138000",
        f"__APPLIANCE_OUTBOUND={DIAL.token}",
        "__APPLIANCE_RING=30",
        "__APPLIANCE_UNTIL=1795226445",
    ]


async def test_a_call_file_is_never_there_in_part(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is moved into the spool folder once it is whole and on disk."""
    seen: list[tuple[str, int]] = []
    rename = Path.rename

    def looking(self: Path, target: Path) -> Path:
        seen.append((self.parent.name, len(list(spool.iterdir()))))
        assert self.read_text().endswith("Archive: no\n")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", looking)
    await CallFiles(spool, PLAN).place(DIAL)
    assert seen == [(DRAFTS, 0)]
    assert list((spool.parent / DRAFTS).iterdir()) == []


async def test_a_call_file_that_came_too_late_is_taken_back(spool: Path) -> None:
    files = CallFiles(spool, PLAN)
    await files.place(DIAL)
    await files.take_back(ID)
    await files.take_back(ID)
    assert inside(spool) == []


async def test_a_spool_folder_that_is_not_there_is_said_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(NotPlaced, match=r"outbound\.spool"):
        await CallFiles(tmp_path / "nothing", PLAN).place(DIAL)


async def test_a_spool_folder_that_goes_away_places_nothing(spool: Path) -> None:
    files = CallFiles(spool, PLAN)
    await asyncio.to_thread(spool.rmdir)
    with pytest.raises(NotPlaced):
        await files.place(DIAL)


@pytest.mark.parametrize("number", ["138\nChannel: Local/999@x", "${EXEC(x)}", "1&SIP/2", ""])
async def test_nothing_but_digits_gets_into_a_dialplan(spool: Path, number: str) -> None:
    with pytest.raises(NotPlaced):
        await CallFiles(spool, PLAN).place(Dial(attempt_id=ID, token=DIAL.token, number=number, until=UNTIL))
    assert inside(spool) == []


@pytest.fixture
async def asterisk() -> ScriptedAri:
    return ScriptedAri()


@pytest.fixture
async def ari(asterisk: ScriptedAri) -> AsyncIterator[Ari]:
    async with serving(asterisk) as url:
        made = Ari(url, "appliance", "secret", PLAN, Sender(LOOPBACK, 5))
        yield made
        await made.aclose()


async def test_the_rest_interface_is_asked_for_the_same_call(ari: Ari, asterisk: ScriptedAri) -> None:
    await ari.place(DIAL)
    assert asterisk.channels == {
        str(ID): {
            "endpoint": "Local/913800138000@appliance-dial/n",
            "context": "appliance-answered",
            "extension": "s",
            "priority": "1",
            "timeout": "35",
            "channelId": str(ID),
            "callerId": "4008001234",
            "variables": {
                "__APPLIANCE_OUTBOUND": DIAL.token,
                "__APPLIANCE_NUMBER": "13800138000",
                "__APPLIANCE_RING": "30",
                "__APPLIANCE_UNTIL": "1795226445",
            },
        }
    }


async def test_asked_for_twice_it_is_made_once(ari: Ari, asterisk: ScriptedAri) -> None:
    await ari.place(DIAL)
    await ari.place(DIAL)
    assert len(asterisk.channels) == 1


async def test_too_late_it_is_hung_up(ari: Ari, asterisk: ScriptedAri) -> None:
    await ari.place(DIAL)
    await ari.take_back(ID)
    await ari.take_back(ID)
    assert asterisk.channels == {}


@pytest.mark.parametrize("status", [400, 403, 404, 412])
async def test_what_it_refuses_was_not_placed(ari: Ari, asterisk: ScriptedAri, status: int) -> None:
    asterisk.status = status
    with pytest.raises(NotPlaced, match=str(status)):
        await ari.place(DIAL)


async def test_what_fails_behind_it_may_have_been_placed(ari: Ari, asterisk: ScriptedAri) -> None:
    asterisk.status = 500
    await ari.place(DIAL)


async def test_a_wrong_password_places_nothing(asterisk: ScriptedAri) -> None:
    async with serving(asterisk) as url:
        made = Ari(url, "appliance", "wrong", PLAN, Sender(LOOPBACK, 5))
        with pytest.raises(NotPlaced, match="401"):
            await made.place(DIAL)
        await made.aclose()


async def test_outside_its_networks_nothing_is_asked() -> None:
    made = Ari("http://127.0.0.1:9/ari", "appliance", "secret", PLAN, Sender((ip_network("10.0.0.0/8"),), 5))
    with pytest.raises(NotPlaced, match="networks"):
        await made.place(DIAL)
    await made.aclose()


async def test_nobody_there_places_nothing() -> None:
    made = Ari("http://127.0.0.1:9/ari", "appliance", "secret", PLAN, Sender(LOOPBACK, 5))
    with pytest.raises(NotPlaced, match="reached"):
        await made.place(DIAL)
    await asyncio.wait_for(made.take_back(ID), 10)
    await made.aclose()
