"""``appliance keys``: rotate keys while everything runs, split the root key among custodians, put it back.

Each step of a rotation stands in the audit log, in the transaction that does it. Killed anywhere, the same command goes
on.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import click
import msgspec

from appliance import config
from appliance.cli.audit_log import announced, database, reading, record_deed
from appliance.cli.sealed_columns import SEALED
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Connection, Database
from appliance.db.backup.restoring import backup_key_path
from appliance.errors import ConfigurationError, InvalidInput, Unavailable
from appliance.joints.root_key import existing_root, open_root, root_key_path
from security.access.keys import STAFF
from security.access.renewal import Renewal
from security.audit.record import Category
from security.crypto import backup_key
from security.crypto.epoch_copy import load_epoch_files, save_epoch_files
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.reseal import SubjectRotation
from security.crypto.rotation import Layer, Progress, Rotation
from security.crypto.shares import CUSTODIANS, THRESHOLD, join_into, seal_shares
from security.crypto.standing import Copy, remember_copy
from security.crypto.suites import Suite
from security.errors import CiphertextRefused, KeyFileRefused, KeysUnavailable, SharesRefused

_ALL: Final = "all"
_ASKED: Final = (Layer.ROOT, Layer.SHOP, Layer.SUBJECT, Layer.INDEX)
_NO_SHOP: Final = "@"
"""What begins like this is none: the keys of its people are moved, not renewed."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What was moved, and what was destroyed for good."""

    root_moved: int = 0
    root_retired: int = 0
    shops: dict[str, int] = {}
    subjects_renewed: int = 0
    fields_resealed: int = 0
    subject_versions_retired: int = 0
    digests_remade: int = 0


@click.group()
def keys() -> None:
    """Rotate keys, and keep the root key."""


@keys.command()
@click.option(
    "--layer",
    type=click.Choice([_ALL, *map(str, _ASKED)]),
    default=_ALL,
    show_default=True,
    help="root: what wraps the shops' keys; shop: what wraps the subjects'; subject: what seals; "
    "index: what finds the staff's accounts and vouches for their rights and sessions.",
)
@click.option(
    "--older-than-days",
    "days",
    type=click.IntRange(0, 3650),
    default=365,
    show_default=True,
    help="Subjects' keys younger than this stay.",
)
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def rotate(*, layer: str, days: int, as_json: bool) -> None:
    """Make new keys, move everything under them, and destroy old ones.

    Old shops' keys go at once: from then on a backup from before opens nothing by itself, and nothing of a subject that
    was erased since by any means. An old root key and old subjects' keys go a day after their successors came: run the
    command again then. Save what is new before you need it (``appliance keys save-epochs``, ``appliance keys split``).
    """
    settings = config.load()
    try:
        done = asyncio.run(_rotate(settings, layer, timedelta(days=days)))
    except KeysUnavailable as busy:
        raise Unavailable(str(busy)) from busy
    if as_json:
        click.echo(msgspec.json.encode(done).decode())
        return
    for name, value in msgspec.structs.asdict(done).items():
        shown = ", ".join(f"{shop} {moved}" for shop, moved in value.items()) if isinstance(value, dict) else value
        click.echo(f"{name.replace('_', ' '):<28} {shown}")


@keys.command()
@click.argument("folder", type=click.Path(path_type=Path))
def split(folder: Path) -> None:
    """Write three shares of the root key to FOLDER, each under a custodian's own passphrase; any two bring it back.

    The passphrases are asked for one after another, so that three people can type them. Give each share to its
    custodian, and keep none here.
    """
    settings = config.load()
    root = _newest_root_file(settings)
    asked = [_new_passphrase(number) for number in range(1, CUSTODIANS + 1)]
    try:
        texts = seal_shares(root.read_bytes(), asked)
    except SharesRefused as refused:
        raise InvalidInput(str(refused)) from refused
    asyncio.run(_write_shares(settings, folder, texts))
    asyncio.run(_remember(settings, Copy.SHARES, file_root(settings).generations()[-1]))
    click.echo(f"{CUSTODIANS} shares in {folder}")


async def _write_shares(settings: Settings, folder: Path, texts: list[str]) -> None:
    async with announced(settings, Category.KEYS, "keys.root_split") as detail:
        _write_each(folder, texts)
        detail |= {"shares": str(CUSTODIANS), "needed": str(THRESHOLD)}


def _write_each(folder: Path, texts: list[str]) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number, text in enumerate(texts, start=1):
        path = folder / f"root-share-{number}.json"
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            raise ConfigurationError(f"{path} is there already; name another folder") from None
        path.write_text(text, encoding="utf-8")


@keys.command("save-epochs")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def save_epochs(file: Path) -> None:
    """Write the secrets of the epochs to FILE, sealed under the root key, in the place of an older one.

    Keep one such file, apart from backups and from this machine, and write it anew after each rotation: an older copy
    would bring back the keys that were destroyed, and with them whoever was erased.
    """
    settings = config.load()
    count = asyncio.run(_save_epochs(settings, file, file_root(settings)))
    asyncio.run(_remember(settings, Copy.EPOCHS, None))
    click.echo(f"{file}: secrets of {count} epochs")


async def _save_epochs(settings: Settings, file: Path, root: FileRootKey) -> int:
    async with announced(settings, Category.KEYS, "keys.epochs_saved") as detail:
        try:
            count = save_epoch_files(file, root)
        except KeyFileRefused as refused:
            raise InvalidInput(str(refused)) from refused
        except OSError as failed:
            raise ConfigurationError(f"{failed.filename or file}: {failed.strerror}") from failed
        detail["epochs"] = str(count)
    return count


@keys.command("load-epochs")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_epochs(file: Path) -> None:
    """Put the secrets of the epochs back from FILE, before a restore on another machine. Those that are here stay."""
    try:
        count = load_epoch_files(file, file_root(config.load()))
    except (CiphertextRefused, KeyFileRefused) as refused:
        raise InvalidInput(f"{file} does not open under the root key that is here, or was changed") from refused
    click.echo(f"{count} secrets put back")


@keys.command()
@click.argument("shares", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--to", "target", type=click.Path(path_type=Path), help="Default: where the appliance looks for it.")
def join(shares: tuple[Path, ...], target: Path | None) -> None:
    """Put the root key together again from two SHARES, for a machine whose disk holds none."""
    path = target or root_key_path(config.load())
    try:
        texts = [share.read_text(encoding="utf-8") for share in shares]
    except OSError as absent:
        raise ConfigurationError(f"{absent.filename}: {absent.strerror}") from absent
    asked = [click.prompt(f"Passphrase of {share.name}", hide_input=True) for share in shares]
    try:
        join_into(path, texts, asked)
    except (SharesRefused, KeyFileRefused) as refused:
        raise InvalidInput(str(refused)) from refused
    click.echo(f"{path}: written")


async def _remember(settings: Settings, kind: Copy, generation: int | None) -> None:
    async with reading(settings) as conn:
        await remember_copy(conn, kind, generation, SystemClock().now())


def file_root(settings: Settings) -> FileRootKey:
    """The root key where it is a file, for what is done to files only."""
    root = existing_root(settings)
    if isinstance(root, FileRootKey):
        return root
    raise InvalidInput(
        f"keys.provider is {settings.keys.provider}: its root key is no file. Back it up and renew it by the means of "
        "the token or device itself"
    )


def _newest_root_file(settings: Settings) -> Path:
    path = root_key_path(settings)
    newest = file_root(settings).generations()[-1]
    return path if newest == 1 else path.with_name(f"{path.name}.{newest}")


def _new_passphrase(number: int) -> str:
    text: str = click.prompt(f"Passphrase of custodian {number}", hide_input=True, confirmation_prompt=True)
    return text


async def _rotate(settings: Settings, layer: str, older_than: timedelta) -> Done:
    async with database(settings) as db:
        return await _Rotating(db, settings).run(layer, older_than)


class _Rotating:
    def __init__(self, db: Database, settings: Settings) -> None:
        suite, clock = Suite[settings.crypto.suite.name], SystemClock()
        self._root = open_root(settings)
        ring = KeyRing(self._root, suite, clock)
        self._db = db
        self._settings = settings
        self._rotation = Rotation(self._transaction, ring, clock, _report)
        self._renewal = Renewal(ring)
        self._subjects = SubjectRotation(self._transaction, ring, SEALED, clock, _report)

    async def run(self, layer: str, older_than: timedelta) -> Done:
        """What is old enough goes first, then the outermost layer moves, then the next."""
        done = Done()
        if layer == Layer.ROOT or (layer == _ALL and isinstance(self._root, FileRootKey)):
            done = await self._turn_root(done, file_root(self._settings))
        places = await self._rotation.shops()
        if layer in (_ALL, Layer.SHOP):
            done = msgspec.structs.replace(
                done, shops={place: await self._rotation.rotate_shop(place) for place in places}
            )
        if layer in (_ALL, Layer.SUBJECT):
            for place in places:
                if not place.startswith(_NO_SHOP):
                    done = await self._turn_subjects(done, place, older_than)
        if layer in (_ALL, Layer.INDEX):
            done = msgspec.structs.replace(
                done, digests_remade=await self._rotation.rotate_index(STAFF, self._renewal.remake)
            )
        return done

    async def _turn_root(self, done: Done, root: FileRootKey) -> Done:
        backup_key.rewrap(backup_key_path(self._settings), root)
        retired = await self._rotation.retire_root(root)
        if len(root.generations()) > 1 and not await self._rotation.is_under_way(Layer.ROOT):
            return msgspec.structs.replace(done, root_retired=retired)
        moved = await self._rotation.rotate_root(root)
        backup_key.rewrap(backup_key_path(self._settings), root)
        return msgspec.structs.replace(done, root_moved=moved, root_retired=retired)

    async def _turn_subjects(self, done: Done, place: str, older_than: timedelta) -> Done:
        retired = await self._subjects.retire(place)
        renewed = await self._subjects.renew(place, older_than)
        resealed = await self._subjects.reseal(place)
        return msgspec.structs.replace(
            done,
            subjects_renewed=done.subjects_renewed + renewed,
            fields_resealed=done.fields_resealed + resealed,
            subject_versions_retired=done.subject_versions_retired + retired,
        )

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        async with self._db.system() as conn:
            yield conn


async def _report(conn: Connection, progress: Progress) -> None:
    detail = {"layer": str(progress.layer), "place": progress.place, "number": str(progress.number)}
    await record_deed(conn, Category.KEYS, f"keys.rotation_{progress.step}", detail)
