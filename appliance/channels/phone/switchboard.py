"""Who is calling, and where a call goes on: what the dialplan tells before a call's sound comes, and asks when it ends.

A call is named by an id that is made here, so that nobody reaches a conversation who was not announced.
"""

from collections.abc import Callable
from uuid import UUID, uuid4

import msgspec

from appliance.errors import NotFound
from appliance.voice.events import LeaveCall
from appliance.voice.model import Caller

_KEPT_MS = 60_000
"""How long an announced call may take to come, and an ended one to be asked after."""


class _Announced(msgspec.Struct, frozen=True):
    caller: Caller
    at_ms: int


class _Ended(msgspec.Struct, frozen=True):
    leave: LeaveCall
    at_ms: int


class Switchboard:
    def __init__(self, now_ms: Callable[[], int], fallback: LeaveCall) -> None:
        """``fallback``: where a call goes on that broke off, or that nobody knows."""
        self._now_ms = now_ms
        self.fallback = fallback
        self._announced: dict[UUID, _Announced] = {}
        self._ended: dict[UUID, _Ended] = {}

    def announce(self, caller: Caller) -> UUID:
        self._forget_old()
        call_id = uuid4()
        self._announced[call_id] = _Announced(caller, self._now_ms())
        return call_id

    def take(self, call_id: UUID) -> Caller:
        """Once. NotFound: nobody announced it, or it took too long."""
        self._forget_old()
        announced = self._announced.pop(call_id, None)
        if announced is None:
            raise NotFound("no such call was announced: the dialplan runs AGI(agi://…/enter) first (docs/phone.md)")
        return announced.caller

    def leave(self, call_id: UUID, leave: LeaveCall) -> None:
        self._ended[call_id] = _Ended(leave, self._now_ms())

    def next(self, call_id: UUID | None) -> LeaveCall:
        """Where the call goes on."""
        self._forget_old()
        ended = None if call_id is None else self._ended.pop(call_id, None)
        return self.fallback if ended is None else ended.leave

    def _forget_old(self) -> None:
        since_ms = self._now_ms() - _KEPT_MS
        self._announced = {key: each for key, each in self._announced.items() if each.at_ms >= since_ms}
        self._ended = {key: each for key, each in self._ended.items() if each.at_ms >= since_ms}
