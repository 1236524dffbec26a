"""Security labels of what routes serve: of tables as declared beside their migrations, or of the caller's own.

Nothing changes such a label while the appliance runs: it is part of the version. What is served below the label of the
table that it comes from stands in one list, with the reason.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache, reduce
from typing import Final

import msgspec

from appliance.db.declarations import tables
from security.access.labels import Category, Label, Level, joined

OWN: Final = Label(level=Level.PUBLIC)
"""What the caller's own account holds, or nothing but that something was done: nobody stands below it."""
OF_A_CUSTOMER: Final = Label(level=Level.SENSITIVE, categories=frozenset({Category.CUSTOMER}))
"""The clearance of who holds a conversation's access token, for that one conversation."""
OF_ANYBODY: Final = Label(level=Level.PUBLIC)
OF_A_REPORTER: Final = Label(level=Level.INTERNAL, categories=frozenset({Category.SYSTEM}))
"""The clearance of an order system that signs its events: it is told only whether they were taken."""
OF_A_MONITOR: Final = Label(level=Level.INTERNAL, categories=frozenset({Category.SYSTEM}))
FIGURES: Final = OF_A_MONITOR
"""How many and how old, of the whole machine: no row of any table, and nothing of anybody."""


class Lowering(StrEnum):
    """What is served below the label of its table. One route each, but of those that are SHARED."""

    MASKING = "masking"
    REFUSAL_CODE = "refusal_code"
    MASKED_VALUES = "masked_values"
    CLEAR_VALUE = "clear_value"
    POLICY_SUMS = "policy_sums"
    OPERATION_STATE = "operation_state"
    PERSONAL_COUNTS = "personal_counts"
    REPORT_FIGURES = "report_figures"
    HEALTH_FIGURES = "health_figures"
    ORDER_PANEL = "order_panel"
    CASE_PANEL = "case_panel"


class Lowered(msgspec.Struct, frozen=True, kw_only=True):
    tables: tuple[str, ...]
    """Whose label is not asked for."""
    served_as: tuple[str, ...]
    """Whose label is asked for instead."""
    why: str


LOWERED: Final[Mapping[Lowering, Lowered]] = {
    Lowering.MASKING: Lowered(
        tables=("vault_value",),
        served_as=("desk_ticket", "conversation", "conversation_event", "event_body"),
        why="words that an agent brings are compared with the values of that customer, to be masked; none is served",
    ),
    Lowering.REFUSAL_CODE: Lowered(
        tables=("operation",),
        served_as=("special_refund", "quote"),
        why="of the operation no more than the code with which the order system refused it, for who proposed it",
    ),
    Lowering.MASKED_VALUES: Lowered(
        tables=("vault_value",),
        served_as=("conversation",),
        why="masked, of one conversation, for who serves its shop; each look is recorded",
    ),
    Lowering.CLEAR_VALUE: Lowered(
        tables=("vault_value",),
        served_as=("conversation",),
        why="one value of one conversation, for a stated purpose, counted, said to the audit log before: the vault as "
        "a whole stays nobody's to read",
    ),
    Lowering.OPERATION_STATE: Lowered(
        tables=("operation",),
        served_as=("after_sales_case",),
        why="of the operation no more than its state, how often it was sent and the code of a refusal, for who takes "
        "it on; neither what was sent nor what was answered",
    ),
    Lowering.POLICY_SUMS: Lowered(
        tables=("decision",),
        served_as=("policy_version",),
        why="counts and sums over many decisions, no order and nobody by name; each trial is recorded",
    ),
    Lowering.PERSONAL_COUNTS: Lowered(
        tables=("vault_value", "conversation"),
        served_as=("audit_record",),
        why="how many values of which kind were found on which day and channel: no value, no conversation and nobody "
        "by name; each look is recorded",
    ),
    Lowering.REPORT_FIGURES: Lowered(
        tables=("conversation", "conversation_event", "desk_ticket"),
        served_as=("shop",),
        why="counts, shares and times over all conversations of a period, by codes of closed sets; no conversation and "
        "nobody by name or number",
    ),
    Lowering.HEALTH_FIGURES: Lowered(
        tables=("operation", "conversation", "inbound"),
        served_as=("shop", "webhook", "procrastinate_jobs"),
        why="how many writes are in which state and how many conversations wait for a turn, and how old the oldest of "
        "each is, over all shops; no write, no conversation and nobody by name or number",
    ),
    Lowering.ORDER_PANEL: Lowered(
        tables=("vault_value", "operation"),
        served_as=("conversation", "after_sales_case"),
        why="what the order system tells is compared with the values of that customer, to be masked; of own writes no "
        "more than what their cases refund; each look is recorded",
    ),
    Lowering.CASE_PANEL: Lowered(
        tables=("operation",),
        served_as=("conversation", "after_sales_case", "work_order"),
        why="where a case of that customer stands, with the number and sum of its receipt; each look is recorded",
    ),
}
SHARED: Final = frozenset({Lowering.MASKING, Lowering.REFUSAL_CODE})


def of(*names: str) -> Label:
    """The lowest label that dominates those of all these tables. KeyError for a table that is not declared."""
    declared = _declared()
    return reduce(joined, (declared[name] for name in names))


@cache
def _declared() -> dict[str, Label]:
    return {name: table.label for name, table in tables().items()}
