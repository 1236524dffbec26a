"""Cases as the appliance understands them: masked by all that one message tells, with what the bot has asked for.

What is understood of masked words holds placeholders; values are put back before they are compared with the labels.
What earlier messages or the vault would tell is not known here.
"""

from collections.abc import Sequence

import msgspec

from appliance.conversation import prior
from appliance.understanding.model import Understood
from appliance.understanding.scoring import Case, Result, play
from appliance.understanding.service import Understanding
from models.commands import Command, Context, CorrectSlot, SetSlot
from security.pii.analyzer import Analyzer
from security.pii.mask import ConversationMask, Entry, placeholders_in, revealed, type_of
from security.pii.model import PiiType
from security.pii.whole import normalised
from security.untrusted import fenced

_AS_WRITTEN = frozenset({PiiType.ADDRESS, PiiType.NAME})
"""Labels hold the customer's own words of these, and one spelling of all others."""


class _State(msgspec.Struct, frozen=True):
    awaiting: str | None


class MaskedCase(msgspec.Struct, frozen=True):
    case: Case
    values: dict[str, str]
    """By placeholder, as labels spell them."""

    def revealed(self, understood: Understood) -> Understood:
        commands = tuple(self._revealed(command) for command in understood.commands)
        return msgspec.structs.replace(understood, commands=commands)

    def _revealed(self, command: Command) -> Command:
        if isinstance(command, SetSlot | CorrectSlot) and isinstance(command.value, str):
            return msgspec.structs.replace(command, value=revealed(command.value, self.values.get))
        return command


def _held(context: Context) -> list[Entry]:
    """The placeholders of a context that was written with them: a new value has another."""
    said = "".join([context.last_bot, *(str(value) for value in context.slots.values())])
    found = dict.fromkeys(placeholders_in(said))
    return [Entry(type_of(placeholder), placeholder, placeholder) for placeholder in found]


class Masks:
    """Masks one case after the other; each is a conversation of its own."""

    def __init__(self) -> None:
        self._analyzer = Analyzer()
        self._analyzer.warm()

    def mask(self, case: Case) -> MaskedCase:
        context = case.context
        mask = ConversationMask(_held(context), lambda _, value: value)
        values: dict[str, str] = {}
        asked = prior.of(msgspec.json.encode(_State(context.awaiting)), context.last_bot).expected
        slots = {
            name: self._masked(mask, values, value) if isinstance(value, str) else value
            for name, value in context.slots.items()
        }
        text = self._masked(mask, values, fenced(case.text), asked)
        shown = msgspec.structs.replace(context, slots=slots, last_bot=self._masked(mask, values, context.last_bot))
        return MaskedCase(msgspec.structs.replace(case, text=text, context=shown), values)

    def _masked(
        self, mask: ConversationMask, values: dict[str, str], text: str, asked: frozenset[str] = frozenset()
    ) -> str:
        if placeholders_in(text):
            return text
        findings = self._analyzer.find(text, expected=asked)
        masked = mask.mask(text, findings)
        for finding, part in zip(findings, masked.parts, strict=True):
            is_told = finding.type in _AS_WRITTEN
            values[part.placeholder] = part.written if is_told else normalised(finding.type, part.written)
        return masked.text


async def play_masked(cases: Sequence[Case], understanding: Understanding) -> list[Result]:
    """Each case by itself, masked; the results hold the cases as they were written. Masking is not in their times."""
    masks = Masks()
    masked = [masks.mask(case) for case in cases]
    results = await play([each.case for each in masked], understanding)
    return [
        Result(case=case, understood=each.revealed(result.understood), ms=result.ms)
        for case, each, result in zip(cases, masked, results, strict=True)
    ]
