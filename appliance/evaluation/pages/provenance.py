"""What a report says of its making: when, with which version, models and suites, on which machine."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from appliance.evaluation.bench.model import machine
from models.compact.model import CompactModel

Facts = tuple[tuple[str, str], ...]
_SHOWN = 16


def facts(suites: Sequence[Path], models: Facts, at: datetime) -> Facts:
    return (
        ("made_at", at.isoformat(timespec="seconds")),
        ("version", version("aftersales-appliance")),
        *models,
        *(("suite", f"{suite.name} sha256:{_hash(_files(suite))}") for suite in suites),
        *((key, str(value)) for key, value in machine().items()),
    )


def compact(model: CompactModel, directory: Path) -> Facts:
    return (
        ("compact", f"{model.version} sha256:{_hash(sorted(each for each in directory.iterdir() if each.is_file()))}"),
    )


def language_model(name: str, url: str) -> Facts:
    """A server does not say which weights it holds: those are hashed by ``appliance models verify``."""
    return (("llm", f"{name} @ {url}"),)


def _files(suite: Path) -> Iterator[Path]:
    if suite.is_file():
        yield suite
        return
    yield from sorted(each for each in suite.rglob("*") if each.suffix in {".jsonl", ".yaml", ".yml"})


def _hash(files: Iterable[Path]) -> str:
    digest = sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:_SHOWN]
