"""Flow files: YAML, checked as a whole when they are loaded. A mistake names the file, the step and the cure."""

import re
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import yaml
import zen

from appliance.dialogue.expressions import AMONG_FACTS, names_in, when_names
from appliance.errors import ConfigurationError
from models.commands import Flow, HandoffReason, Slot

FLOWS = Path(__file__).with_name("flows")
"""The flows that ship."""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step. Exactly one of its kinds is set; ``id`` is what others jump to; ``next`` is where it goes on."""

    id: str | None = None
    next: str | None = None

    collect: str | None = None
    """Ask for a slot until it is filled. ``identity`` asks for proof of who the customer is."""
    among: str | None = None
    """With ``collect: order``: an expression over an order; where any of his orders fits, only those are offered."""
    between: str | None = None
    """With ``collect: callback_time``: the hours in which people call, like ``9-21``."""
    decide: str | None = None
    """Ask the policy engine: the name of a flow, or ``request`` for the flow being worked on."""
    ask_evidence: str | None = None
    ask_tax_id: str | None = None
    refuse: str | None = None
    hand_off: str | None = None
    redirect: str | None = None
    answer: str | None = None
    quote: str | None = None
    """Lay the ruling's quote on the table and show it; a yes to it counts for ``ttl_s``."""
    ttl_s: int = 600
    confirm: str | None = None
    """Wait for a plain yes to the quote on the table."""
    decline: str | None = None
    execute: str | None = None
    """Accept the quote: from here on it is done exactly once."""
    receipt: str | None = None
    """Wait for the receipt, then say this reply from it."""
    say: str | None = None
    """A reply key; ``refusal`` speaks the ruling's own refusal."""
    offer: str | None = None
    """With ``say``: offer what the ruling offers and wait for a choice."""
    tell: str | None = None
    """With ``say``: the facts to tell: ``order``, ``trace``, ``refunds``, ``coupons``, ``balance``, ``benefits``."""
    ask_knowledge: str | None = None
    call: str | None = None
    link: str | None = None
    """Go on as another flow with what is known; ``ruling`` takes the ruling's own redirect."""
    set: dict[str, Any] | None = None
    when: str | None = None
    then: str | None = None
    otherwise: str | None = None
    handoff: HandoffReason | None = None
    rule: str | None = None
    """With ``handoff``: the rule that hands over, recorded as the decision."""
    words: str | None = None
    """With ``handoff``: other words than those of its reason."""
    leave: str | None = None
    """Leave the message that was collected, with a work order to answer it, and say this reply from its number."""
    end: str | None = None
    """Close the request with this outcome after the step."""


KINDS = (
    "collect", "decide", "quote", "confirm", "execute", "receipt", "say",
    "ask_knowledge", "call", "link", "set", "when", "handoff", "leave",
)  # fmt: skip
JUMPS = (
    "next",
    "ask_evidence",
    "ask_tax_id",
    "refuse",
    "hand_off",
    "redirect",
    "answer",
    "decline",
    "then",
    "otherwise",
)
OUTCOMES = frozenset({"case_created", "refused", "handed_off", "answered", "cancelled"})
CONTROLLED = frozenset({"identity", "message", "return_case", "withdrawn_case"})
TOLD = frozenset({"order", "trace", "refunds", "withdrawal", "coupons", "balance", "benefits"})
_HOURS = re.compile(r"([01]?\d|2[0-4])-([01]?\d|2[0-4])")


class FlowFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """One flow. ``needs_identity`` flows say nothing of an order before the customer is verified."""

    flow: str
    title: str
    version: int = 1
    callable_only: bool = False
    is_query: bool = False
    """It only tells: a digression into it needs no question about going back."""
    is_urgent: bool = False
    """It waits for nothing that is being worked on: it is begun at once, on top of it."""
    slots: tuple[str, ...] = ()
    steps: tuple[Step, ...]

    @cached_property
    def index(self) -> dict[str, int]:
        return {step.id: i for i, step in enumerate(self.steps) if step.id}

    @cached_property
    def conditions(self) -> dict[int, Any]:
        """Compiled ``when`` and ``among`` expressions by step."""
        found: dict[int, Any] = {}
        for i, step in enumerate(self.steps):
            if expression := step.when or step.among:
                found[i] = zen.compile_expression(expression)
        return found


class Flows:
    """All flows by name."""

    def __init__(self, flows: dict[str, FlowFile]) -> None:
        self._flows = flows

    def __getitem__(self, name: str) -> FlowFile:
        return self._flows[name]

    def __contains__(self, name: str) -> bool:
        return name in self._flows

    def __iter__(self) -> "Any":
        return iter(self._flows.values())


def kind_of(step: Step) -> str:
    return next(kind for kind in KINDS if getattr(step, kind) is not None)


def load_flows(folder: Path) -> Flows:
    """Read and check every ``*.yaml`` of a folder. Raises ConfigurationError."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise ConfigurationError(f"{folder}: no flow files here")
    loaded: dict[str, FlowFile] = {}
    for path in files:
        flow = parse_flow(_read(path), str(path))
        if flow.flow in loaded:
            raise ConfigurationError(f"{path}: the flow '{flow.flow}' exists twice; rename one")
        loaded[flow.flow] = flow
    for path in files:
        _check_references(loaded[_name(path, loaded)], loaded, str(path))
    return Flows(loaded)


def parse_flow(text: str, source: str) -> FlowFile:
    """One flow from its YAML. ``source`` names it in errors."""
    try:
        raw = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ConfigurationError(f"{source}, line {line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{source}: not YAML: it holds a control character; remove it") from error
    try:
        flow = msgspec.convert(raw, FlowFile)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{source}: {error}") from error
    _check_steps(flow, source)
    return flow


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}, line {line}: not UTF-8; save the file as UTF-8") from error


def _name(path: Path, loaded: dict[str, FlowFile]) -> str:
    if path.stem not in loaded:
        raise ConfigurationError(f"{path}: the file must be named like its flow")
    return path.stem


def _check_steps(flow: FlowFile, source: str) -> None:
    if not flow.callable_only and flow.flow not in set(Flow):
        raise ConfigurationError(f"{source}: '{flow.flow}' is none of the known flows; is it callable_only?")
    for slot in flow.slots:
        if slot not in set(Slot):
            raise ConfigurationError(f"{source}: the slot '{slot}' does not exist; known are {', '.join(Slot)}")
    for number, step in enumerate(flow.steps, start=1):
        where = f"{source}, step {number}" + (f" ({step.id})" if step.id else "")
        kinds = [kind for kind in KINDS if getattr(step, kind) is not None]
        if len(kinds) != 1:
            raise ConfigurationError(f"{where}: needs exactly one kind of {', '.join(KINDS)}; has {kinds or 'none'}")
        if step.collect and step.collect not in flow.slots and step.collect not in CONTROLLED:
            raise ConfigurationError(f"{where}: collects '{step.collect}', which is missing in the flow's slots")
        if step.decide and step.decide != "request" and step.decide not in set(Flow):
            raise ConfigurationError(f"{where}: decides '{step.decide}'; that is no flow, and not 'request'")
        if step.tell and step.tell not in TOLD:
            raise ConfigurationError(f"{where}: tells '{step.tell}'; known are {', '.join(sorted(TOLD))}")
        if step.between and not _HOURS.fullmatch(step.between):
            raise ConfigurationError(f"{where}: between is '{step.between}'; write full hours, like 9-21")
        if step.id and flow.index[step.id] != number - 1:
            raise ConfigurationError(f"{where}: the id '{step.id}' exists twice; rename one")
        if step.end and step.end not in OUTCOMES:
            raise ConfigurationError(f"{where}: '{step.end}' is no outcome; known are {', '.join(sorted(OUTCOMES))}")
        for name in JUMPS:
            target = getattr(step, name)
            if target and target not in flow.index:
                raise ConfigurationError(f"{where}: {name} goes to '{target}', and no step has that id")
        _check_expression(step.when, when_names(flow.slots), where)
        _check_expression(step.among, AMONG_FACTS, where)


def _check_expression(expression: str | None, known: frozenset[str], where: str) -> None:
    if expression is None:
        return
    if problem := zen.validate_expression(expression):
        raise ConfigurationError(f"{where}: the expression does not parse: {problem}")
    for name in names_in(expression):
        if name not in known:
            raise ConfigurationError(
                f"{where}: the expression reads '{name}'; known here are {', '.join(sorted(known))}"
            )


def _check_references(flow: FlowFile, flows: dict[str, FlowFile], source: str) -> None:
    for number, step in enumerate(flow.steps, start=1):
        if step.call and step.call not in flows:
            raise ConfigurationError(f"{source}, step {number}: calls '{step.call}', and there is no such flow")
        if step.link and step.link != "ruling" and step.link not in flows:
            raise ConfigurationError(f"{source}, step {number}: links to '{step.link}', and there is no such flow")
