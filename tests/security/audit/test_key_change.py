"""A new signing key: vouched for by the old one in the log itself, at any crash, and nobody else's key gets in."""

import asyncio
import base64
from pathlib import Path

import pytest

from security.audit import verify
from security.audit.file_signer import FileSigner
from security.audit.record import AuditEvent
from security.audit.verify import KEY_CHANGE, key_change_message, verify_export, verify_segments
from security.errors import AuditCorrupt
from tests.security.audit.made_log import LOG_ID, MadeLog, Signer, event
from tests.security.audit.world import Log

pytestmark = pytest.mark.control("A1")


def change(old: Signer, new: Signer, *, signed_by: tuple[Signer, Signer] | None = None) -> AuditEvent:
    message = key_change_message(LOG_ID, old.verifier_key, new.verifier_key)
    first, second = signed_by or (old, new)
    signatures = [base64.b64encode(signer.sign(message)).decode() for signer in (first, second)]
    detail = {"old": old.verifier_key, "new": new.verifier_key}
    return event(KEY_CHANGE, detail={**detail, "old_signature": signatures[0], "new_signature": signatures[1]})


OLD, NEW, STRANGER = Signer(b"s"), Signer(b"n"), Signer(b"x")


def changed() -> MadeLog:
    made = MadeLog(OLD).add(event()).checkpoint().add(change(OLD, NEW))
    made.signer = NEW
    return made.checkpoint().add(event()).checkpoint()


def test_a_log_whose_key_was_changed_passes_with_either_key_at_hand(tmp_path: Path) -> None:
    for key in (OLD.verifier_key, NEW.verifier_key, ""):
        report = changed().report(tmp_path, key=key)
        assert report.status == "ok", report.why
        assert report.keys == (OLD.verifier_key, NEW.verifier_key)


def test_a_key_that_is_not_in_the_chain_vouches_for_nothing(tmp_path: Path) -> None:
    assert changed().report(tmp_path, key=STRANGER.verifier_key).status == "tampered"


@pytest.mark.parametrize("signed_by", [(STRANGER, NEW), (OLD, STRANGER), (NEW, OLD)])
def test_a_change_without_both_signatures_is_refused(tmp_path: Path, signed_by: tuple[Signer, Signer]) -> None:
    made = MadeLog(OLD).add(event()).checkpoint().add(change(OLD, NEW, signed_by=signed_by))
    made.signer = NEW
    report = made.checkpoint().report(tmp_path)
    assert (report.status, report.first_bad) == ("tampered", 1)


def test_a_change_from_a_key_that_is_not_the_logs_is_refused(tmp_path: Path) -> None:
    report = MadeLog(OLD).add(event(), change(STRANGER, NEW)).checkpoint().report(tmp_path)
    assert (report.status, report.first_bad) == ("tampered", 1)


def test_the_old_key_signs_nothing_after_the_change(tmp_path: Path) -> None:
    report = MadeLog(OLD).add(event(), change(OLD, NEW)).checkpoint().report(tmp_path)
    assert report.status == "tampered"


async def change_key(log: Log) -> None:
    log.succession.begin()
    await log.append(2)
    await log.seal_what_is_pending()


async def test_a_running_sealer_takes_up_the_new_key_and_destroys_the_old(log: Log, tmp_path: Path) -> None:
    await log.append(1)
    await log.seal_what_is_pending()
    old = log.keys
    await change_key(log)
    assert log.succession.successor() is None
    assert log.keys == [old[0], log.keys[1]]
    await log.append(1)
    await log.seal_what_is_pending()
    report = await log.verify()
    assert (report.status, list(report.keys)) == ("ok", log.keys), report.why
    export = await log.export(tmp_path / "export")
    assert [verify_export(export, key).status for key in log.keys] == ["ok", "ok"]
    assert verify_segments(log.directory, log.keys[0]).status == "ok"


@pytest.mark.parametrize(
    ("step", "times"),
    [
        ("records_in_files", 1),
        ("records_in_files", 2),
        ("records_in_database", 1),
        ("records_in_database", 2),
        ("key_change_in_log", 1),
        ("checkpoint_in_files", 1),
        ("checkpoint_in_files", 2),
        ("checkpoint_in_database", 2),
        ("key_change_published", 1),
    ],
)
async def test_a_crash_in_the_middle_of_a_change_is_recovered(log: Log, step: str, times: int) -> None:
    await log.append(1)
    await log.seal_what_is_pending()
    log.succession.begin()
    await log.append(1)
    await log.crash_at(step, times)
    await log.append(1)
    await log.seal_what_is_pending()
    await log.append(1)
    await log.seal_what_is_pending()
    report = await log.verify()
    assert report.status == "ok", report.why
    assert list(report.keys) == log.keys
    assert len(log.keys) == 2
    assert (await log.actions()).count(KEY_CHANGE) == 1


async def test_a_log_continued_under_a_key_that_is_gone_is_not_signed_on(log: Log, tmp_path: Path) -> None:
    await log.append(1)
    await log.seal_what_is_pending()
    old = FileSigner(log.key_file)
    await change_key(log)
    log.signer = old
    with pytest.raises(AuditCorrupt):
        await log.sealer().run(asyncio.Event())


async def test_a_change_that_nobody_may_make_is_sealed_by_its_hash(log: Log) -> None:
    await log.append(1, action=KEY_CHANGE, detail={"old": "a+00000000+AA==", "new": "b"})
    await log.seal_what_is_pending()
    assert KEY_CHANGE not in await log.actions()
    assert "audit.malformed" in await log.actions()
    assert (await log.verify()).status == "ok"


def test_the_message_names_log_and_both_keys() -> None:
    assert verify.key_change_message("l", "o", "n") == b"aftersales-appliance/audit-key-change/v1\nl\no\nn\n"
