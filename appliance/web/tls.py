"""TLS of the web processes themselves, where no proxy stands before them. A renewed certificate is taken up unasked.

A pair that does not fit is refused at the start. Later it is said in the log, and the one of before goes on serving.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from appliance.config_web import WebSettings
from appliance.errors import ConfigurationError

LOOK_S: Final = 5.0
"""After so long a changed file is noticed; connections that are open keep the certificate that they began with."""
_log = logging.getLogger(__name__)
_State = tuple[tuple[int, int, int], ...]


class Tls:
    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = certificate, key
        self.context = _context(certificate, key)
        self._taken = self._state()
        self._refused: _State = ()

    @classmethod
    def of(cls, web: WebSettings) -> "Tls | None":
        """None: plain HTTP. ConfigurationError for one file without the other, or a pair that does not fit."""
        pair = pair_of(web)
        return cls(*pair) if pair else None

    async def follow(self, look_s: float = LOOK_S) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(look_s)
            self.look()

    def look(self) -> bool:
        """Whether another certificate was taken up just now."""
        state = self._state()
        if state in (self._taken, self._refused):
            return False
        try:
            _context(*self._files)
            self.context.load_cert_chain(*self._files)
        except (ConfigurationError, OSError) as unfit:  # an SSLError is one: files that are just being copied
            self._refused = state
            _log.error("tls.certificate_refused", extra={"error": str(unfit)})
            return False
        self._taken = state
        _log.info("tls.certificate_renewed")
        return True

    def _state(self) -> _State:
        """What changes with the files; one that is missing, or may not be looked at, counts as changed."""
        return tuple(_seen(path) for path in self._files)


def _seen(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0, 0
    return found.st_ino, found.st_mtime_ns, found.st_size


@asynccontextmanager
async def following(tls: Tls) -> AsyncIterator[None]:
    """Renewed certificates are taken up while the block lives."""
    task = asyncio.create_task(tls.follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def pair_of(web: WebSettings) -> tuple[Path, Path] | None:
    if bool(web.certificate_file) != bool(web.key_file):
        raise ConfigurationError("web.certificate_file and web.key_file go together: set both, or empty both")
    return (Path(web.certificate_file), Path(web.key_file)) if web.certificate_file else None


def to_ourselves(web: WebSettings) -> ssl.SSLContext | bool:
    """For a client on this machine: it trusts the certificate that is configured, under any name. True: no TLS."""
    pair = pair_of(web)
    if pair is None:
        return True
    try:
        context = ssl.create_default_context(cafile=str(pair[0]))
    except (OSError, ssl.SSLError) as unusable:
        raise ConfigurationError(f"web.certificate_file {pair[0]} cannot be used: {unusable}") from unusable
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except (OSError, ssl.SSLError, ValueError) as unfit:
        raise ConfigurationError(
            f"web.certificate_file {certificate} and web.key_file {key} cannot be used together: {unfit}; "
            "'appliance doctor' says more"
        ) from unfit
    return context


def _no_passphrase() -> str:
    """Asked for where the key is under one: there is nobody at the terminal to say it."""
    raise ValueError("the key is under a passphrase: write it without one, for its owner alone to read")
