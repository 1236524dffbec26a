"""Ordinary questions: answered from the approved set, from the quote on the table or a case; never made up."""

from collections.abc import Generator

from appliance.aftersales.parcels import rules as parcels
from appliance.dialogue import facts
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Answer, Conclude, Effect, Lookup, Result

QUOTED_TOPICS = frozenset({"return_freight", "refund_arrival", "refund_amount"})
"""Questions that a quote on the table answers better than the general answer."""
RETURN_ADDRESS = "return_address"
"""The question that a case waiting for a parcel answers better."""
MAX_ORDERS = 3


def answer_question(draft: Draft, query: str) -> Generator[Effect, Result, None]:
    """From the approved set, or from his quote or case where that says more; else that it is not known."""
    found = yield Lookup(query=query)
    if not isinstance(found, Answer):
        yield draft.say("knowledge_unknown")
        return
    if draft.is_idle:
        yield Conclude(outcome="answered")
    table = draft.table
    if table is not None and found.topic in QUOTED_TOPICS:
        yield draft.say(f"quote_answer.{found.topic}", facts.quote(table.quote, table.shown))
        return
    if found.topic == RETURN_ADDRESS and (yield from _return_addresses(draft)):
        return
    yield draft.say(f"knowledge.{found.key}")


def _return_addresses(draft: Draft) -> Generator[Effect, Result, bool]:
    """Of each case of his that waits for a parcel, where that goes. False: none does, now that it is looked at."""
    told = False
    waiting = [order.order_id for order in draft.orders if order.awaits_parcel]
    for order_id in waiting[:MAX_ORDERS]:
        found = yield from facts.order_of(draft, order_id)
        for case in parcels.awaiting(found.order):
            yield draft.say("return_address", facts.return_address(found, case))
            told = True
    return told
