"""The facts of a hand-off summary as its wording reads them."""

from typing import Any


def summary_facts(summary: dict[str, Any]) -> dict[str, Any]:
    slots = summary.get("slots") or {}
    return {
        "flow": summary.get("flow"),
        "order_id": slots.get("order"),
        "reason": slots.get("reason"),
        "pictures": summary.get("pictures", 0),
        "rule": summary.get("rule"),
        "refusal": summary.get("refusal"),
    }
