"""Whatever is changed in a log of two hundred records is found: each byte, each record, its tail, all of it."""

import copy
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from security.audit import verify
from security.audit.checkpoint import FIRST, note_hash
from security.audit.file_signer import FileSigner
from security.audit.proofs import consistency
from security.audit.record import to_record
from security.audit.verify import Tampered, Verifier, Wanted, control_line, verify_export
from security.audit.witness import Refused, Witness
from tests.security.audit.made_log import LOG_ID, MadeLog, Signer, event
from tests.security.audit.world import Log

RECORDS = 200
EVERY = 25
"""So many records stand under each checkpoint."""


def told(made: MadeLog, first: int, action: str) -> MadeLog:
    """The records from `first` on, and a checkpoint after every so many."""
    for number in range(first, RECORDS):
        made.add(event(action, req=str(number), reason="不想要了"))
        if (number + 1) % EVERY == 0:
            made.checkpoint()
    return made


LOG = told(MadeLog(), 0, "refund.propose")
BUNDLE = LOG.export().splitlines(keepends=True)
RECORD_LINES = [place for place, line in enumerate(BUNDLE) if line.startswith(b'{"action"')]


def is_whole(tmp_path: Path, lines: list[bytes], wanted: Wanted | None = None) -> bool:
    path = tmp_path / "bundle"
    path.write_bytes(b"".join(lines))
    return verify_export(path, LOG.first_key, wanted).status == "ok"


def test_the_bundle_itself_is_whole(tmp_path: Path) -> None:
    assert len(RECORD_LINES) == RECORDS
    assert is_whole(tmp_path, BUNDLE)


def passes(before: Verifier, rest: bytes) -> bool:
    """Whether a verifier that has read whole lines so far finds nothing in the rest."""
    verifier = copy.deepcopy(before)
    try:
        return verify._add_lines(verifier, io.BytesIO(rest)) and verifier.report().status == "ok"
    except Tampered:
        return False


@pytest.mark.control("A2")
@pytest.mark.parametrize("stride", [97, pytest.param(1, marks=pytest.mark.slow)])
def test_every_flipped_byte_of_two_hundred_records_is_found(stride: int) -> None:
    """The header's bytes are tried in `test_verify`, with everything that is read before the first record."""
    verifier, missed, tried = Verifier(LOG.first_key, LOG_ID), [], 0
    for number, line in enumerate(BUNDLE[1:], start=1):
        after = b"".join(BUNDLE[number + 1 :])
        for at in range(number % stride, len(line), stride):
            tried += 1
            changed = line[:at] + bytes([line[at] ^ (1 << at % 8)]) + line[at + 1 :]
            if passes(verifier, changed + after):
                missed.append((number, at))
        verify._add_lines(verifier, [line])
    assert missed == []
    assert tried > sum(map(len, BUNDLE[1:])) // stride - len(BUNDLE)


def retold(first: int, signer: Signer | None = None) -> MadeLog:
    """The same log up to a record; from there on another story, chained to it as if it were true."""
    made = MadeLog()
    for raw in LOG.raws[:first]:
        made.head.take(raw, to_record(raw).id)
    made.raws = LOG.raws[:first]
    made.notes = LOG.notes[: first // EVERY]
    made.prev = note_hash(made.notes[-1]) if made.notes else FIRST
    made.lines = BUNDLE[: RECORD_LINES[first]]
    made.signer = signer or made.signer
    return told(made, first, "refund.deny")


def forged_record(number: int) -> bytes:
    return retold(number).raws[number] + b"\n"


CHANGES: dict[str, Callable[[list[bytes], int], list[bytes]]] = {
    "deleted": lambda lines, at: lines[:at] + lines[at + 1 :],
    "inserted": lambda lines, at: [*lines[:at], forged_record(RECORD_LINES.index(at)), *lines[at:]],
    "replaced": lambda lines, at: [*lines[:at], forged_record(RECORD_LINES.index(at)), *lines[at + 1 :]],
    "swapped": lambda lines, at: [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]],
    "doubled": lambda lines, at: lines[: at + 1] + lines[at:],
    "moved to the end": lambda lines, at: lines[:at] + lines[at + 1 : -1] + [lines[at], lines[-1]],
    "cut off after": lambda lines, at: lines[: at + 1],
    "cut off after, with a trailer that counts": lambda lines, at: [
        *lines[:at],
        control_line({"end": str(RECORD_LINES.index(at))}),
    ],
}


@pytest.mark.control("A3")
@pytest.mark.parametrize("number", [0, 1, 23, 24, 25, 99, 198])
@pytest.mark.parametrize("change", CHANGES)
def test_a_record_cannot_be_put_elsewhere_or_in_or_out(tmp_path: Path, change: str, number: int) -> None:
    """A log cut behind a checkpoint of its own is whole in itself; the checkpoint that one keeps tells of the rest."""
    changed = CHANGES[change](list(BUNDLE), RECORD_LINES[number])
    assert not is_whole(tmp_path, changed, Wanted(seen=LOG.notes[-1]))
    if not change.startswith("cut off after, "):
        assert not is_whole(tmp_path, changed)


@pytest.mark.control("A3")
@pytest.mark.parametrize("first", [0, 1, 24, 25, 100, 175])
def test_a_tail_replaced_with_one_that_another_key_has_signed_is_found(tmp_path: Path, first: int) -> None:
    """The forger has the log and not its key: hashes fit, signatures do not."""
    forged = retold(first, Signer(b"x")).export().splitlines(keepends=True)
    assert forged[: RECORD_LINES[first]] == BUNDLE[: RECORD_LINES[first]]
    assert not is_whole(tmp_path, forged)


@pytest.mark.control("A3")
def test_a_tail_replaced_without_any_signature_is_found_by_the_checkpoint_one_keeps(tmp_path: Path) -> None:
    forged = retold(175).export().splitlines(keepends=True)
    without_last_note = forged[:-2] + forged[-1:]
    assert not is_whole(tmp_path, without_last_note, Wanted(seen=LOG.notes[-1]))
    (tmp_path / "unsigned").write_bytes(b"".join(without_last_note))
    report = verify_export(tmp_path / "unsigned", LOG.first_key)
    assert (report.status, report.unsigned) == ("ok", 25)


@pytest.mark.control("A4")
@pytest.mark.parametrize("first", [0, 60, 199])
def test_a_rewriting_with_the_stolen_key_passes_alone_and_not_beside_what_was_seen(tmp_path: Path, first: int) -> None:
    forged = retold(first).export().splitlines(keepends=True)
    assert is_whole(tmp_path, forged)
    for kept in LOG.notes[first // EVERY :]:
        assert not is_whole(tmp_path, forged, Wanted(seen=kept))


@pytest.mark.control("A4")
async def test_a_running_log_written_anew_with_its_own_key_is_refused_by_the_witness(log: Log, tmp_path: Path) -> None:
    """Whoever owns database, files and signing key makes a log that is whole in itself. It is not what was seen."""
    await log.append(6, action="refund.propose")
    await log.seal_what_is_pending()
    mine = Witness.create(tmp_path / "witness", "auditor", log.keys)
    async with log.connection() as conn:
        mine.watch(await consistency(conn, 0), 1)
    seen = mine.size
    await log.as_owner("DELETE FROM audit_record", "audit_record")
    await log.as_owner("DELETE FROM audit_checkpoint", "audit_checkpoint")
    shutil.rmtree(log.directory)
    log.signer = FileSigner(log.key_file)
    await log.append(12, action="refund.deny")
    await log.seal_what_is_pending()
    report = await log.verify()
    assert (report.status, report.records > seen) == ("ok", True)
    async with log.connection() as conn:
        with pytest.raises(Refused, match="no longer contains"):
            mine.watch(await consistency(conn, seen), 2)
