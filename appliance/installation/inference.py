"""The models at work: the compact one that ships, the language model of the settings, and the catalogue."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from appliance.config_understanding import LlmSettings
from appliance.errors import Conflict
from appliance.installation.secrets import without_secrets
from models.catalog import manifest
from models.catalog.cards import cards
from models.catalog.loading import load
from models.catalog.memory import least_gib
from models.catalog.model import Catalog, Model, Quantisation, Role
from models.compact.model import DEFAULT_DIRECTORY, manifest_of
from models.errors import ModelCorrupt, ModelError

Served = Callable[[], Awaitable[Sequence[str]]]


class FileHash(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    bytes: int
    sha256: str


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    labels: int
    accuracy: float
    """On examples of its corpus that it was not trained on; null where the training did not say."""


class CompactView(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    """At work in this process."""
    fingerprint: str
    """Of the corpus and code that the files were trained from."""
    trained_at: datetime
    tasks: tuple[TaskView, ...]
    files: tuple[FileHash, ...]


class LanguageView(msgspec.Struct, frozen=True, kw_only=True):
    is_set: bool
    url: str
    model: str
    """The name it is served under."""
    has_key: bool
    deadline_s: float
    at_once: int
    rephrases: bool
    is_resting: bool
    """Left alone for a moment by this process, because it failed again and again."""


class CatalogueView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    title: str
    role: Role
    licence: str
    parameters_b: float
    quantisation: Quantisation
    least_gib: float
    fits: bool | None
    """On the largest card of this machine; null where it has none."""
    revision: str
    """The commit of its source; empty where none was looked at."""
    profiles: tuple[str, ...]
    """That place it."""
    digest: str
    """Of the list of its files, where weights lie in the state directory; empty: there are none."""


class ModelsView(msgspec.Struct, frozen=True, kw_only=True):
    compact: CompactView
    language: LanguageView
    largest_card_gib: float | None
    catalogue: tuple[CatalogueView, ...]


class LanguageCheck(msgspec.Struct, frozen=True, kw_only=True):
    is_good: bool
    took_ms: float
    served: tuple[str, ...]
    trouble: str
    """The code of the failure; empty: it answered."""


class ModelDesk:
    def __init__(
        self,
        *,
        settings: LlmSettings,
        state_dir: Path,
        compact_version: str,
        served: Served | None,
        is_resting: Callable[[], bool],
    ) -> None:
        """``served``: asks the server for the names of its models; None where no language model is set."""
        self._settings = settings
        self._weights = state_dir / "weights"
        self._compact_version = compact_version
        self._served = served
        self._is_resting = is_resting

    async def look(self) -> ModelsView:
        return await asyncio.to_thread(self._look)

    async def check(self) -> LanguageCheck:
        """Asks the server now. Conflict where none is set."""
        if self._served is None:
            raise Conflict("no language model is set: name its server as llm.url in appliance.toml, and restart")
        began = time.perf_counter()
        served, trouble = tuple[str, ...](), ""
        try:
            served = tuple(await self._served())
        except ModelError as away:
            trouble = away.code
        took_ms = round((time.perf_counter() - began) * 1000, 1)
        return LanguageCheck(is_good=self._settings.model in served, took_ms=took_ms, served=served, trouble=trouble)

    def _look(self) -> ModelsView:
        catalog = load()
        largest = max((card.memory_gib for card in cards()), default=None)
        return ModelsView(
            compact=_compact(self._compact_version, DEFAULT_DIRECTORY),
            language=self._language(),
            largest_card_gib=largest,
            catalogue=tuple(self._listed(catalog, model, largest) for model in catalog.models.values()),
        )

    def _language(self) -> LanguageView:
        settings = self._settings
        return LanguageView(
            is_set=bool(settings.url),
            url=without_secrets(settings.url),
            model=settings.model,
            has_key=bool(settings.api_key_file),
            deadline_s=settings.deadline_s,
            at_once=settings.at_once,
            rephrases=settings.rephrase,
            is_resting=self._is_resting(),
        )

    def _listed(self, catalog: Catalog, model: Model, largest_gib: float | None) -> CatalogueView:
        least = least_gib(model)
        placed = (each.name for each in catalog.profiles.values() if any(p.model == model.name for p in each.place))
        return CatalogueView(
            name=model.name,
            title=model.title,
            role=model.role,
            licence=model.licence,
            parameters_b=model.parameters_b,
            quantisation=model.quantisation,
            least_gib=round(least, 1),
            fits=None if largest_gib is None else least <= largest_gib,
            revision=model.revision,
            profiles=tuple(placed),
            digest=_digest(self._weights / model.name),
        )


def _compact(version: str, folder: Path) -> CompactView:
    described = manifest_of(folder)
    files = tuple(hash_of(folder / name) for name in ("model.json", "weights.npz"))
    tasks = (
        TaskView(name=name, labels=len(task.labels), accuracy=task.held_out.accuracy)
        for name, task in described.tasks.items()
    )
    return CompactView(
        version=version,
        fingerprint=described.fingerprint,
        trained_at=datetime.fromtimestamp((folder / "weights.npz").stat().st_mtime, UTC),
        tasks=tuple(tasks),
        files=files,
    )


def hash_of(path: Path) -> FileHash:
    content = path.read_bytes()
    return FileHash(name=path.name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def _digest(folder: Path) -> str:
    try:
        return manifest.digest(folder)
    except (ModelCorrupt, OSError):
        return ""
