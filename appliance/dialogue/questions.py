"""Ordinary questions: answered from the approved set, or from the quote on the table; never made up."""

from collections.abc import Generator

from appliance.dialogue import facts
from appliance.dialogue.draft import Draft
from appliance.dialogue.effects import Answer, Conclude, Effect, Lookup, Result

QUOTED_TOPICS = frozenset({"return_freight", "refund_arrival", "refund_amount"})
"""Questions that a quote on the table answers better than the general answer."""


def answer_question(draft: Draft, query: str) -> Generator[Effect, Result, None]:
    """From the approved set, or from the quote on the table where it says more; else that it is not known."""
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
    yield draft.say(f"knowledge.{found.key}")
