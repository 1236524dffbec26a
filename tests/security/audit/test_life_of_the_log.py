"""What is no tampering and yet a question: silence, starts without a stop, deeds that were begun and never ended."""

import json
import random
from datetime import timedelta
from pathlib import Path

import pytest

from security.audit import merkle, verify
from security.audit.checkpoint import parse_checkpoint
from security.audit.record import Outcome
from tests.security.audit.made_log import MadeLog, event, intent, one_of, outcome


def running() -> MadeLog:
    return MadeLog().add(event("audit.started")).checkpoint()


def test_an_hourly_sign_of_life_is_enough(tmp_path: Path) -> None:
    made = running()
    for _ in range(3):
        made.later(hours=1).checkpoint()
    report = made.report(tmp_path)
    assert (report.status, report.gaps, report.restarts) == ("ok", (), ())


def test_two_hours_of_silence_of_a_running_log_are_a_gap(tmp_path: Path) -> None:
    report = running().later(hours=2).checkpoint().report(tmp_path)
    assert (report.status, report.exit_code) == ("ok", 0)
    assert [gap.partition(":")[0] for gap in report.gaps] == ["before record 1"]


@pytest.mark.control("A3")
def test_more_records_than_a_sealer_leaves_unsigned_are_not_called_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "LONGEST_TAIL", 5)
    made = running().add(*(event(req=str(number)) for number in range(5)))
    assert made.report(tmp_path).status == "ok"
    report = made.add(event()).report(tmp_path)
    assert (report.status, report.exit_code, report.unsigned) == ("incomplete", 2, 6)
    assert report.why.startswith("the last 6 records are not signed")
    assert made.checkpoint().report(tmp_path).status == "ok"


@pytest.mark.control("A3")
def test_records_long_after_the_last_checkpoint_are_not_called_whole(tmp_path: Path) -> None:
    made = running().later(minutes=75).add(event())
    assert made.report(tmp_path).status == "ok"
    report = made.later(seconds=1).add(event()).report(tmp_path)
    assert (report.status, report.unsigned) == ("incomplete", 2)
    assert "stand behind the last checkpoint, which is of 2026-11-21 00:00:00+00:00" in report.why


def test_a_clock_that_was_ahead_and_is_put_right_leaves_no_doubt_behind_the_next_checkpoint(tmp_path: Path) -> None:
    made = running().later(days=1).add(event()).later(days=-1).checkpoint().add(event())
    assert made.report(tmp_path).status == "ok"


def test_a_log_that_was_stopped_in_order_may_be_silent(tmp_path: Path) -> None:
    made = running().add(event("audit.stopped")).checkpoint()
    report = made.later(days=3).add(event("audit.started")).checkpoint().report(tmp_path)
    assert (report.gaps, report.restarts) == ((), ())


def test_a_start_without_a_stop_before_it_is_told(tmp_path: Path) -> None:
    report = running().add(event()).later(hours=5).add(event("audit.started")).checkpoint().report(tmp_path)
    assert [restart.partition(":")[0] for restart in report.restarts] == ["record 2"]
    assert report.gaps == ()


def test_an_intent_without_an_outcome_is_listed_once_it_is_old(tmp_path: Path) -> None:
    made = running().add(intent("a"), intent("b"), outcome("b")).checkpoint()
    assert made.report(tmp_path).open_intents == ()
    made.later(hours=25).checkpoint()
    open_intents = made.report(tmp_path).open_intents
    assert [(each.seq, each.req, each.state) for each in open_intents] == [(1, "a", "pending")]
    assert made.report(tmp_path, verify.Wanted(open_after=timedelta(hours=26))).open_intents == ()


def test_an_outcome_that_nobody_knows_leaves_the_intent_open_until_somebody_does(tmp_path: Path) -> None:
    made = running().add(intent("a"), outcome("a", Outcome.UNKNOWN)).later(days=2).checkpoint()
    assert [each.state for each in made.report(tmp_path).open_intents] == ["unknown"]
    made.add(outcome("a", Outcome.FAILURE)).checkpoint()
    assert made.report(tmp_path).open_intents == ()


def test_the_words_and_the_json_tell_all_of_it(tmp_path: Path) -> None:
    made = running().add(intent("a")).later(days=2).checkpoint().add(event("audit.started")).checkpoint()
    report = made.report(tmp_path)
    told = verify.described(report)
    assert "OPEN: record 1: operation.execute of case c1" in told
    assert "no sign of life" in told
    assert "without a stop before it" in told
    tree = json.loads(verify.as_json(report))
    assert tree["open_intents"][0]["req"] == "a"
    assert (len(tree["gaps"]), len(tree["restarts"])) == (1, 1)


def test_a_log_that_contains_the_checkpoint_one_keeps_passes(tmp_path: Path) -> None:
    made = one_of(5)
    kept = made.notes[-1]
    report = made.add(event()).checkpoint().report(tmp_path, verify.Wanted(seen=kept))
    assert report.status == "ok"


@pytest.mark.control("A3")
def test_an_old_log_put_back_is_found_by_the_checkpoint_one_keeps(tmp_path: Path) -> None:
    kept = one_of(9).notes[-1]
    report = one_of(5).report(tmp_path, verify.Wanted(seen=kept))
    assert (report.status, report.first_bad) == ("tampered", 5)
    assert "older log" in report.why


@pytest.mark.control("A4")
def test_a_log_rewritten_with_the_stolen_key_is_found_by_the_checkpoint_one_keeps(tmp_path: Path) -> None:
    kept = one_of(5).notes[-1]
    forged = one_of(5, lambda number: event("refund.deny", req=str(number))).add(event()).checkpoint()
    assert forged.report(tmp_path).status == "ok"
    assert forged.report(tmp_path, verify.Wanted(seen=kept)).status == "tampered"


def test_what_is_no_checkpoint_cannot_be_kept(tmp_path: Path) -> None:
    assert one_of(1).report(tmp_path, verify.Wanted(seen="nonsense")).status == "tampered"


@pytest.mark.control("A10")
@pytest.mark.parametrize("seed", range(20))
def test_the_root_agrees_with_a_second_way_to_compute_it(tmp_path: Path, seed: int) -> None:
    """The verifier folds peaks as it reads; here the same tree is split from the top, as RFC 6962 defines it."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    made = MadeLog()
    for _ in range(chance.randrange(1, 5)):
        made.add(*(event(req=str(chance.random())) for _ in range(chance.randrange(40)))).checkpoint()
    report = made.report(tmp_path)
    signed = parse_checkpoint(made.notes[-1].partition("\n\n")[0])
    assert report.root == merkle.root_of(made.leaves).hex() == signed.root.hex()
