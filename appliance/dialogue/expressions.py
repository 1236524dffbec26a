"""The names that a flow's expression reads. The rules engine takes an unknown one for null, so it is refused before."""

import re
from collections.abc import Iterable

WHEN_FACTS = frozenset(
    {
        "order.status",
        "order.lines",
        "order.free",
        "order.invoiced",
        "order.changes",
        "ruling.verdict",
        "ruling.rule",
        "identity.is_verified",
        "slots.return_case",
        "slots.withdrawal",
        "slots.withdrawn_case",
    }
)
"""What ``when`` may read beside the flow's slots (``facts.scope``)."""
AMONG_FACTS = frozenset({"status", "has_refund", "has_case"})
"""What ``among`` may read of each order."""

_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAME = re.compile(r"(?<![\w.#$])[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*(?!\s*\(|[\w$])")
_WORDS = frozenset({"and", "or", "not", "in", "true", "false", "null"})


def names_in(expression: str) -> list[str]:
    """Dotted names as they stand in it, without those of functions, in the order of reading."""
    without_strings = _STRING.sub("''", expression)
    found = ("".join(name.split()) for name in _NAME.findall(without_strings))
    return [name for name in dict.fromkeys(found) if name not in _WORDS]


def when_names(slots: Iterable[str]) -> frozenset[str]:
    return WHEN_FACTS | {f"slots.{slot}" for slot in slots}
