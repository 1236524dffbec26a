"""A gate covers what exists: a flow or a command that is new, and not in the registry, is a failure."""

import ast
from pathlib import Path

import pytest

from appliance.aftersales.policy.pack import default_pack
from appliance.db import Database
from appliance.dialogue.schema import load_flows
from appliance.evaluation import suite
from models.commands import Flow as FlowName
from tests.appliance.conversation.world import SCRIPT, World
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, PAID
from tests.compliance import registry
from tests.compliance.controls import ROOT
from tests.compliance.registry import Command, Flow

REGISTRY = registry.load()
FLOWS = {flow.flow: flow for flow in load_flows(ROOT / "appliance" / "dialogue" / "flows") if not flow.callable_only}
REQUESTS = sorted(name for name, flow in FLOWS.items() if any(step.call == "settle" for step in flow.steps))
"""What moves goods, money or papers. The others tell something, or go to a person."""
OWN = suite.load([ROOT / "tests" / "suites" / "conversations"])
ORDERS = {"delivered": DELIVERED, "paid": PAID}
GO = "照登记的办"


@pytest.mark.control("M-18")
def test_every_flow_is_in_the_registry() -> None:
    assert REGISTRY.flows.keys() == FLOWS.keys()


@pytest.mark.control("M-18")
def test_every_command_is_in_the_registry() -> None:
    assert REGISTRY.commands.keys() == set(registry.commands())


@pytest.mark.parametrize(("name", "entry"), [*REGISTRY.flows.items(), *REGISTRY.commands.items()])
def test_it_leaves_records_or_says_why_not(name: str, entry: Flow | Command) -> None:
    assert bool(entry.audit) != bool(entry.exempt), name


@pytest.mark.parametrize("name", FLOWS)
def test_every_flow_has_a_conversation_of_our_own(name: str) -> None:
    assert [case.id for case in OWN if case.expect.flow == FlowName(name)] != []


@pytest.mark.parametrize("name", REQUESTS)
def test_every_request_has_a_refused_conversation_and_a_table(name: str) -> None:
    refused = "answered" if name == FlowName.URGE_SHIPMENT else "refused"  # U2: there is nothing to urge
    assert [case.id for case in OWN if case.expect.flow == FlowName(name) and case.outcome == refused] != []
    assert FlowName(name) in default_pack().terms.tables


@pytest.mark.parametrize("name", REQUESTS)
def test_every_request_leaves_records(name: str) -> None:
    assert REGISTRY.flows[name].audit != ()


@pytest.mark.control("M-18", "P-14")
@pytest.mark.parametrize("name", REGISTRY.flows)
async def test_a_flow_leaves_the_records_it_is_registered_with(
    name: str, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = REGISTRY.flows[name]
    reasons = [say.because(entry.reason)] if entry.reason else []
    monkeypatch.setitem(SCRIPT, GO, (say.start(name), say.order(ORDERS[entry.order]), say.line("L1"), *reasons))
    world = World(db, tmp_path)
    talk = await world.talk()

    await talk.say(GO)

    async with db.system() as conn:
        rows = await (await conn.execute(b"SELECT event ->> 'action' FROM audit_pending ORDER BY position")).fetchall()
    assert tuple(dict.fromkeys(action for (action,) in rows)) == entry.audit


@pytest.mark.control("M-18")
@pytest.mark.parametrize("name", [name for name, entry in REGISTRY.commands.items() if entry.audit])
def test_the_test_that_a_command_names_looks_for_its_records(name: str) -> None:
    entry = REGISTRY.commands[name]
    source = _source(entry.test)
    assert [action for action in entry.audit if f'"{action}' not in source] == []


def _source(test: str) -> str:
    file, _, function = test.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    found = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return next(ast.get_source_segment(text, node) or "" for node in found if node.name == function)
