"""A log that lost its end is accepted only by a record in it, of two people, about the heads that it really had."""

import base64
import copy
import re
from pathlib import Path
from typing import Any

import pytest

from security.audit import merkle
from security.audit.proofs import CONSISTENCY, RESTORED
from security.audit.record import Category
from security.audit.restoration import Head, Settling, head_of, record
from security.audit.verify import Report, Wanted, described
from security.audit.witness import Refused, Witness
from security.errors import RestorationRefused
from tests.security.audit.made_log import LOG_ID, MadeLog, Signer, event

pytestmark = pytest.mark.control("A3", "M-20")

KEPT = 5
"""Records that came back."""


CAME_BACK = MadeLog().checkpoint().add(*(event(req=str(number)) for number in range(KEPT))).checkpoint()


def forked() -> MadeLog:
    """What goes on from there."""
    made = copy.copy(CAME_BACK)
    made.head = copy.deepcopy(CAME_BACK.head)
    made.raws, made.notes, made.lines = [*CAME_BACK.raws], [*CAME_BACK.notes], [*CAME_BACK.lines]
    return made


LOST = forked().add(*(event(req=str(number)) for number in range(KEPT, 9))).checkpoint()
"""What everybody had seen, and nobody has any more."""


def settling(**changes: Any) -> Settling:
    roots = {size: merkle.root_of(LOST.leaves[:size]).hex() for size in (KEPT, 9)}
    plain = Settling("r-1", Head(9, roots[9]), Head(KEPT, roots[KEPT]), "sun", "li", "zhao")
    return plain._replace(**changes)


def restored(said: dict[str, str] | None = None, later: int = 6) -> MadeLog:
    """It went on from the first records, with others than before."""
    made = forked()
    made.add(event("backup.restored", cat=Category.BACKUP, detail={"restoration": "r-1"})).checkpoint()
    if said is not None:
        made.add(event("audit.restored", detail=said))
    for number in range(later):
        made.add(event("refund.deny", req=str(number)))
    return made.checkpoint()


def honest() -> dict[str, str]:
    return dict(record(LOG_ID, settling(), {}).detail)


def verified(made: MadeLog, tmp_path: Path, seen: str = "") -> Report:
    return made.report(tmp_path, Wanted(seen=seen))


def test_without_the_record_an_old_backup_is_tampering_to_who_saw_more_and_incomplete_to_all(tmp_path: Path) -> None:
    made = restored()
    assert verified(made, tmp_path).status == "incomplete"
    report = verified(made, tmp_path, LOST.notes[-1])
    assert (report.exit_code, report.status) == (1, "tampered")
    short = verified(restored(later=0), tmp_path, LOST.notes[-1])
    assert (short.exit_code, "this is an older log" in short.why) == (1, True)


def test_with_it_the_gap_is_accepted_and_said(tmp_path: Path) -> None:
    for later in (0, 1, 2, 3, 6):  # shorter than what was seen, as long, and longer
        report = verified(restored(honest(), later), tmp_path, LOST.notes[-1])
        assert (report.exit_code, report.status) == (0, "ok"), (later, report.why)
        [said] = report.restorations
        assert f"records {KEPT} to 8 of before are lost, as sun and li approved" in said
        assert said in described(report)


def test_words_that_nobody_signed_explain_nothing(tmp_path: Path) -> None:
    """Whoever may write the files puts them behind the last checkpoint, without any key."""
    made = forked().add(event("audit.restored", detail=honest()), event("refund.deny"))
    report = verified(made, tmp_path, LOST.notes[-1])
    assert (report.exit_code, "no signed checkpoint covers it" in report.why) == (2, True)
    assert verified(made.checkpoint(), tmp_path, LOST.notes[-1]).exit_code == 0


FALSE: dict[str, dict[str, str]] = {
    "one person": {"seconded_by": "sun"},
    "nobody beside": {"seconded_by": " "},
    "a head that it never had": {"new_root": "0" * 64},
    "no head": {"new_root": "x"},
    "not a number": {"new_size": "five"},
    "from the future": {"new_size": "7"},
    "less than nothing lost": {"old_size": "4"},
}


@pytest.mark.parametrize("case", FALSE)
def test_what_does_not_hold_is_tampering_to_everybody(case: str, tmp_path: Path) -> None:
    report = verified(restored(honest() | FALSE[case]), tmp_path)
    assert (report.exit_code, report.first_bad) == (1, KEPT + 1), report


def test_a_record_about_another_head_explains_nothing(tmp_path: Path) -> None:
    other = honest() | {"old_root": "a" * 64}
    assert verified(restored(other), tmp_path, LOST.notes[-1]).exit_code == 1
    fewer = honest() | {"old_size": "8"}
    assert verified(restored(fewer), tmp_path, LOST.notes[-1]).exit_code == 1


def test_another_restore_is_not_ended_by_the_record_of_the_first(tmp_path: Path) -> None:
    made = restored(honest())
    made.add(event("backup.restored", cat=Category.BACKUP, detail={"restoration": "r-2"})).checkpoint()
    assert verified(made, tmp_path).status == "incomplete"


def test_one_person_alone_or_a_strange_checkpoint_makes_no_record() -> None:
    with pytest.raises(RestorationRefused, match="two different people"):
        record(LOG_ID, settling(seconded_by="sun"), {})
    with pytest.raises(RestorationRefused, match="no checkpoint of this log"):
        head_of(LOST.notes[-1], [Signer(b"x").verifier_key])
    assert head_of(LOST.notes[-1], [LOST.first_key]) == settling().old


# The witness.


def proof(made: MadeLog, index: int = KEPT + 1) -> str:
    path = merkle.inclusion_proof(made.leaves, index)
    hashes = [*path, *merkle.consistency_proof(made.leaves, KEPT)]
    extra = base64.b64encode(made.raws[index]).decode()
    head = [RESTORED, "old 9", f"extra {extra}", f"index {index}", f"path {len(path)}"]
    return "\n".join([*head, *(base64.b64encode(each).decode() for each in hashes), "", made.notes[-1]])


@pytest.fixture
def mine(tmp_path: Path) -> Witness:
    """One that has seen the log that is lost."""
    made = Witness.create(tmp_path / "state", "auditor.example", [LOST.first_key])
    made.watch("\n".join([CONSISTENCY, "old 0", "", LOST.notes[-1]]), 1)
    assert made.size == 9
    return made


def test_the_witness_takes_up_a_restored_log_when_told_to_and_remembers_it(mine: Witness, tmp_path: Path) -> None:
    made = restored(honest())
    with pytest.raises(Refused):
        mine.watch(proof(made), 2)
    note, lost = mine.take_up_restored(proof(made), 2)
    assert (note.count("\u2014 "), lost) == (2, "records 5 to 8, as sun and li approved")
    assert Witness(tmp_path / "state").size == made.head.size
    with pytest.raises(Refused):  # once is enough
        mine.take_up_restored(proof(made), 3)


@pytest.mark.parametrize("case", [*FALSE, "another head"])
def test_the_witness_refuses_what_does_not_hold(case: str, mine: Witness) -> None:
    said = honest() | FALSE.get(case, {"old_root": "a" * 64})
    with pytest.raises(Refused):
        mine.take_up_restored(proof(restored(said)), 2)
    assert mine.size == 9


def test_another_record_in_its_place_is_refused(mine: Witness) -> None:
    for index in range(KEPT + 1):
        with pytest.raises(Refused):
            mine.take_up_restored(proof(restored(honest()), index), 2)


def test_a_proof_changed_anywhere_is_refused(mine: Witness) -> None:
    text = proof(restored(honest()))
    for at in range(text.index("\u2014")):
        with pytest.raises((Refused, ValueError)):
            mine.take_up_restored(text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :], 2)
    assert mine.size == 9


def test_a_record_nested_without_end_is_refused(mine: Witness) -> None:
    text = proof(restored(honest()))
    deep = base64.b64encode(b"[" * 100_000).decode()
    with pytest.raises(Refused, match="cannot be read"):
        mine.take_up_restored(re.sub("extra .*", f"extra {deep}", text), 2)


def test_a_witness_that_saw_less_than_what_came_back_needs_no_record(tmp_path: Path) -> None:
    early = Witness.create(tmp_path / "early", "auditor.example", [LOST.first_key])
    early.watch("\n".join([CONSISTENCY, "old 0", "", LOST.notes[0]]), 1)
    for old in ("old 9", "old 0"):
        with pytest.raises(Refused, match="records that this witness has seen"):
            early.take_up_restored(proof(restored(honest())).replace("old 9", old), 2)
