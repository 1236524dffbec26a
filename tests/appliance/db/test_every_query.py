"""Every statement of the product, prepared on the PostgreSQL that ships and on the oldest that may be named.

What a customer or a member of the staff asks over HTTP runs on the oldest in a soak only: that one of its statements is
not understood there is found here, each time.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psycopg
import pytest

from appliance.db import Queries
from tests.conftest import Databases
from tests.servers import Server

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).parents[3]
FILES: Final = sorted(
    path.relative_to(ROOT)
    for part in ("appliance", "security")
    for path in (ROOT / part).rglob("*.sql")
    if path.parent.name not in {"migrations", "ground", "order_system"}
)
_PARAMETER: Final = re.compile(r"%\((\w+)\)[sbt]")


def _preparable(statement: str) -> str:
    """With ``$1`` for a name wherever it stands, as the driver sends it."""
    numbers: dict[str, int] = {}
    numbered = _PARAMETER.sub(lambda found: f"${numbers.setdefault(found[1], len(numbers) + 1)}", statement)
    return numbered.replace("%%", "%")


def _understood(server: Server, databases: Databases) -> dict[str, str]:
    """Of each statement its columns, or the error that it is answered with: one that cannot be prepared fails alike."""
    name = databases.take()
    found: dict[str, str] = {}
    with psycopg.connect(server.owner_url(name), autocommit=True) as conn:
        for path in FILES:
            blocks = Queries(ROOT / path)
            for block in blocks:
                prepared = conn.pgconn.prepare(b"", _preparable(blocks[block]).encode())
                described = conn.pgconn.describe_prepared(b"")
                found[f"{path}:{block}"] = (
                    (prepared.error_field(psycopg.pq.DiagnosticField.SQLSTATE) or b"").decode()
                    or str([(described.fname(i), described.ftype(i)) for i in range(described.nfields)])
                )  # fmt: skip
    databases.give_back(name)
    return found


def test_each_is_understood_by_both_alike(
    open_server: Callable[[str], Server], migrate_on: Callable[[Server], Databases]
) -> None:
    servers = (open_server(which) for which in ("shipped", "oldest"))
    shipped, oldest = (_understood(server, migrate_on(server)) for server in servers)
    assert {name: oldest[name] for name in shipped if oldest[name] != shipped[name]} == {}
    assert sum(said.startswith("[") for said in shipped.values()) > 0.9 * len(shipped)
