"""The spec that an exchange or a change of spec goes to: the customer's words, read against what is on sale today.

One spec for all units of the request; lines of several products are worked on one after another. A spec that is not
there is asked for again with what is, and the third time a person takes over.
"""

from collections.abc import Generator, Sequence

from appliance.aftersales.orders.model import Line, Spec
from appliance.dialogue import facts
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Effect, ReadSpecs, Result, expect
from appliance.dialogue.handoff import hand_off
from appliance.dialogue.options import choose_spec
from appliance.dialogue.schema import Step
from appliance.dialogue.spec_words import meant, says_same
from appliance.dialogue.state import Request
from models.commands import Flow, HandoffReason, Reason

SAME = "same"
"""The slot's value where the same goods are to come again, each as it was bought."""
MAX_MISSES = 3
MAX_NAMED = 5
FAULTS = frozenset({Reason.QUALITY, Reason.DAMAGED, Reason.WRONG_ITEM, Reason.MISSING_ITEM, Reason.NOT_AS_DESCRIBED})
"""Where the goods are at fault the same again is what most want."""
_MISSES = "spec_misses"
_ANOTHER = "another_spec"

Filling = Generator[Effect, Result, bool]


def choose(draft: Draft, _step: Step) -> Filling:
    """The ``spec`` collector. The slot then holds a name on sale, or ``SAME``."""
    lines = yield from _lines(draft)
    words = draft.slot("spec")
    if words == SAME:
        return True
    if words is not None and draft.top.flow is Flow.EXCHANGE and says_same(words):
        draft.fill("spec", SAME)
        return True
    specs = yield from _on_sale(draft, lines[0])
    lines = yield from _of_one_product(draft, lines, specs)
    own = next((spec for spec in specs if spec.sku == lines[0].sku), None)
    if words is None:
        return (yield from _ask(draft, lines[0], specs, own))
    if not specs:
        yield from hand_off(draft, HandoffReason.POLICY)
        return False
    return (yield from _understood(draft, lines[0], specs, own))


def _lines(draft: Draft) -> Generator[Effect, Result, tuple[Line, ...]]:
    found = yield from facts.order(draft)
    chosen = tuple(draft.slot("line") or ())
    return tuple(line for line in found.order.lines if line.line_id in chosen)


def _on_sale(draft: Draft, line: Line) -> Generator[Effect, Result, tuple[Spec, ...]]:
    """Read once a turn. Empty: the order system knows nothing of it."""
    if line.sku not in draft.specs:
        draft.specs[line.sku] = expect(tuple, (yield ReadSpecs(sku=line.sku)))
    return draft.specs[line.sku]


def _of_one_product(
    draft: Draft, lines: tuple[Line, ...], specs: Sequence[Spec]
) -> Generator[Effect, Result, tuple[Line, ...]]:
    """The lines of the first one's product; the others become requests of their own, begun when this one is done."""
    family = {spec.sku for spec in specs} | {lines[0].sku}
    alike = tuple(line for line in lines if line.sku in family)
    if len(alike) == len(lines):
        return lines
    shared = {name: value for name, value in draft.top.slots.items() if name in ("order", "reason")}
    for line in lines:
        if line not in alike:
            draft.enqueue(Request(flow=draft.top.flow, slots={**shared, "line": (line.line_id,)}))
    draft.fill("line", tuple(line.line_id for line in alike))
    yield draft.say("one_by_one", {"titles": [line.title for line in alike]})
    return alike


def _understood(draft: Draft, line: Line, specs: Sequence[Spec], own: Spec | None) -> Filling:
    fitting = meant(draft.slot("spec"), specs, own)
    if draft.top.flow is Flow.CHANGE_SPEC and fitting == (own,):
        return (yield from _miss(draft, "spec_as_now", line, [spec for spec in specs if spec != own]))
    if len(fitting) == 1:
        draft.fill("spec", fitting[0].spec)
        return True
    if fitting:
        return (yield from _miss(draft, "spec_unclear", line, fitting))
    return (yield from _miss(draft, "spec_unknown", line, specs))


def _miss(draft: Draft, key: str, line: Line, specs: Sequence[Spec]) -> Filling:
    draft.empty("spec")
    misses = draft.top.tries.get(_MISSES, 0) + 1
    draft.change(tries={**draft.top.tries, _MISSES: misses})
    if misses >= MAX_MISSES:
        yield from hand_off(draft, HandoffReason.THREE_MISSES)
        return False
    return (yield from _offer(draft, key, line, specs))


def _ask(draft: Draft, line: Line, specs: Sequence[Spec], own: Spec | None) -> Filling:
    """What can be chosen. Where goods are at fault, and in an exchange that has no other, first the same again."""
    others = [spec for spec in specs if spec != own]
    is_fault = draft.slot("reason") in FAULTS
    if draft.top.flow is Flow.EXCHANGE and is_fault and not others:
        draft.fill("spec", SAME)
        return True
    tries = draft.top.tries.get("spec", 0)
    draft.change(tries={**draft.top.tries, "spec": tries + 1})
    if draft.top.flow is Flow.EXCHANGE and own and (is_fault or not others) and _ANOTHER not in draft.top.offered:
        return (yield from _offer(draft, "ask_same_spec", line, [own, *others]))
    key = "ask.spec" if tries == 0 else "ask_again.spec"
    return (yield from _offer(draft, key, line, others))


def _offer(draft: Draft, key: str, line: Line, specs: Sequence[Spec]) -> Filling:
    shown = list(specs)[:MAX_NAMED]
    told = {
        "title": line.title,
        "spec": shown[0].spec if shown else None,
        "specs": [{"part": "spec_gone" if spec.stock == 0 else "spec", "spec": spec.spec} for spec in shown] or None,
        "for": draft.flows[draft.top.flow].title,
    }
    yield draft.say(key, told, options=tuple(choose_spec(spec) for spec in shown))
    draft.awaiting = "spec"
    return False


def was_asked_for_same(draft: Draft) -> bool:
    """Whether a plain yes means the same again, and a plain no another."""
    return any(said.key == "ask_same_spec" for said in draft.before)


def want_another(draft: Draft) -> None:
    """Not the same again, and not said yet what."""
    draft.change(offered=(*draft.top.offered, _ANOTHER))
