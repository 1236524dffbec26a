"""A pack is loaded whole or not at all, is known by its content, and its cases are met."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from appliance.aftersales.policy.cases import check_pack
from appliance.aftersales.policy.model import Refusal
from appliance.aftersales.policy.pack import DEFAULT_PACK, POLICY_FLOWS, PolicyPack, in_force
from appliance.cli.policy import policy
from appliance.errors import ConfigurationError
from tests.appliance.aftersales.policy.drafts import without

POLICY_RULES = (
    "G2 G3 G4 G5 G6 C1 C2 C3 C4 R0 R1 R2 R3 R4 R5 R6 R7 R8 R9 R10 R11 O1 O2 O3 O4 O5 O6 O7 O8 O9 E1 E2 E3 E4 E5 E6"
    " S1 S2 W1 W2 P1 P2 P3 A1 A2 U1 U2 I1 I2 M1 D1 D2 pass"
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEFAULT_PACK, tmp_path / "pack"))


def edit(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def table(document: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = next(n for n in document["nodes"] if n["type"] == "decisionTableNode")["content"]
    return content


def refusal_of(directory: Path) -> str:
    with pytest.raises(ConfigurationError) as raised:
        PolicyPack.load(directory)
    return raised.value.detail


def test_the_cases_beside_the_tables_are_met_and_every_row_has_one() -> None:
    report = check_pack(DEFAULT_PACK)
    assert report.failures == []
    assert report.untested == []
    assert len(report.outcomes) > 100


def test_the_rules_are_those_of_the_policy(pack: PolicyPack) -> None:
    assert set(pack.rules()) == set(POLICY_RULES.split())
    assert set(pack.terms.elsewhere) == {"G1"}


@pytest.mark.control("P-14")
def test_every_refusal_code_is_used_and_every_row_says_where_it_comes_from(pack: PolicyPack) -> None:
    rows = [row for rows in pack.rules().values() for row in rows]
    assert {row.refusal for row in rows if row.refusal} == set(Refusal)
    assert all(row.law for row in rows)


@pytest.mark.control("P-14")
def test_the_id_changes_with_any_table(copy: Path) -> None:
    before = PolicyPack.load(copy).id
    assert before == PolicyPack.load(DEFAULT_PACK).id
    edit(copy / "repair.json", lambda doc: table(doc)["rules"][0].update(in_days="<= 730"))
    assert PolicyPack.load(copy).id != before


def test_cases_are_no_part_of_the_id(copy: Path) -> None:
    (copy / "repair.cases.yaml").unlink()
    assert PolicyPack.load(copy).id == PolicyPack.load(DEFAULT_PACK).id


def test_a_file_that_is_not_json_is_named_with_its_place(copy: Path) -> None:
    (copy / "repair.json").write_text("{\n  oops")
    assert "repair.json:2:3" in refusal_of(copy)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda doc: table(doc)["rules"][0].update(in_days="<= <"), "row W1, column days: '<= <'"),
        (lambda doc: table(doc)["inputs"][0].update(field="weather"), "'weather' is no fact"),
        (lambda doc: table(doc)["rules"][0].update(out_verdict='"perhaps"'), "row W1: Invalid enum value 'perhaps'"),
        (lambda doc: table(doc)["rules"][0].update(out_kind=""), "'kind' goes with 'approve'"),
        (lambda doc: table(doc)["rules"][2].update(out_refusal='"no"'), "row W2: Invalid enum value 'no'"),
        (lambda doc: table(doc)["rules"][2].update(_id="W1"), "same _id"),
        (lambda doc: table(doc).update(hitPolicy="collect"), "hit policy 'first'"),
        (lambda doc: doc.update(nodes=[]), "exactly one decision table"),
        (lambda doc: doc.pop("nodes"), "not a JSON Decision Model"),
        (lambda doc: doc["nodes"].pop(0), "refuses it"),
        (lambda doc: table(doc)["rules"][0].update(in_dyas="> 3"), "row W1: no column has the id in_dyas"),
        (lambda doc: doc["nodes"].append(3), "Expected `object`, got `int` - at `$.nodes[3]`"),
    ],
)
def test_a_table_that_would_go_wrong_is_refused(
    copy: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    edit(copy / "repair.json", change)
    detail = refusal_of(copy)
    assert "repair.json" in detail
    assert words in detail


@pytest.mark.parametrize(
    ("name", "row", "change"),
    [
        ("repair", 2, {"out_verdict": '"pass"', "out_refusal": ""}),
        ("gates_after", 0, {"out_verdict": '"ask_evidence"'}),
    ],
)
def test_only_gates_let_through_and_the_last_can_but_hand_off(
    copy: Path, name: str, row: int, change: dict[str, str]
) -> None:
    edit(copy / f"{name}.json", lambda doc: table(doc)["rules"][row].update(change))
    assert "cannot stand here" in refusal_of(copy)


@pytest.mark.parametrize("content", [b"[]", b"3", b'{"nodes": {}}', b"[" * 100_000])
def test_a_table_of_another_shape_is_told_what_is_expected(copy: Path, content: bytes) -> None:
    (copy / "repair.json").write_bytes(content)
    detail = refusal_of(copy)
    assert "repair.json: not a JSON Decision Model" in detail
    assert "expected is an object with nodes, one a decisionTableNode" in detail


@pytest.mark.parametrize("name", ["repair.json", "pack.json", "repair.cases.yaml"])
def test_a_file_that_is_not_utf8_is_named(copy: Path, name: str) -> None:
    (copy / name).write_bytes('{"name": "维修"}'.encode("gb18030"))
    with pytest.raises(ConfigurationError, match=rf"{name}.*: not UTF-8; save the file as UTF-8"):
        check_pack(copy)


CASE_MISTAKES = {
    "base: {days: 1\ncases: []\n": "repair.cases.yaml:2: not YAML (expected ',' or '}', but got ':'); mend this line",
    "base: \a\n": "repair.cases.yaml: not YAML: it holds a control character; remove it",
    "[]": "Expected `object`, got `array`; a file holds cases, each with name, given and expect",
    "cases: [{name: odd, expect: {}}]": "`$.cases[0].expect`; a file holds cases, each with name, given and expect",
    "cases: [{name: odd, expects: {rule: W1}}]": "unknown field `expects` - at `$.cases[0]`",
    "cases: [{name: odd, expect: {rull: W1}}]": "case 'odd': nothing says rull; expect one of rule, verdict, refusal",
    "cases: [{name: odd, given: {wind: 3}, expect: {rule: W1}}]": "case 'odd': wind is no fact; one of asked, ",
    "cases: [{name: odd, given: {days: three}, expect: {rule: W1}}]": "case 'odd': days: Expected `int | null`",
    "cases: [{name: odd, given: {reason: [size]}, expect: {rule: W1}}]": "case 'odd': reason: Expected `str | null`",
}


@pytest.mark.parametrize("text", CASE_MISTAKES)
def test_a_mistake_in_a_case_file_is_named_with_its_cure(copy: Path, text: str) -> None:
    (copy / "repair.cases.yaml").write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        check_pack(copy)
    assert CASE_MISTAKES[text] in raised.value.detail
    assert "\n" not in raised.value.detail


def test_constants_are_checked_too(copy: Path) -> None:
    edit(copy / "pack.json", lambda terms: terms["window_days"].pop("gold"))
    assert "window_days has no entry for gold" in refusal_of(copy)


def test_a_missing_table_is_named(copy: Path) -> None:
    (copy / "repair.json").unlink()
    assert "repair.json: missing" in refusal_of(copy)


def test_facts_without_a_row_are_an_error_of_the_pack(copy: Path) -> None:
    edit(copy / "repair.json", lambda doc: table(doc)["rules"].pop())
    with pytest.raises(ConfigurationError, match="has no row"):
        PolicyPack.load(copy).decide("repair", {"electronics": False, "received": True, "days": 3})


def test_a_table_that_not_everything_fits_is_refused_by_the_check(tmp_path: Path) -> None:
    """Though every case beside it is met."""
    folder = without(tmp_path, "return_refund", "R11", "D1.1", "D1.2")
    report = check_pack(folder)
    assert (report.failures, report.untested, report.is_good) == ([], [], False)
    assert [gap.split(":")[0] for gap in report.gaps] == ["return_refund.json"]
    result = CliRunner().invoke(policy, ["check", str(folder)])
    assert result.exit_code == 1
    assert "FAIL: return_refund.json: its last row has conditions" in result.output


def test_a_pack_without_a_flow_is_refused_by_the_check(copy: Path) -> None:
    edit(copy / "pack.json", lambda terms: terms["tables"].pop("repair"))
    assert check_pack(copy).gaps == ["pack.json: tables names none for repair"]


def test_a_pack_that_decides_every_flow_has_no_gap(pack: PolicyPack) -> None:
    assert pack.gaps() == []
    assert set(pack.terms.tables) == POLICY_FLOWS


def test_a_case_that_no_row_fits_is_a_failure_among_the_others(copy: Path) -> None:
    edit(copy / "repair.json", lambda doc: table(doc)["rules"].pop())
    failures = check_pack(copy).failures
    assert {(outcome.table, outcome.row_id, outcome.got["verdict"]) for outcome in failures} == {
        ("repair", "", "no row")
    }


def test_a_case_that_is_not_met_and_a_row_without_one_are_reported(copy: Path) -> None:
    edit(copy / "repair.json", lambda doc: table(doc)["rules"][0].update(in_days="<= 100"))
    report = check_pack(copy)
    assert [outcome.name for outcome in report.failures] == ["electronics on day 365"]
    assert report.untested == ["repair/W1"]


def test_check_says_what_is_wrong_and_fails(copy: Path) -> None:
    assert CliRunner().invoke(policy, ["check"]).exit_code == 0
    (copy / "repair.cases.yaml").write_text("base: {wind: 3}\ncases: [{name: odd, expect: {rule: W1}}]")
    result = CliRunner().invoke(policy, ["check", str(copy)])
    assert isinstance(result.exception, ConfigurationError)
    assert "wind is no fact" in result.exception.detail


def test_check_speaks_json(copy: Path) -> None:
    edit(copy / "repair.json", lambda doc: table(doc)["rules"][0].update(in_days="<= 100"))
    result = CliRunner().invoke(policy, ["check", str(copy), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.output)["untested"] == ["repair/W1"]


def test_the_latest_pack_that_has_begun_is_in_force(pack: PolicyPack) -> None:
    later = PolicyPack(
        msgspec.structs.replace(pack.terms, version="2", effective_from=datetime(2027, 1, 1, tzinfo=UTC)),
        pack.tables,
        pack.content_hash,
    )
    packs = [later, pack]
    assert in_force(packs, datetime(2026, 12, 31, tzinfo=UTC)) is pack
    assert in_force(packs, datetime(2027, 1, 1, tzinfo=UTC)) is later
    with pytest.raises(ConfigurationError, match="in force"):
        in_force(packs, datetime(2017, 3, 14, tzinfo=UTC))
