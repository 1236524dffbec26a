"""Whom an invoice is made out to. A person's name and a tax id are the vault's from the moment they are given."""

from appliance.aftersales.policy.invoice_title import PERSONAL, is_company, is_reference
from appliance.aftersales.policy.model import Verdict
from appliance.dialogue.asking import Filling, ask, reject
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Keep, expect
from appliance.dialogue.handoff import hand_off
from appliance.dialogue.schema import Step
from models.commands import HandoffReason

MAX_ASKED = 5
"""So often a tax id is asked for without one being said, questions in between counted."""


def title(draft: Draft, _step: Step) -> Filling:
    yield from _keep(draft, "tax_id", "USCC")
    given = draft.slot("invoice_title")
    if given is None:
        return (yield from ask(draft, "invoice_title", ()))
    if is_company(given, has_tax_id=draft.slot("tax_id") is not None):
        return True
    draft.empty("tax_id")
    if given != PERSONAL:
        yield from _keep(draft, "invoice_title", "NAME")
    return True


def tax_id(draft: Draft, _step: Step) -> Filling:
    """Reached where policy wants one. What it was asked with and said no to is wrong."""
    yield from _keep(draft, "tax_id", "USCC")
    given = draft.slot("tax_id")
    if given is None:
        if draft.top.tries.get("tax_id", 0) >= MAX_ASKED:
            yield from hand_off(draft, HandoffReason.THREE_MISSES)
            return False
        return (yield from ask(draft, "tax_id", ()))
    if given == _refused(draft):
        return (yield from reject(draft, "tax_id", "tax_id_wrong", {"tax_id": given}))
    return True


def _refused(draft: Draft) -> str | None:
    asked, ruling = draft.top.asked, draft.top.ruling
    if asked is None or ruling is None or ruling.decision.verdict is not Verdict.ASK_TAX_ID:
        return None
    return asked.details.get("tax_id")


def _keep(draft: Draft, slot: str, type_: str) -> Filling:
    given = draft.slot(slot)
    if given is None or is_reference(given):
        return False
    draft.fill(slot, expect(str, (yield Keep(value=given, type=type_))))
    return True
