"""``appliance diagnose`` from outside: what it tells of a conversation, and that looking leaves a record."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner, Result

from appliance.cli.main import appliance
from appliance.db import Database
from appliance.errors import InvalidInput, NotFound
from tests.appliance.conversation.stories import order_system_away, return_with_receipt
from tests.appliance.conversation.world import PHONE, Talk, World

Run = Callable[..., Any]


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    """Its root key lies where the command looks for it."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    return World(db, secrets)


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))

    async def run(talk: Talk | str, *words: str) -> Any:
        name = talk if isinstance(talk, str) else str(talk.conversation_id)

        def call() -> Result:
            return CliRunner().invoke(appliance, ["diagnose", name, *words], catch_exceptions=False)

        result = await asyncio.to_thread(call)
        assert result.exit_code == 0, result.output
        return json.loads(result.output) if "--json" in words else result.output

    return run


async def test_a_turn_is_told_from_what_was_heard_to_what_was_said(world: World, run: Run) -> None:
    told = await run(await return_with_receipt(world), "--turn", "2", "--json")
    (turn,) = told["turns"]
    assert turn["heard"] == ["我要退鞋子，尺码不合适"]
    assert turn["understanding"]["commands"][0]["flow"] == "return_refund"
    assert (turn["slots_before"], turn["slots_after"]["flow"]) == ({}, "return_refund")
    (decided,) = turn["decisions"]
    assert decided["verdict"] == "approve"
    assert decided["policy"].startswith("cn-retail/")
    assert decided["facts"]
    assert turn["awaiting"] == "confirm"
    stages = {"masking", "waited", "orders", "understanding", "policy", "words", "commit", "total"}
    assert stages <= set(turn["took_us"])


async def test_a_system_that_was_away_is_told(world: World, run: Run) -> None:
    told = await run(await order_system_away(world), "--json")
    assert "order_system.away" in {each["type"] for turn in told["turns"] for each in turn["read"]}


async def test_people_read_it_in_words_and_personal_values_stay_masked(world: World, run: Run) -> None:
    talk = await world.talk()
    await talk.say(f"我的电话是{PHONE}")
    await talk.say("我要退鞋子，尺码不合适")
    told = await run(talk)
    assert "顾客 heard: 我要退鞋子" in told
    assert "政策 policy: cn-retail/" in told
    assert "耗时 took: " in told
    assert "⟨手机" in told
    assert PHONE not in told


@pytest.mark.control("M-19")
async def test_whoever_looks_leaves_a_record(world: World, run: Run, database_url: str) -> None:
    talk = await return_with_receipt(world)
    await run(talk, "--json")
    with psycopg.connect(database_url) as conn:
        conn.execute("SET ROLE appliance_system")
        rows = conn.execute("SELECT event FROM audit_pending ORDER BY position").fetchall()
    (record,) = [event for (event,) in rows if event["action"] == "conversation.diagnosed"]
    assert record["object"] == {"type": "conversation", "id": str(talk.conversation_id)}
    assert (record["actor"]["id"], record["outcome"]) == ("command-line", "success")


async def test_a_turn_or_a_conversation_that_is_not_there_is_said(world: World, run: Run) -> None:
    talk = await return_with_receipt(world)
    with pytest.raises(InvalidInput, match="there is no turn 99"):
        await run(talk, "--turn", "99")
    with pytest.raises(NotFound, match="no such conversation"):
        await run(str(uuid4()))
