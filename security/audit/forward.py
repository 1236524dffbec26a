"""Hands sealed records on to a collector on the intranet: syslog over TLS (RFC 5425), or acknowledged JSON lines.

Off unless a target is set. It reads the log and remembers how far it has come; after a crash or a lost connection some
records come twice, each under its number. With acknowledged lines nothing is left out. Syslog knows no answer: what TLS
had taken and the collector had not read when a connection broke is lost to it. It holds up nothing: the log goes on
without it, whatever the collector answers.
"""

import asyncio
import json
import logging
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import tuple_row

from security.audit.append import SQL
from security.audit.shift import wait
from security.audit.store import AuditStore, RecordRow
from security.clock import Clock
from security.errors import ForwardingRefused
from security.sql import Connection

_log = logging.getLogger(__name__)

Connect = Callable[[], Awaitable[Connection]]
_BATCH = 200
_LOOK_S = 1.0
_LONGEST_PAUSE_S = 60.0
_ANSWER_S = 10.0
_SYSLOG_PORT = 6514
_NUMBER = re.compile("[0-9]{1,19}")
_AUDIT, _NOTICE, _WARNING = 13, 5, 4
"""Facility "log audit" and severities of RFC 5424."""


class Form(StrEnum):
    SYSLOG = "syslog+tls"
    JSON = "jsonl+tls"


class Target(NamedTuple):
    form: Form
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Target":
        """``syslog+tls://host[:6514]`` or ``jsonl+tls://host:port``."""
        try:
            parts = urlsplit(url)
            form = Form(parts.scheme)
            port = parts.port or (_SYSLOG_PORT if form is Form.SYSLOG else 0)
            (parts.hostname or "").encode("idna")
        except ValueError as wrong:
            raise ForwardingRefused(f"{url!r}: use syslog+tls://host:port or jsonl+tls://host:port") from wrong
        if not parts.hostname or not port:
            raise ForwardingRefused(f"{url!r} lacks its host or port")
        return cls(form, parts.hostname, port)

    def __str__(self) -> str:
        return f"{self.form}://{self.host}:{self.port}"


class Wire(Protocol):
    async def send(self, rows: Sequence[RecordRow]) -> int:
        """The number after the last record that the other side has taken."""
        ...


class SyslogWire:
    """Octet-counted frames. The protocol knows no answer: taken is what TLS has taken."""

    def __init__(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def send(self, rows: Sequence[RecordRow]) -> int:
        self._writer.write(b"".join(map(syslog_frame, rows)))
        await asyncio.wait_for(self._writer.drain(), _ANSWER_S)
        return rows[-1].seq + 1


class JsonWire:
    """One record a line, as it was hashed; the collector answers ``{"ack": "<number of the last record kept>"}``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, rows: Sequence[RecordRow]) -> int:
        self._writer.write(b"".join(row.raw + b"\n" for row in rows))
        await asyncio.wait_for(self._writer.drain(), _ANSWER_S)
        while True:
            taken = _acknowledged(await self._line())
            if not rows[0].seq <= taken <= rows[-1].seq:
                raise ForwardingRefused("the collector acknowledged what it was not sent")
            if taken == rows[-1].seq:
                return taken + 1

    async def _line(self) -> bytes:
        try:
            return await asyncio.wait_for(self._reader.readline(), _ANSWER_S)
        except ValueError:
            raise ForwardingRefused("the collector answered with a line of no end") from None


def _acknowledged(line: bytes) -> int:
    """As the number that it was sent, or as a number of JSON."""
    try:
        ack = json.loads(line)["ack"]
        if isinstance(ack, str | int) and _NUMBER.fullmatch(str(ack)):
            return int(ack)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise ForwardingRefused("the collector closed, or answered with no acknowledgement")


def syslog_frame(row: RecordRow) -> bytes:
    """RFC 5424 with the record as its message, counted as RFC 5425 says. A record has no line breaks to begin with."""
    record = json.loads(row.raw)
    severity = _NOTICE if record["outcome"] in ("success", "pending") else _WARNING
    head = f"<{_AUDIT * 8 + severity}>1 {record['ts']} {_word(record['node'])} aftersales-appliance - "
    head += f"{_word(record['action'], 32)} - \ufeff"
    message = head.encode() + row.raw
    return f"{len(message)} ".encode() + message


def _word(text: str, longest: int = 255) -> str:
    """PRINTUSASCII without spaces, as headers are."""
    return "".join(sign for sign in text if "!" <= sign <= "~")[:longest] or "-"


class Forwarder:
    def __init__(self, connect: Connect, target: Target, clock: Clock, tls: ssl.SSLContext | None) -> None:
        """`tls` None is for tests: what leaves the machine is always under TLS."""
        self._connect = connect
        self._target = target
        self._clock = clock
        self._tls = tls

    async def run(self, stop: asyncio.Event) -> None:
        pause_s = _LOOK_S
        while not stop.is_set():
            try:
                async with await self._connect() as conn, self._wire() as wire:
                    pause_s = _LOOK_S
                    await self._forward(conn, wire, stop)
            except (psycopg.Error, OSError, TimeoutError, ForwardingRefused) as lost:
                _log.warning("audit.forwarding_interrupted", extra={"reason": type(lost).__name__, "pause_s": pause_s})
                await wait(stop, pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _forward(self, conn: Connection, wire: Wire, stop: asyncio.Event) -> None:
        store = AuditStore(conn)
        await store.enter_reading()
        position = max(await self._position(conn), await store.pruned())
        while not stop.is_set():
            rows = await store.records(position, _BATCH)
            if not rows:
                await wait(stop, _LOOK_S)
                continue
            position = await wire.send(rows)
            values = {"target": str(self._target), "next_seq": position, "now": self._clock.now()}
            await conn.execute(SQL["remember_forwarded"], values)

    async def _position(self, conn: Connection) -> int:
        cursor = conn.cursor(row_factory=tuple_row)
        row: Any = await (await cursor.execute(SQL["forwarded"], {"target": str(self._target)})).fetchone()
        return int(row[0]) if row else 0

    @asynccontextmanager
    async def _wire(self) -> AsyncIterator[Wire]:
        opening = asyncio.open_connection(self._target.host, self._target.port, ssl=self._tls)
        reader, writer = await asyncio.wait_for(opening, _ANSWER_S)
        try:
            yield (SyslogWire if self._target.form is Form.SYSLOG else JsonWire)(reader, writer)
        finally:
            writer.close()


def tls_context(authority: str, certificate: str = "", key: str = "") -> ssl.SSLContext:
    """Checks the collector's name and certificate against this authority; shows ours if there is one."""
    try:
        context = ssl.create_default_context(cafile=authority)
        if certificate:
            context.load_cert_chain(certificate, key or None)
    except OSError as wrong:
        raise ForwardingRefused(f"the certificates for forwarding cannot be read: {wrong}") from wrong
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
