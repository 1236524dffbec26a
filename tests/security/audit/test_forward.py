"""Forwarding: every sealed record reaches the collector, also over lost connections; nothing waits for it."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from security.audit import forward
from security.audit.forward import Form, Forwarder, Target, syslog_frame, tls_context
from security.audit.store import RecordRow
from security.errors import ForwardingRefused
from tests.security.audit.made_log import event, one_of
from tests.security.audit.world import Connection, Log

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def collector(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handled, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def forwarding(log: Log, target: Target, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
    async def connect() -> Connection:
        return await psycopg.AsyncConnection.connect(log.url)

    stop = asyncio.Event()
    running = asyncio.create_task(Forwarder(connect, target, log.clock, tls).run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(running, 20)


@pytest.fixture
async def sealed(log: Log) -> Log:
    await log.append(6)
    await log.seal_what_is_pending()
    return log


async def all_records(log: Log) -> list[bytes]:
    return [row[0] for row in await log.rows("SELECT raw FROM audit_record ORDER BY seq")]


async def test_json_lines_are_the_records_and_go_on_where_they_were_acknowledged(sealed: Log) -> None:
    got: list[bytes] = []
    whole = asyncio.Event()
    connections = 0
    expected = await all_records(sealed)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while line := await reader.readline():
            got.append(line.rstrip(b"\n"))
            seq = json.loads(line)["seq"]
            if connections == 1 and seq == "3":
                return  # lost before anything was acknowledged
            if seq == str(len(expected) - 1):
                writer.write(json.dumps({"ack": seq}).encode() + b"\n")
                whole.set()

    async with collector(handle) as port, forwarding(sealed, Target(Form.JSON, "127.0.0.1", port)):
        await asyncio.wait_for(whole.wait(), 20)
    assert got[:4] == expected[:4]
    assert got[4:] == expected


@pytest.mark.control("M-46")
async def test_what_was_acknowledged_is_not_sent_again_by_the_next_process(sealed: Log) -> None:
    got: list[str] = []
    wanted = len(await all_records(sealed))
    enough = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            got.append(json.loads(line)["seq"])
            writer.write(json.dumps({"ack": got[-1]}).encode() + b"\n")
            if len(got) == wanted:
                enough.set()

    async with collector(handle) as port:
        target = Target(Form.JSON, "127.0.0.1", port)
        async with forwarding(sealed, target):
            await asyncio.wait_for(enough.wait(), 20)
        enough.clear()
        await sealed.append(2)
        await sealed.seal_what_is_pending()
        wanted = len(await all_records(sealed))
        async with forwarding(sealed, target):
            await asyncio.wait_for(enough.wait(), 20)
    assert got == [str(number) for number in range(wanted)]


@pytest.mark.control("M-46")
@pytest.mark.parametrize(
    "answer",
    [
        b'{"ack": 1e999}\n',
        b'{"ack": true}\n',
        b'{"ack": 0.5}\n',
        b'{"ack": "' + b"9" * 5_000 + b'"}\n',
        b"x" * 200_000 + b"\n",
        b"[" * 60_000 + b"\n",
        b"[1]\n",
        b"\xff\xfe\n",
        b"\n",
    ],
    ids=lambda answer: repr(answer[:12]),
)
async def test_an_answer_that_is_none_ends_a_connection_and_nothing_else(
    sealed: Log, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(forward, "_LOOK_S", 0.01)
    answers, whole, got = iter([answer]), asyncio.Event(), list[bytes]()
    expected = await all_records(sealed)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.clear()
        async for line in reader:
            got.append(line.rstrip(b"\n"))
            if len(got) == 1 and (bad := next(answers, None)):
                writer.write(bad)
            if got == expected:
                writer.write(b'{"ack": "%d"}\n' % (len(expected) - 1))
                whole.set()

    async with collector(handle) as port, forwarding(sealed, Target(Form.JSON, "127.0.0.1", port)):
        await asyncio.wait_for(whole.wait(), 20)


def test_a_syslog_message_is_counted_and_carries_the_record_as_it_was_hashed() -> None:
    raw = one_of(1, lambda _: event(reason='恶意\n<13>1 forged "')).raws[0]
    frame = syslog_frame(RecordRow(0, uuid4(), b"", raw))
    count, _, message = frame.partition(b" ")
    assert int(count) == len(message)
    head, bom, told = message.partition(b"\xef\xbb\xbf")
    assert (bom, told) == (b"\xef\xbb\xbf", raw)
    assert head == b"<109>1 2026-11-21T00:00:00.000000Z node-1 aftersales-appliance - refund.propose - "
    assert b"\n" not in frame


def self_signed(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key_file.write_bytes(key.private_bytes(*form))
    return certificate_file, key_file


def server_side(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.mark.control("M-02", "M-46")
async def test_syslog_goes_over_tls_to_a_collector_whose_certificate_is_checked(sealed: Log, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, "localhost")
    got: list[bytes] = []
    expected, whole = await all_records(sealed), asyncio.Event()

    async def handle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while count := await reader.readuntil(b" "):
            message = await reader.readexactly(int(count))
            got.append(message.partition(b"\xef\xbb\xbf")[2])
            if len(got) == len(expected):
                whole.set()

    async with collector(handle, server_side(certificate, key)) as port:
        target = Target(Form.SYSLOG, "localhost", port)
        async with forwarding(sealed, target, tls_context(str(certificate))):
            await asyncio.wait_for(whole.wait(), 20)
    assert got == expected


async def test_a_collector_that_cannot_prove_its_name_gets_nothing(sealed: Log, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, "localhost")
    other, _ = self_signed(tmp_path, "other")
    got = bytearray()

    async def handle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        got.extend(await reader.read())

    async with collector(handle, server_side(certificate, key)) as port:
        context = tls_context(str(other))
        with pytest.raises(ssl.SSLError):
            await asyncio.open_connection("localhost", port, ssl=context)
        async with forwarding(sealed, Target(Form.SYSLOG, "localhost", port), context):
            await asyncio.sleep(0.2)
    assert not got
    assert await sealed.rows("SELECT target FROM audit_forward") == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "syslog+tls://",
        "syslog://host",
        "jsonl+tls://host",
        "jsonl+tls://host:x",
        "http://a",
        "syslog+tls://logs..inside",
    ],
)
def test_a_target_that_is_none_is_refused_with_the_form_it_needs(url: str) -> None:
    with pytest.raises(ForwardingRefused):
        Target.of(url)


def test_a_target_has_the_port_of_the_protocol() -> None:
    assert Target.of("syslog+tls://siem.example") == Target(Form.SYSLOG, "siem.example", 6514)
    assert str(Target.of("jsonl+tls://siem.example:9000")) == "jsonl+tls://siem.example:9000"


def test_certificates_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    with pytest.raises(ForwardingRefused, match="certificates"):
        tls_context(str(tmp_path / "absent.pem"))
