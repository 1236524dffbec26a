"""The facts of a hand-off summary as its wording reads them."""

from collections.abc import Callable
from typing import Any

from appliance.understanding.mood import Level


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


def mood_facts(summary: dict[str, Any], word: Callable[[str, str], str]) -> dict[str, Any] | None:
    """None of a calm customer. ``word`` names a member of a closed set."""
    level, risks = summary.get("mood", Level.CALM), summary.get("risks", [])
    if level == Level.CALM and not risks:
        return None
    return {"mood": level, "named": [word("risk", risk) for risk in risks]}
