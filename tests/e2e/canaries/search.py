"""Looks for values in clear in everything that an appliance keeps: all files of its state directory, all its tables."""

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from appliance.config import Settings
from appliance.db.embedded import Cluster
from appliance.db.location import database_url

ANOTHERS = "order-system"
"""The demo shop's own folder lies in the same directory, and keeps its customers in clear as every shop does."""
_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'S')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
"""
_HEX = re.compile(rb"\\\\x((?:[0-9a-f]{2})+)")


def spellings(values: Iterable[str]) -> set[str]:
    """As it is; as JSON writes it; as a URL writes it; as hexadecimal bytes; as psql escapes bytes."""
    found = set()
    for value in values:
        octal = "".join(f"\\{byte:03o}" if byte > 127 else chr(byte) for byte in value.encode())
        json = value.encode("ascii", "backslashreplace").decode()
        found |= {value, json, quote(value), value.encode().hex(), octal}
    return found


def found_in(folder: Path, values: Iterable[str], scratch: Path) -> list[str]:
    """File and what stands in it, for each place."""
    needles = scratch / "needles"
    needles.write_text("".join(f"{each}\n" for each in sorted(spellings(values))), encoding="utf-8")
    command = ["grep", "-raoFs", "-D", "skip", "-f", str(needles), f"--exclude-dir={ANOTHERS}", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"})
    return sorted(set(done.stdout.decode(errors="replace").splitlines()))


class Kept:
    """A running appliance's state directory and database, as whoever holds the machine sees them."""

    def __init__(self, state: Path, database: str, superuser_url: str) -> None:
        self.state = state
        self._database = database
        self._url = superuser_url

    @classmethod
    def of(cls, settings: Settings) -> "Kept":
        cluster = Cluster(settings.state_path)
        name = str(psycopg.conninfo.conninfo_to_dict(database_url(settings))["dbname"])
        return cls(settings.state_path, name, cluster.superuser_url(name))

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self._url, autocommit=True)

    def places_with(self, values: Iterable[str], scratch: Path) -> list[str]:
        """After a checkpoint, so that pages in memory are on the disk too."""
        tables = scratch / "tables"
        tables.mkdir(exist_ok=True)
        with self.connect() as conn:
            for schema, name in conn.execute(_TABLES).fetchall():
                (tables / f"{schema}.{name}").write_bytes(_rows(conn, str(schema), str(name)))
            conn.execute("CHECKPOINT")
        values = list(values)
        return found_in(self.state, values, scratch) + found_in(tables, values, scratch)


def _rows(conn: "psycopg.Connection[tuple[object, ...]]", schema: str, name: str) -> bytes:
    """As text, and whatever bytes it holds as they are."""
    statement = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(sql.Identifier(schema, name))
    with conn.cursor().copy(statement) as copy:
        text = b"".join(bytes(block) for block in copy)
    return text + b"\n" + b"\n".join(bytes.fromhex(found.decode()) for found in _HEX.findall(text))
