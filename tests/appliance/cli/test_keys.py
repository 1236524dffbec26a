"""``appliance keys``: rotation of what the product really seals, audited step by step; shares of the root key."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner

from appliance.cli.keys import keys
from appliance.cli.main import main
from appliance.cli.sealed_columns import SEALED
from appliance.clock import SystemClock
from appliance.db import Database
from appliance.db.declarations import Protection, tables
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.shops import Shops
from appliance.ids import ShopId, uuid7
from security.access.model import Origin
from security.access.service import AccessControl
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from security.pii.mask import Entry, NewValue
from security.pii.model import PiiType
from security.pii.vault import Vault
from tests.security.audit.world import Log

pytestmark = pytest.mark.control("M-29")

KEYSTORE = {"shop_kek", "shop_index_key", "subject_dek"}
"""Wrapped keys: the outer layers."""


@pytest.fixture
def state_dir(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("APPLIANCE_CONFIG", raising=False)
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["keys", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.control("K2")
def test_every_column_declared_as_encrypted_is_sealed_again_by_a_renewal() -> None:
    declared = {
        (table.name, name)
        for table in tables().values()
        if not table.without_shop and table.name not in KEYSTORE
        for name, column in table.columns.items()
        if column.protected is Protection.ENCRYPTED
    }
    assert {(column.table, column.column) for column in SEALED} == declared


class House:
    """One shop with a secret and an order system, under keys in this state directory."""

    def __init__(self, url: str, state_dir: Path) -> None:
        self.url = url
        self.root = state_dir / "secrets" / "root.key"

    async def move_in(self) -> None:
        db = await Database.open(self.url, size=2, name="test")
        ring = self.ring()
        await Shops(db, ring, SystemClock()).create("north", "x")
        link = OrderSystemLink(mapping="demo", base_url="https://erp.example", credentials={"api_key": "the key"})
        await Links(db, ring).connect(ShopId("north"), link)
        await db.close()

    async def look(self) -> tuple[str, int]:
        db = await Database.open(self.url, size=2, name="test")
        profile = await Links(db, self.ring()).profile(ShopId("north"))
        secrets = (await Shops(db, self.ring(), SystemClock()).get(ShopId("north"))).secrets
        await db.close()
        return profile.link.credentials["api_key"], len(secrets)

    def ring(self) -> KeyRing:
        return KeyRing(FileRootKey(self.root), Suite.AES_256_GCM, SystemClock())


@pytest.fixture
def house(database_url: str, state_dir: Path) -> House:
    made = House(database_url, state_dir)
    asyncio.run(made.move_in())
    return made


@pytest.mark.control("K2")
def test_all_layers_rotate_and_everything_still_opens(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    before = asyncio.run(house.look())
    assert run("rotate", "--older-than-days", "0", "--json") == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["root_moved"], done["subjects_renewed"]) == (1, 1)
    assert done["fields_resealed"] == 1 + before[1]
    assert done["shops"] == {"north": 1}
    assert asyncio.run(house.look()) == before


def test_a_root_that_waits_for_its_grace_is_not_rotated_over(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rotate", "--layer", "root") == 0
    assert run("rotate", "--layer", "root", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["root_moved"] == 0
    assert FileRootKey(house.root).generations() == [1, 2]


async def copies(url: str) -> list[tuple[str, int]]:
    async with await psycopg.AsyncConnection.connect(url) as conn:
        await conn.execute("SET ROLE appliance_system")
        return await (await conn.execute("SELECT kind, generation FROM key_copy")).fetchall()


async def actions(url: str) -> list[str]:
    async with await psycopg.AsyncConnection.connect(url) as conn:
        await conn.execute("SET ROLE appliance_system")
        rows = await conn.execute(
            "SELECT action FROM (SELECT 0 AS place, seq AS number, action FROM audit_record "
            "UNION ALL SELECT 1, position, event ->> 'action' FROM audit_pending) AS said ORDER BY place, number"
        )
        return [action async for (action,) in rows if action.startswith("keys.")]


@pytest.mark.control("M-18")
def test_each_step_of_a_rotation_stands_in_the_log(house: House) -> None:
    run("rotate", "--layer", "shop")
    said = asyncio.run(actions(house.url))
    assert said == ["keys.rotation_started", "keys.rotation_advanced", "keys.rotation_finished"]


def test_the_key_of_the_staffs_digests_is_renewed_and_stands_in_the_log(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async def bootstrap() -> None:
        db = await Database.open(house.url, size=2, name="test")
        async with db.system() as conn:
            await AccessControl(house.ring(), SystemClock(), uuid7).installation.bootstrap(conn, Origin())
        await db.close()

    asyncio.run(bootstrap())
    assert run("rotate", "--layer", "index", "--json") == 0
    assert json.loads(capsys.readouterr().out)["digests_remade"] == 4
    said = asyncio.run(actions(house.url))
    assert said == ["keys.rotation_started", "keys.rotation_advanced", "keys.rotation_finished"]


def test_a_value_in_the_vault_is_sealed_again_too(house: House) -> None:
    shop, subject, conversation = "north", uuid4(), uuid4()

    async def put() -> None:
        db = await Database.open(house.url, size=2, name="test")
        async with db.transaction(ShopId(shop)) as conn:
            made = await house.ring().create_subject(conn, shop, subject)
            finding = _Finding()
            await Vault(SystemClock(), uuid7).put(conn, conversation, made, [NewValue(_ENTRY, finding)])  # type: ignore[arg-type]
        await db.close()

    async def get() -> str:
        db = await Database.open(house.url, size=2, name="test")
        async with db.transaction(ShopId(shop)) as conn:
            kept = await Vault(SystemClock(), uuid7).get(conn, shop, conversation, ["⟨手机1⟩"])
            opened = kept["⟨手机1⟩"].opened(await house.ring().keys(conn, shop, subject))
        await db.close()
        return opened

    asyncio.run(put())
    assert run("rotate", "--layer", "subject", "--older-than-days", "0") == 0
    assert asyncio.run(get()) == "13800138000"


class _Finding:
    value = normalised = "13800138000"


_ENTRY = Entry(PiiType.PHONE, "⟨手机1⟩", "0" * 64)


PASSPHRASES = ["correct horse battery", "staple staple staple", "third custodian's own"]


@pytest.mark.control("K2")
def test_two_of_three_shares_put_the_root_key_back(house: House, tmp_path: Path) -> None:
    before = asyncio.run(house.look())
    typed = "".join(f"{each}\n{each}\n" for each in PASSPHRASES)
    with Log(house.url, tmp_path).sealing_beside():
        split = CliRunner().invoke(keys, ["split", str(tmp_path / "shares")], input=typed)
    assert split.exit_code == 0, split.output
    files = sorted(str(path) for path in (tmp_path / "shares").iterdir())
    assert len(files) == 3
    house.root.unlink()
    typed = "".join(f"{each}\n" for each in PASSPHRASES[1:])
    joined = CliRunner().invoke(keys, ["join", *files[1:]], input=typed)
    assert joined.exit_code == 0, joined.output
    assert asyncio.run(house.look()) == before


@pytest.mark.control("M-18")
def test_splitting_the_root_key_stands_in_the_log(house: House, tmp_path: Path) -> None:
    typed = "".join(f"{each}\n{each}\n" for each in PASSPHRASES)
    with Log(house.url, tmp_path).sealing_beside():
        CliRunner().invoke(keys, ["split", str(tmp_path / "shares")], input=typed)
    assert asyncio.run(actions(house.url)) == ["keys.root_split", "keys.root_split"]
    assert asyncio.run(copies(house.url)) == [("shares", 1)]


@pytest.mark.control("M-18")
def test_no_key_is_written_out_while_the_log_seals_nothing(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = "".join(f"{each}\n{each}\n" for each in PASSPHRASES)
    assert CliRunner().invoke(keys, ["split", str(tmp_path / "shares")], input=typed).exit_code != 0
    assert run("save-epochs", str(tmp_path / "epochs")) == 1
    assert "is the appliance running?" in capsys.readouterr().err
    assert not (tmp_path / "shares").exists()
    assert not (tmp_path / "epochs").exists()


def test_a_wrong_passphrase_writes_nothing(house: House, tmp_path: Path) -> None:
    typed = "".join(f"{each}\n{each}\n" for each in PASSPHRASES)
    with Log(house.url, tmp_path).sealing_beside():
        CliRunner().invoke(keys, ["split", str(tmp_path / "shares")], input=typed)
    files = sorted(str(path) for path in (tmp_path / "shares").iterdir())
    target = tmp_path / "again.key"
    joined = CliRunner().invoke(keys, ["join", "--to", str(target), *files[:2]], input="wrong wrong wrong\nwrong too\n")
    assert joined.exit_code != 0
    assert not target.exists()


def test_without_a_root_key_it_says_so(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("split", str(state_dir / "shares")) == 2
    assert "first started" in capsys.readouterr().err


@pytest.mark.control("M-18")
def test_an_asked_change_of_the_logs_key_is_done_by_the_sealer(
    database_url: str, state_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = Log(database_url, state_dir)
    log.key_file = state_dir / "secrets" / "audit.key"
    log.succession = type(log.succession)(log.key_file)

    async def seal() -> None:
        await log.append(1)
        await log.seal_what_is_pending()

    asyncio.run(seal())
    with pytest.raises(SystemExit) as ended:
        main(["audit", "change-key"])
    assert ended.value.code == 0
    asyncio.run(seal())
    with pytest.raises(SystemExit) as ended:
        main(["audit", "verify", "--json"])
    assert ended.value.code == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["keys"] == log.keys
    assert len(log.keys) == 2
    sealed = {action for (action,) in asyncio.run(log.rows("SELECT action FROM audit_record"))}
    assert {"keys.audit_key_asked", "audit.key_changed"} <= sealed
