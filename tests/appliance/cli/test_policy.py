"""``appliance policy``: a draft begun, compared, tried on what was decided; and what a shop has published."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from appliance.aftersales.cases import store
from appliance.aftersales.policy.decide import evaluate
from appliance.aftersales.policy.pack import DEFAULT_PACK, default_pack
from appliance.cli.main import main
from appliance.clock import SystemClock
from appliance.db import Database
from appliance.identity.model import Shop
from appliance.identity.store import insert_shop
from appliance.ids import DecisionId, ShopId, uuid7
from models.commands import Reason
from security.audit.record import Category
from tests.appliance.aftersales.policy.asks import ask, order

SHOP = ShopId("shop-1")


@pytest.fixture
def state_dir(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("APPLIANCE_CONFIG", raising=False)
    asyncio.run(opened_shop(database_url))
    return tmp_path


async def opened_shop(database_url: str) -> None:
    db = await Database.open(database_url, size=1)
    try:
        async with db.transaction(SHOP) as conn:
            await insert_shop(conn, Shop(shop_id=SHOP, name="示范店", created_at=SystemClock().now()))
    finally:
        await db.close()


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """Twenty days for everybody."""
    folder = tmp_path / "draft"
    assert run("copy", str(folder)) == 0
    terms = json.loads((folder / "pack.json").read_text("utf-8"))
    terms |= {"version": "2", "window_days": {"normal": 20, "silver": 20, "gold": 20}}
    (folder / "pack.json").write_text(json.dumps(terms), "utf-8")
    return folder


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["policy", *arguments])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def decided(database_url: str, days: int, business_at: datetime | None = None) -> None:
    async def insert() -> None:
        db = await Database.open(database_url, size=1)
        now = SystemClock().now()
        of = order(delivered_at=now - timedelta(days=days), shipped_at=None, paid_at=now - timedelta(days=days + 2))
        asked = ask("return_refund", of, now=now, reason=Reason.SIZE)
        decision = evaluate(default_pack(), asked).decision
        values = store.decision_values(decision, DecisionId(uuid7()), business_at or now, asked)
        try:
            async with db.transaction(SHOP) as conn:
                where = {"shop": SHOP, "conversation_id": uuid4(), "now": now}
                await store.execute(conn, "insert_decision", where | values)
        finally:
            await db.close()

    asyncio.run(insert())


def recorded(database_url: str) -> list[str]:
    async def read() -> list[str]:
        db = await Database.open(database_url, size=1)
        try:
            async with db.system() as conn:
                statement = "SELECT event ->> 'action' FROM audit_pending WHERE event ->> 'cat' = %s"
                found = await conn.execute(statement, [Category.POLICY])
                return [row[0] for row in await found.fetchall()]
        finally:
            await db.close()

    return asyncio.run(read())


def test_a_copy_of_the_pack_that_ships_is_whole_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("copy", str(tmp_path / "mine")) == 0
    assert run("check", str(tmp_path / "mine")) == 0
    assert run("diff", str(DEFAULT_PACK), str(tmp_path / "mine"), "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rows"] == []
    assert run("copy", str(tmp_path / "mine")) == 2
    assert "choose a new directory" in capsys.readouterr().err


def test_diff_says_what_changes(draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("diff", str(DEFAULT_PACK), str(draft)) == 0
    said = capsys.readouterr().out
    assert 'window_days: {"normal": 7, "silver": 7, "gold": 15} -> {"normal": 20, "silver": 20, "gold": 20}' in said
    assert "rows\n  nothing" in said


@pytest.mark.usefixtures("state_dir")
def test_a_dry_run_shows_verdicts_and_yuan_by_name_and_is_recorded(
    database_url: str, draft: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for days in (3, 10, 40):
        decided(database_url, days)
    decided(database_url, 10, business_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert run("dry-run", str(draft), "--shop", SHOP) == 0
    said = capsys.readouterr().out
    assert "3 decisions compared, 1 end otherwise, +200.00 yuan in all" in said
    assert "order O-1, return_refund: refuse R11 0.00 -> approve R10 200.00, +200.00 yuan" in said
    assert run("dry-run", str(draft), "--shop", SHOP, "--json") == 0
    whole = json.loads(capsys.readouterr().out)
    assert (whole["more_fen"], len(whole["changed"]), whole["shifts"][0]["decisions"]) == (20000, 1, 1)
    assert recorded(database_url) == ["policy.try", "policy.try"]


@pytest.mark.usefixtures("state_dir")
def test_a_dry_run_of_a_time_without_decisions_says_so(draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dry-run", str(draft), "--shop", SHOP, "--since", "2019-01-01", "--until", "2019-02-01") == 0
    assert "0 decisions compared" in capsys.readouterr().out


@pytest.mark.usefixtures("state_dir")
@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("--shop", "nosuch"), "there is no shop nosuch"),
        (("--shop", SHOP, "--since", "2019-02-01", "--until", "2019-01-01"), "must lie before the end"),
        (("--shop", SHOP, "--since", "2019-02-01", "--until", "2019-02-01"), "must lie before the end"),
        (("--shop", SHOP, "--since", "2999-01-01"), "must lie before the end"),
    ],
)
def test_a_dry_run_over_nothing_is_no_all_clear(
    draft: Path, capsys: pytest.CaptureFixture[str], asked: tuple[str, ...], why: str
) -> None:
    assert run("dry-run", str(draft), *asked) != 0
    said = capsys.readouterr()
    assert why in said.err
    assert "compared" not in said.out


@pytest.mark.usefixtures("state_dir")
def test_the_pack_that_ships_is_in_force_where_nothing_was_published(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("versions", "--shop", SHOP) == 0
    assert capsys.readouterr().out == f"in force: {default_pack().id}\n"
