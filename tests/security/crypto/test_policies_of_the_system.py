"""What is for all shops is for the role that was taken on, and not for an owner who merely holds it."""

from typing import Any

import psycopg
import pytest

pytestmark = pytest.mark.control("M-16")

TABLES = {"audit_pending", "audit_record", "shop_kek", "shop_index_key", "subject_dek", "vault_value"}


@pytest.fixture
async def policies(database_url: str) -> dict[str, tuple[Any, ...]]:
    async with await psycopg.AsyncConnection.connect(database_url) as conn:
        rows = await conn.execute(
            "SELECT tablename, qual, with_check FROM pg_policies "
            "WHERE policyname = 'all_shops' AND schemaname = 'public'"
        )
        return {table: (using, check) async for table, using, check in rows}


async def test_no_policy_of_the_system_lets_in_whoever_holds_the_role(policies: dict[str, tuple[Any, ...]]) -> None:
    assert policies.keys() >= TABLES
    open_to_all = [table for table, conditions in policies.items() if "true" in conditions]
    assert open_to_all == []
    assert all("CURRENT_USER" in condition for conditions in policies.values() for condition in conditions)
