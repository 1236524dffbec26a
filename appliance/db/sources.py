"""Where migrations come from, in the order in which they run.

Ground (roles, protection), then each part of ``security``, then procrastinate's own, then the product's.
A file is ``NNNN_verb_noun.sql``; ``NNNN_verb_noun.toml`` beside it declares the tables (``declarations``).
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import procrastinate.schema

import security
from appliance.errors import ConfigurationError

_HERE = Path(__file__).parent
_NAME = re.compile(r"^(\d{4})_[a-z][a-z0-9]*(_[a-z0-9]+)+$")
_JOBS = "procrastinate"


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    package: str
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One numbering of its own."""

    name: str
    migrations: tuple[Migration, ...]
    baseline: str | None = None
    """For an empty database: the whole schema at once, in the place of all ``migrations``."""


def folders() -> dict[str, Path]:
    """The folders of ours that hold migrations, by package name, in order."""
    root = Path(security.__file__).parent
    parts = sorted(path.parent for path in root.glob("*/migrations") if path.is_dir())
    return {
        "ground": _HERE / "ground",
        **{f"security.{part.name}": part / "migrations" for part in parts},
        "appliance": _HERE / "migrations",
    }


def packages() -> list[Package]:
    ours = [Package(name=name, migrations=tuple(_read(name, folder))) for name, folder in folders().items()]
    return [*ours[:-1], _jobs(), ours[-1]]


def _read(package: str, folder: Path) -> Iterator[Migration]:
    numbers: dict[int, str] = {}
    for path in sorted(folder.glob("*.sql")):
        if not (matched := _NAME.match(path.stem)):
            raise ConfigurationError(f"{path}: a migration is named NNNN_verb_noun.sql")
        number = int(matched[1])
        if number in numbers:
            raise ConfigurationError(f"{path}: number {number:04d} is taken by {numbers[number]}")
        numbers[number] = path.name
        yield Migration(package=package, number=number, name=path.stem, sql=path.read_text(encoding="utf-8"))


def _jobs() -> Package:
    """Procrastinate ships the whole schema and the steps between versions: ``03.02.00_50_post_name.sql``."""
    steps = sorted(procrastinate.schema.migrations_path.glob("*.sql"))
    return Package(
        name=_JOBS,
        migrations=tuple(
            Migration(
                package=_JOBS,
                number=int(re.sub(r"\D", "", path.stem[:11])),
                name=path.stem,
                sql=path.read_text(encoding="utf-8"),
            )
            for path in steps
        ),
        baseline=procrastinate.schema.SchemaManager.get_schema(),
    )
