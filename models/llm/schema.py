"""The commands as a JSON schema for constrained decoding: closed sets, bounded lists and strings, nothing else.

The same for every customer, so that the server compiles it once. Which orders and lines are a customer's own is
checked when the answer is read.
"""

from typing import Any, Final

from models.commands import Flow, HandoffReason, Reason, Slot

MOST_COMMANDS: Final = 6
LONGEST_VALUE: Final = 160
LONGEST_EVIDENCE: Final = 60
LONGEST_REFERENCE: Final = 32
MOST_TOKENS: Final = 700
"""Room for the longest list of commands that the schema lets through in practice; a longer answer is cut, and fails."""

_ACTS: Final = ("cancel_flow", "resume_flow", "chitchat", "repeat", "affirm", "deny", "none")


def commands_schema() -> dict[str, Any]:
    return _object(
        {
            "commands": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_COMMANDS,
                "items": {"anyOf": _commands()},
            }
        }
    )


def _commands() -> list[dict[str, Any]]:
    evidence = _text(LONGEST_EVIDENCE)
    flows = {"type": "string", "enum": [flow.value for flow in Flow]}
    reasons = {"type": "string", "enum": [reason.value for reason in HandoffReason if reason in _SAID]}
    return [
        _object({"type": {"const": "start_flow"}, "flow": flows, "evidence": evidence}),
        *(
            _object({"type": {"const": kind}, "slot": {"const": slot.value}, "value": value, "evidence": evidence})
            for kind in ("set_slot", "correct_slot")
            for slot, value in _SLOTS.items()
        ),
        _object(
            {"type": {"const": "clarify"}, "flows": {"type": "array", "minItems": 2, "maxItems": 3, "items": flows}}
        ),
        _object({"type": {"const": "ask_knowledge"}, "query": _text(LONGEST_EVIDENCE)}),
        _object({"type": {"const": "handoff"}, "reason": reasons, "evidence": evidence}),
        *(_object({"type": {"const": act}}) for act in _ACTS),
    ]


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest}


_SAID: Final = frozenset({HandoffReason.CUSTOMER_ASKED, HandoffReason.EMOTION, HandoffReason.RISK_WORDS})
"""Reasons that stand in a customer's words; the others are found by the dialogue itself."""

_CLOSED: Final[dict[Slot, dict[str, Any]]] = {
    Slot.ORDER: _text(LONGEST_REFERENCE),
    Slot.LINE: _text(LONGEST_REFERENCE),
    Slot.QUANTITY: {"type": "integer", "minimum": 1, "maximum": 999},
    Slot.REASON: {"type": "string", "enum": [reason.value for reason in Reason]},
}
_SLOTS: Final[dict[Slot, dict[str, Any]]] = {slot: _CLOSED.get(slot, _text(LONGEST_VALUE)) for slot in Slot}
