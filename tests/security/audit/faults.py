"""What may befall the two sinks of a log that is being sealed. Each lasts as long as its context."""

import errno
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from security.audit.append import append, wait_sealed
from security.audit.shift import Pace
from tests.security.audit.world import Log

QUICK = Pace(retry_s=0.02)

Fault = Callable[[Log], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def sealing(log: Log) -> AsyncIterator[None]:
    """From the first sealed record on, so that faults meet a sealer in full swing."""
    async with log.sealing(QUICK):
        async with log.connection() as conn:
            await wait_sealed(conn, await append(conn, [log.event()]), 10)
        yield


def broken_write(number: int, keep: int = 0) -> Callable[[int, bytes], int]:
    """Writes `keep` bytes, and fails."""
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        if keep:
            real(descriptor, data[:keep])
        raise OSError(number, os.strerror(number))

    return write


@asynccontextmanager
async def full_disk(_: Log) -> AsyncIterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("security.audit.segments.os.write", broken_write(errno.ENOSPC, 60))
        yield


@asynccontextmanager
async def read_only_volume(_: Log) -> AsyncIterator[None]:
    real = os.open

    def no_new_file(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return real(path, flags, mode)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("security.audit.segments.os.write", broken_write(errno.EROFS))
        patched.setattr("security.audit.segments.os.open", no_new_file)
        yield


@asynccontextmanager
async def hung_flush(_: Log) -> AsyncIterator[None]:
    released, real = threading.Event(), os.fsync

    def fsync(descriptor: int) -> None:
        released.wait()
        real(descriptor)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("security.audit.segments.os.fsync", fsync)
        try:
            yield
        finally:
            released.set()


@asynccontextmanager
async def revoked_insert(log: Log) -> AsyncIterator[None]:
    await log.as_plain_owner("REVOKE EXECUTE ON FUNCTION audit_seal FROM appliance_system")
    yield
    await log.as_plain_owner("GRANT EXECUTE ON FUNCTION audit_seal TO appliance_system")


@asynccontextmanager
async def killed_sealer(log: Log) -> AsyncIterator[None]:
    await log.kill()
    yield
    log.revive(QUICK)


@asynccontextmanager
async def folder_taken_away(log: Log) -> AsyncIterator[None]:
    """Under a sealer that has its files open, and so could write on."""
    away = log.directory.with_name("away")
    log.directory.rename(away)
    log.directory.touch()
    yield
    log.directory.unlink()
    away.rename(log.directory)


FAULTS: tuple[Fault, ...] = (full_disk, read_only_volume, folder_taken_away, hung_flush, revoked_insert, killed_sealer)
every_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
