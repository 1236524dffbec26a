"""What the bot says: one sentence after another, one thing at a time, and how much of it was heard."""

from collections import deque

from appliance.voice.events import Action, Speak, StopSpeaking, WasHeard
from appliance.voice.model import Prompt


class _Told:
    """A prompt that is being said, or was cut short, and how far it got."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self.heard = 0

    def say(self) -> Speak:
        return Speak(self.prompt.id, self.heard, self.prompt.sentences[self.heard])

    def account(self) -> WasHeard:
        return WasHeard(self.prompt.id, self.heard, len(self.prompt.sentences))


class Mouth:
    def __init__(self) -> None:
        self._queue: deque[_Told] = deque()
        self._now: _Told | None = None
        self._cut: _Told | None = None

    @property
    def is_playing(self) -> bool:
        return self._now is not None

    @property
    def is_idle(self) -> bool:
        return self._now is None and not self._queue and self._cut is None

    @property
    def was_cut(self) -> bool:
        """It was stopped, and it is not known yet whether the caller meant it."""
        return self._cut is not None

    @property
    def may_be_stopped(self) -> bool:
        return self._now is not None and self._now.prompt.may_interrupt

    @property
    def was_quote_cut(self) -> bool:
        return self._cut is not None and self._cut.prompt.is_quote

    @property
    def gives_notice(self) -> bool:
        """A receipt has to be said whole as well, and offers nothing."""
        return self._now is not None and self._now.prompt.is_notice

    @property
    def owes_a_quote(self) -> bool:
        """A quote is being said or waits to be, and not all of it was heard."""
        told = self._queue if self._now is None else (self._now, *self._queue)
        return any(each.prompt.is_quote for each in told)

    @property
    def is_in_last_sentence(self) -> bool:
        return self._now is not None and self._now.heard == len(self._now.prompt.sentences) - 1

    def add(self, prompt: Prompt) -> None:
        if prompt.sentences:
            self._queue.append(_Told(prompt))

    def go_on(self) -> list[Action]:
        """The next sentence, if nothing is being said and nothing waits to be decided."""
        if self._now is not None or self._cut is not None or not self._queue:
            return []
        self._now = self._queue.popleft()
        return [self._now.say()]

    def played(self, prompt_id: int, index: int) -> list[Action]:
        now = self._now
        if now is None or (now.prompt.id, now.heard) != (prompt_id, index):
            return []
        now.heard += 1
        if now.heard < len(now.prompt.sentences):
            return [now.say()]
        self._now = None
        return [now.account()]

    def stop(self, *, for_people: bool = False) -> list[Action]:
        """``for_people``: a quote, too."""
        if not (self.may_be_stopped or (for_people and self._now is not None and self._now.prompt.is_quote)):
            return []
        self._now, self._cut = None, self._now
        return [StopSpeaking()]

    def resume(self) -> list[Action]:
        """The caller did not mean it: from the sentence on that was cut short."""
        if self._cut is not None:
            self._queue.appendleft(self._cut)
            self._cut = None
        return self.go_on()

    def give_up(self, *, for_people: bool = False) -> list[Action]:
        """The caller has said something else: all is left that need not be said."""
        left = [] if self._cut is None else [self._cut]
        self._cut = None
        kept: deque[_Told] = deque()
        for told in self._queue:
            is_left = told.prompt.may_interrupt or (for_people and told.prompt.is_quote)
            (left if is_left else kept).append(told)
        self._queue = kept
        return [told.account() for told in left]

    def end(self) -> list[Action]:
        """The call is over: nothing more is said, and what was not heard is accounted for as that."""
        told = [*([self._cut] if self._cut else []), *([self._now] if self._now else []), *self._queue]
        stop: list[Action] = [StopSpeaking()] if self._now else []
        self._queue.clear()
        self._now = self._cut = None
        return [*stop, *(each.account() for each in told)]
