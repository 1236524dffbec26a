"""Plays a case as a call: the script's words are spoken on the line, and what becomes of them is read from the log.

The caller waits until the bot is silent, as people do, says again what was not heard, in another manner, and presses
what a script writes as digits with ``#``. Judges nothing.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from appliance.errors import Unavailable
from appliance.evaluation.calls.voice import CallersVoice
from appliance.evaluation.model import Case, Entry, Played, ReceivedCase, Say, Utterance
from appliance.evaluation.script import CustomerScript, End, Seen

STILL_MS: Final = 1_500
"""The bot has finished, if it has been silent so long."""
_HEARD_S: Final = 20.0
"""Until what was said is in the log; then it is said again."""
_TURN_S: Final = 90.0
_LOOK_EVERY_S: Final = 0.2
_NOTICE_S: Final = 30.0
_MOST_TRIES: Final = 3
KEYS: Final = re.compile(r"[0-9*]*#")

Log = Callable[[], Awaitable[Sequence[Entry]]]


class Phone(Protocol):
    @property
    def is_over(self) -> bool: ...

    async def say(self, pcm: bytes) -> None: ...

    def press(self, keys: str) -> None: ...

    async def until_sound(self) -> None: ...

    async def until_still(self, for_ms: int) -> None: ...


class CallPerformance:
    def __init__(self, case: Case, phone: Phone, voice: CallersVoice, log: Log) -> None:
        """``log``: the conversation's trace so far."""
        self._case = case
        self._phone = phone
        self._voice = voice
        self._read_log = log
        self._log: Sequence[Entry] = ()
        self._script = CustomerScript(case)
        self._turn_ms: list[float] = []
        self._asked: dict[str, int] = {}
        self._ended = ""

    async def play(self, received: Callable[[], Awaitable[tuple[Sequence[ReceivedCase], int]]]) -> Played:
        """Until the script is over; the caller hangs up then. Whatever goes wrong with the call is in the result."""
        error: str | None = None
        try:
            await self._talk()
        except Unavailable as wrong:
            error = f"{wrong.code}: {wrong.detail}"
        cases, writes = await received()
        self._log = await self._read_log()
        return Played(
            awaiting=_awaiting(self._log),
            log=tuple(self._log),
            shown=tuple(entry.words for entry in self._log if entry.type == "bot.said" and entry.words),
            received=tuple(cases),
            writes=writes,
            turns=len(self._turn_ms),
            turn_ms=tuple(self._turn_ms),
            ended=self._ended or "error",
            transcript=tuple(transcript(self._log)),
            error=error,
        )

    async def _talk(self) -> None:
        try:
            async with asyncio.timeout(_NOTICE_S):
                await self._phone.until_sound()
        except TimeoutError:
            raise Unavailable(f"nothing was heard within {_NOTICE_S:.0f} s of the call's beginning") from None
        await self._phone.until_still(STILL_MS)
        said = self._script.first()
        while not isinstance(said, End):
            await self._utter(said)
            if len(self._turn_ms) >= self._case.max_turns:
                self._ended = "max_turns"
                return
            said = self._script.next(self._seen())
        self._ended = said.why

    async def _utter(self, said: Utterance) -> None:
        if not isinstance(said, Say):
            raise Unavailable(f"{self._case.id}: on a call nothing but words and keys can be said")
        before, began = _heard(self._log), time.perf_counter()
        for _ in range(_MOST_TRIES):
            await self._sound(said.text)
            if await self._until(lambda: _heard(self._log) > before, _HEARD_S):
                break
        else:
            raise Unavailable(f"nothing came of {said.text!r}, said {_MOST_TRIES} times: the recogniser hears nothing")
        if not await self._until(self._is_turn_over, _TURN_S):
            raise Unavailable(f"no answer to {said.text!r} within {_TURN_S:.0f} s")
        self._turn_ms.append((time.perf_counter() - began) * 1000)
        await self._phone.until_still(STILL_MS)

    async def _sound(self, text: str) -> None:
        """Said before already: in another manner."""
        if KEYS.fullmatch(text):
            self._phone.press(text)
            return
        attempt = self._asked[text] = self._asked.get(text, -1) + 1
        await self._phone.say(await self._voice.of(text, attempt))

    async def _until(self, is_so: Callable[[], bool], within_s: float) -> bool:
        """The trace has no way to be waited for."""
        deadline = time.monotonic() + within_s
        while True:
            self._log = await self._read_log()
            if is_so():
                return True
            if self._phone.is_over and not _is_handed_off(self._log):
                raise Unavailable("the call ended before its time")
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(_LOOK_EVERY_S)

    def _is_turn_over(self) -> bool:
        """All that was heard is answered, and a receipt that was promised has come."""
        last_words = max((n for n, entry in enumerate(self._log) if entry.type == "customer.said"), default=-1)
        ended = [entry for n, entry in enumerate(self._log) if entry.type == "turn.ended" and n > last_words]
        return bool(ended) and (ended[-1].data.get("awaiting") != "receipt" or _is_handed_off(self._log))

    def _seen(self) -> Seen:
        return Seen(
            _awaiting(self._log),
            has_outcome=any(entry.type == "conversation.outcome" for entry in self._log),
            is_handed_off=_is_handed_off(self._log),
            has_receipt=any(entry.type == "receipt.received" for entry in self._log),
        )


def _heard(log: Sequence[Entry]) -> int:
    return sum(entry.type in ("customer.said", "customer.chose") for entry in log)


def _is_handed_off(log: Sequence[Entry]) -> bool:
    return any(entry.type == "handoff.made" for entry in log)


def _awaiting(log: Sequence[Entry]) -> str | None:
    found = next((entry.data.get("awaiting") for entry in reversed(log) if entry.type == "turn.ended"), None)
    return None if found is None else str(found)


def transcript(log: Sequence[Entry]) -> list[tuple[str, str]]:
    """Speaker and words, for people to read."""
    speakers = {"customer.said": "customer", "customer.chose": "customer", "bot.said": "bot"}
    return [(speakers[entry.type], entry.words) for entry in log if entry.type in speakers]
