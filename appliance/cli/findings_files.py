"""What ``appliance doctor`` looks at in files: who may read them, what settings name, certificates, what was built."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from appliance.channels.staff.console import BUILT
from appliance.cli.findings_outcome import Outcome, listed, warning, well, wrong
from appliance.clock import SystemClock
from appliance.config import Settings, file_of
from appliance.errors import NotFound
from appliance.installation.certificates import Certificates, Trouble, troubles_of
from appliance.installation.model import Grade
from appliance.web.tls import pair_of
from models.compact import fingerprint
from models.compact.model import DEFAULT_DIRECTORY, CompactModel, manifest_of
from models.errors import ModelCorrupt
from security.pii.analyzer import Analyzer
from security.pii.model import PiiType

_SECRET = ("password_file", "pin_file", "key_file", "secret_file", "token_file", "forward_certificate")
"""Endings of settings whose file is for its owner alone."""
_FILES = ("_file", "_library", "_python", "forward_authority", "forward_certificate")
_PROBES = {
    PiiType.NAME: "我叫欧阳建国，麻烦你查一下",
    PiiType.PHONE: "我的手机号是13800138000",
    PiiType.ADDRESS: "寄到浙江省杭州市西湖区文三路100号5幢302室",
    PiiType.ID_CARD: "身份证号11010519491231002X",
}
"""Invented; each is found as its type or the lists that finding rests on are not whole."""


async def state_dir(settings: Settings) -> Outcome:
    if not settings.state_path.is_dir():
        return Grade.SKIPPED, f"{settings.state_path} is not there yet", "start once: 'appliance up'"
    for problem, cure in _loose_ends(settings):
        return wrong(problem, cure)
    return well(f"{settings.state_path} is closed to others")


def _loose_ends(settings: Settings) -> Iterator[tuple[str, str]]:
    folder = settings.state_path
    found = folder.stat()
    is_lent_by_root = found.st_uid == 0 and found.st_mode & stat.S_ISVTX
    if found.st_uid != os.geteuid() and not is_lent_by_root:
        yield f"{folder} belongs to user {found.st_uid}", f"run as that user, or give it back: chown -R <you> {folder}"
    if found.st_mode & stat.S_IWOTH:
        yield f"everybody may write to {folder}", f"chmod o-w {folder}"
    secrets = folder / "secrets"
    for path in sorted(secrets.iterdir()) if secrets.is_dir() else ():
        if path.stat().st_mode & 0o077:
            yield f"others may read {path}", f"chmod 600 {path}, and change that secret"


async def settings_file(settings: Settings) -> Outcome:
    """Where it can be changed by others, so can the order system that money is refunded through."""
    path = file_of()
    if not path.is_file():
        return Grade.SKIPPED, f"there is no {path}: every setting is the one that ships", "nothing is to be done"
    if path.stat().st_mode & stat.S_IWOTH:
        return wrong(f"others may write to {path}", f"chmod go-w {path}, and read through what it says")
    if settings.web.host not in ("127.0.0.1", "::1", "localhost") and not settings.web.certificate_file:
        found = f"{settings.web.host} is not this machine alone, and the web processes speak without TLS"
        return warning(found, "set web.certificate_file and web.key_file, or let a proxy with TLS stand before it")
    return well(f"{path} is for its owner to write")


async def named_files(settings: Settings) -> Outcome:
    """Every file that a setting names is there, can be read, and is not open to others where it holds a secret."""
    named = dict(_named(settings))
    for setting, path in named.items():
        if not path.exists():
            return wrong(f"{setting} names {path}, which is not there", f"put it there, or empty {setting}")
        if not os.access(path, os.R_OK):
            return wrong(f"{setting} names {path}, which cannot be read", f"let this user read it, or empty {setting}")
        if setting.endswith(_SECRET) and path.is_file() and path.stat().st_mode & 0o077:
            return wrong(f"{setting} names {path}, which others may read", f"chmod 600 {path}, and change that secret")
    return well(f"{len(named)} files are named, and all are there" if named else "no setting names a file")


def _named(settings: Settings) -> Iterator[tuple[str, Path]]:
    for section in settings.__struct_fields__:
        part = getattr(settings, section)
        if not isinstance(part, msgspec.Struct):
            continue
        for name in part.__struct_fields__:
            value = getattr(part, name)
            if name.endswith(_FILES) and isinstance(value, str) and value:
                yield f"{section}.{name}", Path(value)


async def certificates(settings: Settings) -> Outcome:
    """Those that this installation issued, and the one that the web processes show."""
    now = SystemClock().now()
    kept = Certificates(settings.state_path)
    found = list(kept.troubles(now))
    own = pair_of(settings.web)
    if own is not None:
        found += troubles_of(*own, now)
    worst = next((each for each in found if each.is_over), found[0] if found else None)
    if worst is not None:
        return _certificate(worst)
    try:
        issued = kept.list(now)
    except NotFound:
        issued = []
    if not issued and own is None:
        cure = "'appliance certificates issue NAME' makes one for a proxy, for PostgreSQL, or for web itself"
        return Grade.SKIPPED, "none was issued here, and web has none", cure
    until = min([each.ends_at for each in issued], default=datetime.max.replace(tzinfo=UTC))
    return well(f"{len(issued)} issued here" + (f", the first until {until:%Y-%m-%d}" if issued else ""))


def _certificate(trouble: Trouble) -> Outcome:
    return (Grade.WRONG if trouble.is_over else Grade.WARNING), trouble.found, trouble.cure


async def console(_: Settings) -> Outcome:
    page = BUILT / "index.html"
    if not page.is_file():
        return wrong(f"{page} is not there: the console was not built", "run ./install.sh again, which builds it")
    text = page.read_text(encoding="utf-8")
    missing = [name for name in _assets(text) if not (BUILT / name).is_file()]
    if missing:
        return wrong(f"the console's page names {listed(missing)}, which is not there", "run ./install.sh again")
    return well("its pages are there")


def _assets(page: str) -> list[str]:
    parts = page.split('"')
    return [each.partition("/console/")[2] for each in parts if "/console/assets/" in each]


async def compact_model(_: Settings) -> Outcome:
    cure = "train it again: 'python -m models.compact.train', or run ./install.sh again"
    try:
        model = CompactModel.load(DEFAULT_DIRECTORY)
    except ModelCorrupt as corrupt:
        return wrong(str(corrupt), cure)
    if manifest_of(DEFAULT_DIRECTORY).product != fingerprint.of_product():
        return warning("it was trained from other words or rules than those that are installed", cure)
    return well(f"compact/{model.version} is whole, and of this version")


async def personal_data(_: Settings) -> Outcome:
    """That what nobody may see is found: invented values, each as its type."""
    try:
        analyzer = Analyzer()
        analyzer.warm()
        missed = [
            kind.value for kind, text in _PROBES.items() if kind not in {found.type for found in analyzer.find(text)}
        ]
    except (OSError, ValueError, KeyError) as broken:
        return wrong(f"the finder of personal data does not start: {broken}", "run ./install.sh again")
    if missed:
        return wrong(f"{listed(missed)} is not found in a text that holds it", "run ./install.sh again")
    return well(f"{', '.join(kind.value for kind in _PROBES)} are found")
