"""Hand-off: a person takes over with everything that is known; the bot says no more after it."""

from collections.abc import Generator
from typing import Any

from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Conclude, Effect, HandOff, Result
from models.commands import HandoffReason


def hand_off(
    draft: Draft,
    reason: HandoffReason,
    *,
    words: str | None = None,
    rule: str | None = None,
    with_work_order: bool = False,
    cut: tuple[int, ...] = (),
) -> Generator[Effect, Result, None]:
    """``words`` names other words than those of the reason. ``cut``: what was not heard, where no turn came of it."""
    flow = draft.top.flow if draft.stack else None
    ruling = draft.top.ruling if draft.stack else None
    rule = rule or (ruling.decision.rule if ruling else None)
    yield draft.say(f"handoff.{words or reason}")
    yield HandOff(reason=reason, summary=summarize(draft, cut), with_work_order=with_work_order)
    yield Conclude(outcome="handed_off", flow=flow, rule=rule)
    draft.is_handed_off = True
    draft.table = None
    draft.awaiting = None


def summarize(draft: Draft, cut: tuple[int, ...] = ()) -> dict[str, Any]:
    """What was asked, what is known, what was decided: codes and ids; the agent's screen renders what he may see."""
    if not draft.stack:
        return {"flow": None, "verified": draft.identity.customer_id is not None, **_caller_and_mood(draft, cut)}
    top = draft.top
    decision = top.ruling.decision if top.ruling else None
    evidence = top.slots.get("evidence")
    return {
        "flow": top.flow,
        "verified": draft.identity.customer_id is not None,
        "slots": {name: value for name, value in top.slots.items() if name != "evidence"},
        "pictures": len(evidence) if isinstance(evidence, list | tuple) else 0,
        "rule": decision.rule if decision else None,
        "verdict": decision.verdict if decision else None,
        "refusal": decision.refusal if decision else None,
        "waiting": [request.flow for request in draft.queue],
        **_caller_and_mood(draft, cut),
    }


def _caller_and_mood(draft: Draft, cut: tuple[int, ...]) -> dict[str, Any]:
    mood = draft.mood
    caller: dict[str, Any] = {"caller": draft.identity.caller} if draft.identity.caller else {}
    if draft.line:
        caller["line"] = draft.line
    cut = cut or (draft.heard.cut if draft.heard is not None else ())
    if cut:
        caller["unheard"] = [draft.before[place].key for place in cut]
    return caller | {"mood": mood.level, "risks": list(mood.risks), "is_urgent": mood.is_urgent}
