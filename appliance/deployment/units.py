"""systemd units for a machine without containers: the supervisor as one service, each engine as another.

systemd keeps the supervisor, and the supervisor its processes: they share a socket, an order and a lock, which units of
their own would have to be taught again. Engines have users of their own, and reach nothing.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from appliance.config import Settings
from appliance.config_calls import Way
from appliance.deployment.reach import Reached
from appliance.deployment.text import TEMPLATES, filled
from appliance.errors import InvalidInput

_FOLDER: Final = TEMPLATES / "units"
STOP_S: Final = 120
"""Longer than the supervisor takes: everything in order, PostgreSQL last (60 s)."""
READY_S: Final = 600
"""The first start makes keys, database and tables; on a busy machine that takes minutes."""
RULES_FILE: Final = Path("/etc/aftersales-appliance/rules.nft")
_RULES: Final = "aftersales-egress.service"
_UNNAMEABLE: Final = re.compile(r"[^\w./+@:-]")
"""What systemd would read as the end of a word, a specifier or a variable."""
_LOOPBACK: Final = ("localhost",)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where things lie, and who runs them."""

    root: Path
    """The folder with ``.venv``, ``.venv-vllm`` and ``.venv-asr``."""
    state_dir: Path
    config_file: Path
    weights_dir: Path
    profile: str
    """Of models/catalog/profiles.toml."""
    user: str = "aftersales"
    engine_user: str = "aftersales-models"
    rules_file: Path = RULES_FILE
    nft: Path = Path("/usr/sbin/nft")
    has_rules: bool = True
    """Without them the product starts where nothing but its unit keeps it from leaving; engines do not start."""


def units(settings: Settings, reached: Sequence[Reached], place: Place) -> dict[str, str]:
    """File name to text. InvalidInput for a folder that a unit cannot name."""
    elsewhere = _elsewhere(settings, place)
    for folder in (place.root, place.state_dir, place.config_file, place.weights_dir, place.rules_file, *elsewhere):
        if odd := _UNNAMEABLE.search(str(folder)):
            raise InvalidInput(f"a unit of systemd cannot name {folder} because of {odd[0]!r}: choose another folder")
    return {
        path.name.removesuffix(".j2"): filled(
            f"units/{path.name}",
            place=place,
            allowed=" ".join(_allowed(settings, reached)),
            written=" ".join([str(place.state_dir), *(f"-{folder}" for folder in elsewhere)]),
            stop_s=STOP_S,
            ready_s=READY_S,
        )
        for path in sorted(_FOLDER.glob("*.j2"))
        if place.has_rules or path.name != f"{_RULES}.j2"
    }


def _elsewhere(settings: Settings, place: Place) -> list[Path]:
    """What the product writes outside its state directory: the log's second sink, what goes back to a second,
    nightly backups, call files and their drafts. One that is not there keeps no service from starting: the product says
    what it lacks."""
    named = [place.state_dir / settings.audit.segments_dir]
    if settings.upkeep.backup_dir:
        named.append(place.state_dir / settings.upkeep.backup_dir)
    if settings.backup.wal_dir:
        named.append(place.state_dir / settings.backup.wal_dir)
    if settings.outbound.enabled and settings.outbound.way is Way.CALL_FILE:
        named.append(Path(settings.outbound.spool).parent)
    return [folder for folder in named if not folder.is_relative_to(place.state_dir)]


def _allowed(settings: Settings, reached: Sequence[Reached]) -> list[str]:
    """Both ways: whom the product reaches, and who reaches it: the proxy on this machine, and switchboards."""
    switchboards = settings.voice.networks if settings.voice.enabled else ()
    addresses = sorted({str(address) for each in reached for address in each.addresses})
    return [*_LOOPBACK, *addresses, *switchboards, *_visitors(settings)]


def _visitors(settings: Settings) -> tuple[str, ...]:
    """Where web listens to more than this machine, whoever may come to it."""
    is_local = settings.web.host in ("127.0.0.1", "::1", "localhost")
    return () if is_local else settings.access.networks or ("any",)
