"""The declarations beside the migrations say exactly what the live catalog holds."""

from pathlib import Path

import psycopg
import pytest

from appliance.db import declarations
from appliance.db.declarations import PLAIN, Protection, tables
from appliance.errors import ConfigurationError

pytestmark = pytest.mark.control("P-01", "P-03", "M-16")

_DOCUMENT = {"jsonb", "json"}


@pytest.fixture
async def catalog(owner_url: str) -> dict[str, dict[str, str]]:
    """Type of each column of each table."""
    found: dict[str, dict[str, str]] = {}
    async with await psycopg.AsyncConnection.connect(owner_url) as conn:
        rows = await conn.execute(
            "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c "
            "JOIN information_schema.tables t USING (table_schema, table_name) "
            "WHERE t.table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        async for table, column, kind in rows:
            found.setdefault(table, {})[column] = kind
    return found


@pytest.mark.control("P-01")
async def test_every_table_and_column_is_declared_and_no_other(catalog: dict[str, dict[str, str]]) -> None:
    declared = {name: set(table.columns) for name, table in tables().items()}
    assert declared == {name: set(columns) for name, columns in catalog.items()}


async def test_every_table_has_its_shop_or_says_why_not(catalog: dict[str, dict[str, str]]) -> None:
    without = {name for name, columns in catalog.items() if "shop_id" not in columns}
    assert without == {name for name, table in tables().items() if table.without_shop}


@pytest.mark.control("M-16")
async def test_every_table_with_a_shop_is_under_forced_row_level_security(
    catalog: dict[str, dict[str, str]], owner_url: str
) -> None:
    async with await psycopg.AsyncConnection.connect(owner_url) as conn:
        rows = await conn.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        forced = {name async for (name,) in rows}
        policies = await conn.execute("SELECT tablename FROM pg_policies WHERE 'appliance_app' = ANY (roles)")
        guarded = {name async for (name,) in policies}
    of_shops = {name for name, columns in catalog.items() if "shop_id" in columns}
    assert of_shops - forced == set()
    assert of_shops - guarded == set()


async def test_every_shop_id_is_required(catalog: dict[str, dict[str, str]], owner_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(owner_url) as conn:
        rows = await conn.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'shop_id' AND is_nullable = 'YES'"
        )
        assert [name async for (name,) in rows if name in catalog] == []


@pytest.mark.control("P-01", "P-03")
def test_what_is_personal_is_protected() -> None:
    bare = [
        f"{table.name}.{name}"
        for table in tables().values()
        for name, column in table.columns.items()
        if column.personal and column.protected is Protection.NONE
    ]
    assert bare == []


@pytest.mark.control("P-01")
async def test_documents_say_what_they_hold(catalog: dict[str, dict[str, str]]) -> None:
    """``plain`` is for ids, numbers, times, hashes and closed words; a document is never that."""
    declared = tables()
    silent = [
        f"{table}.{column}"
        for table, columns in catalog.items()
        for column, kind in columns.items()
        if kind in _DOCUMENT and declared[table].columns[column] is PLAIN
    ]
    assert silent == []


LABELLED = '[thing]\npurpose = "p"\nretention = "r"\nlevel = "internal"\nplain = ["thing_id"]\n'


@pytest.mark.control("M-17")
@pytest.mark.parametrize(
    "files",
    [
        [LABELLED.replace('level = "internal"\n', "")],
        [LABELLED.replace("internal", "secret")],
        [LABELLED, '[thing]\nlevel = "public"\n'],
        [LABELLED, '[thing]\ncategories = ["money"]\n'],
    ],
    ids=["none", "unknown", "lowered", "recategorised"],
)
def test_a_table_has_one_label_from_where_it_is_made(
    files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"{number}.toml" for number in range(len(files))]
    for path, text in zip(paths, files, strict=True):
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(declarations, "_files", lambda: iter(paths))
    with pytest.raises(ConfigurationError, match=r"\.toml: "):
        tables()
