"""``appliance admin`` from outside: four tokens once, no default password, and a second person's token for a reset."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from appliance.cli.main import appliance
from appliance.errors import Conflict, InvalidInput, NotFound
from security.access.once import Purpose
from security.access.permissions import Role
from tests.security.access.world import HERE, World
from tests.security.audit.world import Log

Run = Callable[..., Any]


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs ``appliance admin …`` beside a sealer; parses what it prints if it is JSON."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))

    def run(*words: str, given: str | None = None) -> Any:
        result: Result = CliRunner().invoke(appliance, ["admin", *words], input=given, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.output) if "--json" in words else result.output

    with Log(database_url, tmp_path).sealing_beside():
        yield run


@pytest.mark.control("M-14")
def test_the_first_four_tokens_are_printed_once(run: Run) -> None:
    made = run("bootstrap", "--json")
    assert [each["role"] for each in made] == ["sys_admin", "audit_admin", "sec_admin", "sec_admin"]
    assert len({each["token"] for each in made}) == 4
    with pytest.raises(Conflict):
        run("bootstrap")
    listed = run("list", "--json")
    assert [(each["login"], each["state"]) for each in listed] == [(None, "invited")] * 4
    assert not any(each["token"] in json.dumps(listed) for each in made)


def test_people_read_lines(run: Run) -> None:
    assert run("bootstrap").startswith("Hand each token to its person")
    assert run("list").count("(not set up)") == 4
    assert run("bootstrap", "--reissue").count("sec_admin") == 2


@pytest.mark.control("M-15")
def test_a_reset_needs_a_second_persons_token(run: Run, database_url: str, tmp_path: Path) -> None:
    async def approve(purpose: Purpose) -> str:
        """The same installation, seen from inside."""
        world = World(database_url, tmp_path / "secrets")
        world.clock.at = datetime.now(UTC)
        staff = await world.first_four()
        sec, about = (await staff["sec.sun"].log_in()).principal, staff["sys.zhao"].staff_id
        issued = await world.do(lambda conn: world.access.changes.issue_approval(conn, sec, purpose, about, HERE))
        await world.close()
        return issued.token

    token = asyncio.run(approve(Purpose.RESET_SECOND_FACTOR))
    words = ("reset-second-factor", "sys.zhao", "--token-file", "-")
    with pytest.raises(InvalidInput, match="unknown, used or too old"):
        run(*words, given="not-a-token")
    with pytest.raises(Conflict, match="another account"):
        run("reset-second-factor", "audit.qian", "--token-file", "-", given=token)
    assert "sets up one account" in run(*words, given=f"{token}\n")
    with pytest.raises(InvalidInput):
        run(*words, given=token)
    assert {each["login"]: each["state"] for each in run("list", "--json")}["sys.zhao"] == "invited"


@pytest.mark.control("M-18", "M-40")
def test_every_change_leaves_its_record(run: Run, database_url: str, tmp_path: Path) -> None:
    async def first_four() -> str:
        world = World(database_url, tmp_path / "secrets")
        world.clock.at = datetime.now(UTC)
        staff = await world.first_four()
        sec, about = (await staff["sec.sun"].log_in()).principal, staff["sys.zhao"].staff_id
        issued = await world.do(
            lambda conn: world.access.changes.issue_approval(conn, sec, Purpose.RESET_SECOND_FACTOR, about, HERE)
        )
        await world.close()
        return issued.token

    token = asyncio.run(first_four())
    run("reset-second-factor", "sys.zhao", "--token-file", "-", given=token)
    run("disable", "sec.li")

    assert _by_the_machine(database_url)[1:] == [("change.apply", "success"), ("change.apply", "success")]


@pytest.mark.control("M-15")
def test_the_list_says_whom_one_administrator_appointed_alone(run: Run, database_url: str, tmp_path: Path) -> None:
    async def appoint() -> None:
        world = World(database_url, tmp_path / "secrets")
        world.clock.at = datetime.now(UTC)
        staff = await world.first_four()
        sec = (await staff["sec.sun"].log_in()).principal
        await world.appoint(sec, "agent.zheng", Role.AGENT)
        await world.confirm_all((await staff["audit.qian"].log_in()).principal)
        await world.appoint(sec, "agent.zhou", Role.AGENT)
        await world.close()

    asyncio.run(appoint())
    listed = {each["login"]: each["is_unconfirmed"] for each in run("list", "--json")}
    assert [login for login, is_unconfirmed in listed.items() if is_unconfirmed] == ["agent.zhou"]
    assert run("list").count("another security or audit administrator confirms it before going live") == 1


@pytest.mark.control("K5", "M-18")
def test_the_first_accounts_are_of_three_kinds_and_leave_their_record(run: Run, database_url: str) -> None:
    made = run("bootstrap", "--json")
    assert {each["role"] for each in made} == {"sys_admin", "sec_admin", "audit_admin"}
    assert _by_the_machine(database_url) == [("access.bootstrap", "success")]


RECORDS = """
SELECT event FROM (
    SELECT 0 AS place, seq AS number, convert_from(raw, 'UTF8')::jsonb AS event FROM audit_record
    UNION ALL SELECT 1, position, event FROM audit_pending
) AS records ORDER BY place, number
"""
"""Sealed already or not yet."""


def _by_the_machine(database_url: str) -> list[tuple[str, str]]:
    with psycopg.connect(database_url) as conn:
        conn.execute("SET ROLE appliance_system")
        events = [event for (event,) in conn.execute(RECORDS)]
    return [(e["action"], e["outcome"]) for e in events if e["actor"]["id"] == "command-line" and e["kind"] != "intent"]


def test_disabling_names_the_account(run: Run) -> None:
    run("bootstrap")
    with pytest.raises(NotFound):
        run("disable", "nobody.here")


def test_every_command_says_what_it_does(run: Run) -> None:
    for command in ("bootstrap", "list", "disable", "reset-second-factor"):
        assert "Usage: " in run(command, "--help")
