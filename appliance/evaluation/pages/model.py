"""What a report page holds, whatever was scored. Titles and headings are keys of ``words.toml``."""

import msgspec


class Table(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]
    """A float is a share of one."""


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Counts by what was expected (rows) and what was given (columns)."""

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    cases: int
    confidence: float
    """The mean of what was said."""
    right: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    cases: int
    ece: float
    bins: tuple[Bin, ...]


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """``texts`` are what was said; ``lines`` what was expected and what came: key of ``words.toml`` and words."""

    id: str
    texts: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Against an earlier run of the same cases."""

    became_right: tuple[str, ...]
    became_wrong: tuple[str, ...]
    p: float
    """McNemar's exact test: how likely so uneven a change is by chance."""
    figures: tuple[tuple[str, float, float], ...]
    """Name, before, after; those that changed."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    headline: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    failures: tuple[Failed, ...]
    slowest: tuple[tuple[str, float], ...]
    """Id of the case, milliseconds."""
    matrix: Matrix | None = None
    calibrations: tuple[Calibration, ...] = ()
