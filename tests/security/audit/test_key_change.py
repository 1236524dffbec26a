"""A new signing key: vouched for by the old one in the log itself, at any crash, and nobody else's key gets in."""

import asyncio
import base64
from itertools import pairwise
from pathlib import Path

import pytest

from security.audit import verify
from security.audit.file_signer import FileSigner
from security.audit.record import AuditEvent
from security.audit.verify import KEY_CHANGE, Wanted, key_change_message, verify_export, verify_segments
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


OLD, NEW, NEWEST, STRANGER = Signer(b"s"), Signer(b"n"), Signer(b"m"), Signer(b"x")


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


def made_by(*signers: Signer) -> MadeLog:
    """A log in which each of them has signed, and the last has yet to sign the record by which it came."""
    made = MadeLog(signers[0]).add(event()).checkpoint()
    for old, new in pairwise(signers):
        made.add(change(old, new))
        made.signer = new
        if new is not signers[-1]:
            made.checkpoint().add(event()).checkpoint()
    return made


@pytest.mark.control("A4")
@pytest.mark.parametrize("kept", ["", OLD.verifier_key, NEW.verifier_key])
def test_what_a_stolen_key_signs_is_not_whole_by_the_record_of_its_change_behind_it(tmp_path: Path, kept: str) -> None:
    """Both signatures under that record are in every honest export: whoever has the old key can copy them."""
    forged = MadeLog(OLD).add(event(reason="forged")).checkpoint().add(change(OLD, NEW), event())
    report = forged.report(tmp_path, key=kept)
    assert (report.status, report.exit_code) == ("incomplete", 2)
    assert report.why.startswith("record 1 changes the log's key, and no checkpoint of the new key covers it")


@pytest.mark.control("A4")
@pytest.mark.parametrize("stolen", [(OLD,), (OLD, NEW)])
def test_of_several_changes_the_newest_key_has_to_sign(tmp_path: Path, stolen: tuple[Signer, ...]) -> None:
    made = made_by(*stolen, NEWEST) if NEW in stolen else made_by(OLD, NEW).add(change(NEW, NEWEST))
    for kept in (OLD, NEW, NEWEST):
        assert made.report(tmp_path, key=kept.verifier_key).status == "incomplete"


def test_a_log_whose_key_was_changed_twice_passes_with_each_key_and_with_all(tmp_path: Path) -> None:
    made = made_by(OLD, NEW, NEWEST).checkpoint().add(event())
    kept = tuple(signer.verifier_key for signer in (OLD, NEW, NEWEST))
    for key in kept:
        assert made.report(tmp_path, key=key).status == "ok"
    assert made.report(tmp_path, Wanted(keys=kept)).status == "ok"
    assert made.report(tmp_path, Wanted(keys=(STRANGER.verifier_key, *kept))).status == "tampered"


def test_the_command_takes_the_files_of_several_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log").write_bytes(made_by(OLD, NEW).checkpoint().export())
    for name, signers in {"both": (OLD, NEW), "old": (OLD,), "stranger": (STRANGER,)}.items():
        (tmp_path / name).write_text("".join(f"{signer.verifier_key}\n" for signer in signers))

    def checked(*names: str) -> int:
        return verify.main([str(tmp_path / "log"), *(f"--key={tmp_path / name}" for name in names)])

    assert [checked("both"), checked("old", "both")] == [0, 0]
    assert [checked("stranger", "both"), checked("both", "stranger")] == [1, 1]
    assert "does not vouch for" in capsys.readouterr().out


async def test_until_the_new_key_has_signed_a_running_log_is_incomplete(log: Log) -> None:
    await log.append(1)
    await log.seal_what_is_pending()
    log.succession.begin()
    await log.crash_at("key_change_in_log")
    report = await log.verify()
    assert (report.status, "no checkpoint of the new key" in report.why) == ("incomplete", True)
    await log.append(1)
    await log.seal_what_is_pending()
    assert (await log.verify()).status == "ok"


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
