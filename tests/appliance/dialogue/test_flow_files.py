"""A mistake in a flow file is refused when it is loaded, and named: the file, the step and the cure."""

from pathlib import Path

import pytest

from appliance.dialogue.expressions import names_in
from appliance.dialogue.schema import load_flows, parse_flow
from appliance.errors import ConfigurationError
from models.commands import Flow
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DIALOGUE, FLOWS, PAID, Shop, Talk

HEAD = "flow: repair\ntitle: 维修\nslots: [order]\nsteps:\n"

MISTAKES = {
    "not_yaml": ("flow: [", "line 1: not YAML"),
    "no_steps": ("flow: repair\ntitle: 维修\n", "missing required field `steps`"),
    "unknown_key": (HEAD + "  - collct: order\n", "unknown field `collct`"),
    "two_kinds": (HEAD + "  - collect: order\n    say: hello\n", "step 1: needs exactly one kind of collect,"),
    "no_kind": (HEAD + "  - id: lonely\n", "step 1 (lonely): needs exactly one kind"),
    "slot_undeclared": (HEAD + "  - collect: line\n", "step 1: collects 'line', which is missing in the flow's slots"),
    "slot_unknown": (
        "flow: repair\ntitle: 维修\nslots: [colour]\nsteps: []\n",
        "the slot 'colour' does not exist; known are order",
    ),
    "flow_unknown": ("flow: fly\ntitle: 飞\nsteps: []\n", "'fly' is none of the known flows; is it callable_only?"),
    "jump_nowhere": (
        HEAD + "  - collect: order\n  - say: done\n    next: nowhere\n",
        "step 2: next goes to 'nowhere', and no step has that id",
    ),
    "jump_of_a_decision": (
        HEAD + "  - decide: request\n    refuse: sorry\n",
        "step 1: refuse goes to 'sorry'",
    ),
    "outcome_unknown": (
        HEAD + "  - say: done\n    end: happy\n",
        "step 1: 'happy' is no outcome; known are answered, cancelled, case_created, handed_off, refused",
    ),
    "bad_expression": (HEAD + "  - when: slots.order ==\n", "step 1: the expression does not parse"),
    "bad_among": (HEAD + "  - collect: order\n    among: status in ['paid'\n", "step 1: the expression does not parse"),
    "slot_misspelt": (
        HEAD + "  - when: slots.oder == 'x'\n",
        "step 1: the expression reads 'slots.oder'; known here are identity.is_verified, order.changes, order.free, "
        "order.invoiced, "
        "order.lines, order.status, ruling.rule, ruling.verdict, slots.order",
    ),
    "slot_of_another_flow": (HEAD + "  - when: len(slots.line) > 1\n", "the expression reads 'slots.line'"),
    "slot_in_brackets": (HEAD + "  - when: slots['order'] == 'x'\n", "the expression reads 'slots'; known here"),
    "fact_misspelt": (HEAD + "  - when: order.statsu in ['paid']\n", "step 1: the expression reads 'order.statsu'"),
    "among_misspelt": (
        HEAD + "  - collect: order\n    among: has_refnd\n",
        "step 1: the expression reads 'has_refnd'; known here are has_case, has_refund, status",
    ),
    "control_character": ("flow: \x07\n", "not YAML: it holds a control character; remove it"),
    "reason_unknown": (HEAD + "  - handoff: tired\n", "Invalid enum value 'tired'"),
    "id_twice": (HEAD + "  - id: a\n    collect: order\n  - id: a\n    say: x\n", "(a): the id 'a' exists twice"),
    "decides_nothing": (HEAD + "  - decide: everything\n", "step 1: decides 'everything'; that is no flow"),
    "tells_nothing": (HEAD + "  - say: x\n    tell: jokes\n", "step 1: tells 'jokes'; known are balance, benefits"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_file_step_and_cure(mistake: str) -> None:
    text, complaint = MISTAKES[mistake]
    with pytest.raises(ConfigurationError) as wrong:
        parse_flow(text, "flows/repair.yaml")
    assert "flows/repair.yaml" in wrong.value.detail
    assert complaint in wrong.value.detail


def _folder(at: Path, **files: str) -> Path:
    for name, text in files.items():
        (at / f"{name}.yaml").write_text(text, encoding="utf-8")
    return at


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({}, "no flow files here"),
        ({"wrong_name": HEAD + "  - collect: order\n"}, "the file must be named like its flow"),
        ({"repair": HEAD + "  - call: settle\n"}, "repair.yaml, step 1: calls 'settle', and there is no such flow"),
        ({"repair": HEAD + "  - link: exchange\n"}, "repair.yaml, step 1: links to 'exchange', and there is no such"),
        (
            {"repair": HEAD + "  - collect: order\n", "repair2": HEAD + "  - collect: order\n"},
            "the flow 'repair' exists twice; rename one",
        ),
    ],
)
def test_flows_that_do_not_fit_together_are_refused(tmp_path: Path, files: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        load_flows(_folder(tmp_path, **files))
    assert complaint in wrong.value.detail


def test_a_file_that_is_not_utf8_is_refused_by_name_and_line(tmp_path: Path) -> None:
    (tmp_path / "repair.yaml").write_bytes("flow: repair\ntitle: 维修\n".encode("gb18030"))
    with pytest.raises(ConfigurationError, match=r"repair\.yaml, line 2: not UTF-8; save the file as UTF-8"):
        load_flows(tmp_path)


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("slots.reason == 'slots.x' or order.status not in [\"paid\"]", ["slots.reason", "order.status"]),
        ("len(slots.line) > 1 and some(slots.line, # == 'L1' or #.id == true)", ["slots.line"]),
        ("slots . order != null ? order.lines : 1e3", ["slots.order", "order.lines"]),
    ],
)
def test_an_expressions_names_are_read_without_strings_functions_and_words(expression: str, names: list[str]) -> None:
    assert names_in(expression) == names


def test_a_tax_id_flow_may_jump_where_its_step_is(tmp_path: Path) -> None:
    text = HEAD + "  - id: ask\n    collect: order\n  - decide: request\n    ask_tax_id: ask\n"
    assert load_flows(_folder(tmp_path, repair=text))["repair"].index == {"ask": 0}


def test_the_flows_that_ship_are_of_the_closed_set_and_have_titles() -> None:
    for flow in FLOWS:
        assert flow.callable_only or flow.flow in set(Flow)
        assert flow.title
    assert sorted(path.stem for path in (DIALOGUE / "flows").glob("*.yaml")) == sorted(flow.flow for flow in FLOWS)


def test_a_verdict_without_a_step_of_its_own_is_a_persons_and_no_approval(tmp_path: Path, shop: Shop) -> None:
    text = HEAD + "  - collect: order\n  - decide: return_refund\n  - quote: ruling\n  - confirm: quote\n"
    talk = Talk(shop, flows=load_flows(_folder(tmp_path, repair=text)))
    turn = talk.hear(say.start("repair"), say.order(PAID))
    assert (turn.handed_off, turn.outcomes) == ("policy", [("handed_off", "R1")])
