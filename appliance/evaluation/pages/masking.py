"""What a report shows of texts that may be somebody's: personal values as placeholders, unless told otherwise."""

from collections.abc import Collection, Iterable

from appliance.evaluation.pii_suite import Case, Span
from models.commands import Slot
from security.pii.analyzer import Analyzer
from security.pii.mask import LABELS, ConversationMask

_PERSONAL: Collection[str] = frozenset({Slot.ADDRESS, Slot.PHONE, Slot.INVOICE_TITLE, Slot.TAX_ID})
"""Slots whose values are personal whatever they look like."""


class Shown:
    """Texts as the report shows them."""

    def __init__(self, *, is_masked: bool = True) -> None:
        self.is_masked = is_masked
        self._analyzer = Analyzer()

    def text(self, text: str, hidden: Iterable[str] = ()) -> str:
        """``hidden``: values that are personal by their label, wherever they stand."""
        if not self.is_masked:
            return text
        for value in sorted({each for each in hidden if each}, key=len, reverse=True):
            text = text.replace(value, "⟨…⟩")
        mask = ConversationMask([], lambda _, value: value)
        return mask.mask_again(text, self._analyzer.find(text)).text

    def command(self, command: dict[str, object]) -> str:
        """Its parts but its evidence, which stands in the text."""
        parts = []
        for key, value in command.items():
            if key == "value" and self.is_masked and command.get("slot") in _PERSONAL:
                parts.append(f"⟨{command['slot']}⟩")
            elif key != "evidence":
                parts.append(self.text(str(value)) if key in {"value", "query"} else str(value))
        return " ".join(parts)

    def labelled(self, case: Case, found: Iterable[Span]) -> tuple[str, ...]:
        """The texts of a case of personal data, with a mark for each label and each finding."""
        if not self.is_masked:
            return case.texts
        spans = [*case.spans, *found]
        return tuple(
            _marked(text, [span for span in spans if span.message == number]) for number, text in enumerate(case.texts)
        )

    def span(self, case: Case, span: Span) -> str:
        if not self.is_masked:
            return f"{span.type} {case.texts[span.message][span.start : span.end]}"
        return f"{span.type} [{span.start}:{span.end}]"


def personal_values(commands: Iterable[dict[str, object]]) -> list[str]:
    return [str(each["value"]) for each in commands if each.get("slot") in _PERSONAL and "value" in each]


def _marked(text: str, spans: list[Span]) -> str:
    shown, done = [], 0
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if span.start >= done:
            shown += [text[done : span.start], f"⟨{LABELS[span.type]}⟩"]
        done = max(done, span.end)
    return "".join([*shown, text[done:]])
