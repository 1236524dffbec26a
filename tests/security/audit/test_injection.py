"""Text that would forge lines, columns or screens stays one value of one record, whichever free field it comes in."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from security.audit import merkle, verify, witness
from security.audit.append import append
from security.audit.forward import syslog_frame
from security.audit.proofs import INCLUSION
from security.audit.record import Actor, ActorType, AuditEvent, Commitment, Kind, Outcome, Record, Source, to_record
from security.audit.record import Target as Thing
from security.audit.store import RecordRow
from security.errors import RecordRefused
from tests.security.audit.made_log import MadeLog, event
from tests.security.audit.world import Log

pytestmark = pytest.mark.control("A8")

EVIL = {
    "line": 'ok"}\n{"seq":"0","outcome":"success"}',
    "carriage return": "done\rOK: whole and signed",
    "line separator": "a\u2028b\u2029c\x85d",
    "screen": "\x1b[2J\x1b[1;31mOK\x1b[0m",
    "screen in one byte": "\x9b2JOK",
    "title": "\x1b]0;owned\x07",
    "quotes": "\"'`$(id);--{{7*7}}",
    "backslash": "\\n\\u000a\\",
    "right to left": "\u202etxet\u202c",
    "tab and backspace": "a\tb\b\b\bOK",
    "syslog": "<13>1 2026-01-01T00:00:00Z forged - - - -",
    "comma": '=cmd|"/c calc"!A1,"x"',
}
FIELDS: dict[str, tuple[Callable[[str], AuditEvent], Callable[[Record], str]]] = {
    "tenant": (lambda text: event(tenant=text), lambda record: record.tenant),
    "actor.id": (lambda text: event(actor=Actor(type=ActorType.STAFF, id=text)), lambda record: record.actor.id),
    "actor.role": (
        lambda text: event(actor=Actor(type=ActorType.STAFF, id="u", role=text)),
        lambda record: record.actor.role,
    ),
    "actor.auth": (
        lambda text: event(actor=Actor(type=ActorType.STAFF, id="u", auth=text)),
        lambda record: record.actor.auth,
    ),
    "src.ip": (lambda text: event(src=Source(ip=text)), lambda record: record.src.ip),
    "src.term": (lambda text: event(src=Source(term=text)), lambda record: record.src.term),
    "object.type": (lambda text: event(object=Thing(type=text, id="c")), lambda record: record.object.type),
    "object.id": (lambda text: event(object=Thing(type="case", id=text)), lambda record: record.object.id),
    "reason": (lambda text: event(reason=text), lambda record: record.reason),
    "req": (lambda text: event(req=text), lambda record: record.req),
    "detail": (lambda text: event(detail={"a": text}), lambda record: record.detail["a"]),
    "pii.subj": (
        lambda text: event(pii=(Commitment(subj=text, field="f", commit="0" * 64),)),
        lambda record: record.pii[0].subj,
    ),
    "pii.field": (
        lambda text: event(pii=(Commitment(subj="s", field=text, commit="0" * 64),)),
        lambda record: record.pii[0].field,
    ),
}


def test_every_free_field_of_a_record_is_tried() -> None:
    """What is not tried is a closed set, or made by the sealer."""
    closed = {"cat", "action", "outcome", "id", "kind", "actor.type", "pii.commit"}
    found = set()
    for name, part in verify.SCHEMA.items():
        inner = part[0] if isinstance(part, list) else part
        found |= {f"{name}.{each}" for each in inner} if isinstance(inner, dict) else {name}
    by_sealer = {"v", "alg", "log", "seq", "ts", "boot", "mono", "node", "prev"}
    assert found - closed - by_sealer == set(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("kind", EVIL)
def test_it_stays_one_value_of_one_line(field: str, kind: str, tmp_path: Path) -> None:
    make, read = FIELDS[field]
    made = MadeLog().add(make(EVIL[kind])).checkpoint()
    assert made.report(tmp_path).status == "ok"
    assert made.export().count(b"\n") == 4
    [raw] = made.raws
    assert not set(raw) & {*range(32), 127}
    assert read(to_record(raw)) == EVIL[kind]
    frame = syslog_frame(RecordRow(0, uuid4(), b"", raw))
    assert frame.partition(b"\xef\xbb\xbf")[2] == raw


async def test_the_database_and_the_files_keep_it_as_it_was(log: Log) -> None:
    events = [make(text) for make, _ in FIELDS.values() for text in EVIL.values()]
    async with log.connection() as conn:
        await append(conn, events)
    await log.seal_what_is_pending()
    report = await log.verify()
    assert (report.status, report.records) == ("ok", len(events) + 2)
    assert len(await log.rows("SELECT seq FROM audit_record WHERE action = 'refund.propose'")) == len(events)


@pytest.mark.parametrize("kind", EVIL)
def test_what_an_auditor_reads_on_a_screen_is_one_plain_line_each(kind: str, tmp_path: Path) -> None:
    """An intent that nobody ended is told with its object's id, which is free text."""
    begun = event(kind=Kind.INTENT, outcome=Outcome.PENDING, object=Thing(type=EVIL[kind], id=EVIL[kind]), req="r")
    made = MadeLog().add(begun).later(days=2).checkpoint()
    report = made.report(tmp_path)
    for told in (verify.described(report), verify.as_json(report)):
        assert all(line.isprintable() for line in told.split("\n"))
    assert len(verify.described(report).split("\n")) == 3
    assert json.loads(verify.as_json(report))["open_intents"][0]["object"] == f"{EVIL[kind]} {EVIL[kind]}"


@pytest.mark.parametrize("kind", EVIL)
def test_so_is_what_a_witness_prints_of_a_record(kind: str, tmp_path: Path) -> None:
    made = MadeLog().add(event(reason=EVIL[kind]), event()).checkpoint()
    hashes = [base64.b64encode(each).decode() for each in merkle.inclusion_proof(made.leaves, 0)]
    extra = base64.b64encode(made.raws[0]).decode()
    (tmp_path / "proof").write_text(
        "\n".join([INCLUSION, f"extra {extra}", "index 0", *hashes, "", made.notes[0]]), encoding="utf-8"
    )
    witness.Witness.create(tmp_path / "w", "auditor", [made.first_key])
    command = [sys.executable, "-I", witness.__file__, "--state", str(tmp_path / "w"), "check", str(tmp_path / "proof")]
    done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    lines = done.stdout.decode().split("\n")
    assert (done.returncode, len(lines)) == (0, 3)
    assert all(line.isprintable() for line in lines)


def test_a_name_of_a_field_is_no_way_in_either() -> None:
    for name in ("a\nb", 'a"', "a b", "\u2028", "A"):
        with pytest.raises(RecordRefused, match="key"):
            MadeLog().add(event(detail={name: "x"}))
