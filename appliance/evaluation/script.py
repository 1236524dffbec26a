"""The customer of a case: what is said next, given what the bot waits for. Pure; one object per conversation.

Follows FIXTURE_KEYS and ATTACK_KEYS to the letter: interjections before answers, lists used up before ``otherwise``,
``then`` once an outcome is reached, scripts whatever the bot answers.
"""

from dataclasses import dataclass, field

from appliance.client.chat import SETTLED
from appliance.evaluation.model import Case, Say, Silence, Utterance

BY_OTHERWISE = frozenset({"clarify", "resume", "message"})


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the conversation stands after a turn."""

    awaiting: str | None
    has_outcome: bool = False
    is_handed_off: bool = False
    has_receipt: bool = False


@dataclass(frozen=True, slots=True)
class End:
    why: str


@dataclass(slots=True)
class CustomerScript:
    """``next`` is asked once per ended turn and answers with what to say, or with the end."""

    case: Case
    _used: dict[str, int] = field(default_factory=dict)
    _interjected: set[int] = field(default_factory=set)
    _script_at: int = 0
    _then_at: int = 0
    _after_at: int = 0
    _is_after_receipt: bool = False
    _owed: str | None = None
    """After a silence: the slot whose next listed answer follows, whatever is awaited by then."""

    def first(self) -> Utterance | End:
        if self.case.script:
            return self._next_of_script()
        return self.case.opening or End("nothing to say")

    def next(self, seen: Seen) -> Utterance | End:
        if seen.is_handed_off:
            return End("handed off")
        if self.case.script:
            return self._next_of_script()
        if self.case.after_receipt and (seen.has_receipt or self._is_after_receipt):
            return self._next_after_receipt()
        if self._owed is not None and (answer := self._listed(self._owed)) is not None:
            return answer
        if seen.awaiting in SETTLED and seen.has_outcome:
            return self._next_request()
        return self._answer(seen.awaiting)

    def _next_of_script(self) -> Utterance | End:
        if self._script_at == len(self.case.script):
            return End("script used up")
        self._script_at += 1
        return self.case.script[self._script_at - 1]

    def _next_after_receipt(self) -> Utterance | End:
        self._is_after_receipt = True
        if self._after_at == len(self.case.after_receipt):
            return End("after_receipt used up")
        self._after_at += 1
        return self.case.after_receipt[self._after_at - 1]

    def _next_request(self) -> Utterance | End:
        if self._then_at == len(self.case.then):
            return End("outcome reached")
        self._then_at += 1
        return Say(text=self.case.then[self._then_at - 1])

    def _answer(self, awaiting: str | None) -> Utterance | End:
        if awaiting is not None and awaiting not in BY_OTHERWISE:
            if (words := self._interjection(awaiting)) is not None:
                return Say(text=words)
            if (answer := self._listed(awaiting)) is not None:
                return answer
        if self.case.otherwise is None:
            return End(f"no answer to {awaiting} and no otherwise")
        return Say(text=self.case.otherwise)

    def _interjection(self, awaiting: str) -> str | None:
        for at, entry in enumerate(self.case.interject):
            if entry.when == awaiting and at not in self._interjected:
                self._interjected.add(at)
                return entry.say
        return None

    def _listed(self, awaiting: str) -> Utterance | None:
        self._owed = None
        answers = self.case.answers.get(awaiting, ())
        if awaiting in self.case.repeating:
            return answers[0]
        at = self._used.get(awaiting, 0)
        if at == len(answers):
            return None
        self._used[awaiting] = at + 1
        if isinstance(answers[at], Silence):
            self._owed = awaiting
        return answers[at]
