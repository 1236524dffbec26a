"""The certificates of this installation as files: ``tls/`` in the state directory, the authority's key in ``secrets``.

They are for what stands in front (a proxy) or beside (PostgreSQL), and for the web processes where ``web`` names one.
What ends soon, or fits nothing, is said here; nothing is renewed unasked.
"""

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from appliance.errors import InvalidInput, NotFound
from security.crypto.authority import (
    SERVER_DAYS,
    Pair,
    begins_at,
    ends_at,
    fits,
    is_due,
    is_issued_by,
    issue,
    make_authority,
    names_of,
)
from security.durable import replace_file

AUTHORITY: Final = "ca"
SOON: Final = timedelta(days=30)
"""Before the end of a certificate that somebody else issued; ours are due in their last third."""
_OTHERS: Final = 0o077
RENEW: Final = "'appliance certificates renew', then reload a proxy or PostgreSQL that uses it"


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    """Of its files in ``tls/``."""
    names: tuple[str, ...]
    ends_at: datetime
    is_due: bool


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """``is_over``: it serves nobody any more, or must not; otherwise it soon will not."""

    found: str
    cure: str
    is_over: bool = True


class Certificates:
    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir / "tls"
        self._authority_key = state_dir / "secrets" / "ca.key"

    def issue(self, names: tuple[str, ...], now: datetime) -> Issued:
        """In files called like the first of them; an older one is replaced."""
        file = names[0]
        if file == AUTHORITY or "/" in file or file.startswith("."):
            raise InvalidInput(f"{file!r} cannot be the name of a certificate")
        self._put(file, issue(self._authority(now), names, now))
        return self._issued(self.folder / f"{file}.pem", now)

    def renew(self, now: datetime, *, all_of_them: bool) -> list[Issued]:
        """Those in their last third, or all; NotFound where none was ever issued."""
        due = [each for each in self.list(now) if each.is_due or all_of_them]
        return [self.issue(each.names, now) for each in due]

    def list(self, now: datetime) -> "list[Issued]":
        found = sorted(path for path in self.folder.glob("*.pem") if path.stem != AUTHORITY)
        if not found:
            raise NotFound(f"there is no certificate in {self.folder}: 'appliance certificates issue NAME' makes one")
        return [self._issued(path, now) for path in found]

    def troubles(self, now: datetime) -> Iterator[Trouble]:
        """What is wrong with any of them, the authority first."""
        public = self.folder / f"{AUTHORITY}.pem"
        if public.is_file() != self._authority_key.is_file():
            missing = self._authority_key if public.is_file() else public
            yield Trouble(found=f"{missing} is missing beside the other half of the authority", cure="bring it back")
        elif public.is_file() and ends_at(public.read_bytes()) - now < timedelta(days=SERVER_DAYS):
            cure = f"remove {public} and {self._authority_key}, 'appliance certificates renew --all', and trust the new"
            until = ends_at(public.read_bytes())
            yield Trouble(found=f"the authority ends on {until:%Y-%m-%d}", cure=cure, is_over=until <= now)
        for path in sorted(self.folder.glob("*.pem")):
            if path.stem != AUTHORITY:
                yield from troubles_of(path, path.with_suffix(".key"), now, RENEW)
                if public.is_file() and not is_issued_by(path.read_bytes(), public.read_bytes()):
                    yield Trouble(found=f"{path} was issued by another authority than {public}", cure=RENEW)

    def _issued(self, path: Path, now: datetime) -> Issued:
        pem = path.read_bytes()
        return Issued(name=path.stem, names=tuple(names_of(pem)), ends_at=ends_at(pem), is_due=is_due(pem, now))

    def _authority(self, now: datetime) -> Pair:
        """Made once. A key without its certificate, or the other way round, is never quietly replaced."""
        public = self.folder / f"{AUTHORITY}.pem"
        if public.is_file() and self._authority_key.is_file():
            return Pair(public.read_bytes(), self._authority_key.read_bytes())
        if public.exists() or self._authority_key.exists():
            raise InvalidInput(f"of {public} and {self._authority_key} one is missing: bring it back, or remove both")
        made = make_authority(f"After-sales appliance, {now:%Y-%m-%d}", now)
        self._write(self._authority_key, made.key, 0o600)
        self._write(public, made.certificate, 0o644)
        return made

    def _put(self, name: str, pair: Pair) -> None:
        """The key first, so that a certificate never stands beside another one's key for long."""
        self._write(self.folder / f"{name}.key", pair.key, 0o600)
        self._write(self.folder / f"{name}.pem", pair.certificate, 0o644)

    def _write(self, path: Path, content: bytes, mode: int) -> None:
        path.parent.mkdir(mode=0o700 if path == self._authority_key else 0o755, parents=True, exist_ok=True)
        replace_file(path, content, mode)


def first_end(state_dir: Path, own: tuple[Path, Path] | None) -> datetime | None:
    """Of all in ``tls/``, the authority's among them, and of ``own``; what cannot be read ends nowhere here."""
    files = [*(state_dir / "tls").glob("*.pem"), *([own[0]] if own else [])]
    ends = []
    for path in files:
        with contextlib.suppress(OSError, ValueError):
            ends.append(ends_at(path.read_bytes()))
    return min(ends, default=None)


def troubles_of(certificate: Path, key: Path, now: datetime, renew: str = "") -> Iterator[Trouble]:
    """Of one server. ``renew``: how it gets another one; empty for a certificate that somebody else issued."""
    again = renew or f"get another one from who issued it, and put it in the place of {certificate}"
    try:
        pem, is_fitting = certificate.read_bytes(), fits(certificate.read_bytes(), key.read_bytes())
        begins, ends, is_late = begins_at(pem), ends_at(pem), is_due(pem, now) if renew else ends_at(pem) - now < SOON
    except (OSError, ValueError) as unreadable:
        yield Trouble(found=f"{certificate} or its key cannot be read: {unreadable}", cure=again)
        return
    if not is_fitting:
        yield Trouble(found=f"{key} is not the key of {certificate}", cure=again)
    if key.stat().st_mode & _OTHERS:
        yield Trouble(found=f"others may read {key}", cure=f"chmod 600 {key}; whoever read it can pose as this server")
    if begins > now:
        cure = "put this machine's clock right; if it is right, the one of who issued it was not"
        yield Trouble(found=f"{certificate} is not valid before {begins:%Y-%m-%d %H:%M} UTC", cure=cure)
    elif ends <= now:
        yield Trouble(found=f"{certificate} expired on {ends:%Y-%m-%d}", cure=again)
    elif is_late:
        yield Trouble(found=f"{certificate} expires on {ends:%Y-%m-%d}", cure=again, is_over=False)
