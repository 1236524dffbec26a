"""Pure rules of calls: when nobody is called, what follows from how an attempt ended, which number can be dialled."""

import re
from datetime import datetime, timedelta
from typing import Any, Final

from appliance.clock import SHANGHAI
from appliance.outbound.model import CallState, Manners, Outcome

_SATURDAY: Final = 5
_REACHED: Final = frozenset({Outcome.TALKED})
_NEVER_AGAIN: Final = frozenset({Outcome.OPTED_OUT, Outcome.WRONG_PERSON, Outcome.NO_NUMBER})
_OUR_FAULT: Final = frozenset({Outcome.NOT_PLACED, Outcome.UNSEALED})
_OUR_PAUSE: Final = timedelta(minutes=10)
"""He was not rung, so he need not be spared."""
RINGS_WITHIN: Final = timedelta(seconds=45)
"""Of being asked for: a switchboard that comes to it later does not ring him, and says so."""
RINGING_TOO_LONG: Final = RINGS_WITHIN
"""Beyond the time of ringing: the switchboard will not say any more what came of it."""
LONGEST_CALL: Final = timedelta(hours=2)
_NUMBER: Final = re.compile(r"(?:\+?86)?(1[3-9]\d{9}|0\d{9,11})")
_FAILED: Final = {
    "BUSY": Outcome.BUSY,
    "NOANSWER": Outcome.NO_ANSWER,
    "CANCEL": Outcome.NO_ANSWER,
    "CONGESTION": Outcome.UNREACHABLE,
    "CHANUNAVAIL": Outcome.UNREACHABLE,
    "DONTCALL": Outcome.UNREACHABLE,
    "INVALIDARGS": Outcome.NOT_PLACED,
    "LATE": Outcome.NOT_PLACED,
}
"""What ``Dial`` leaves in DIALSTATUS; LATE is our own dialplan's word, which rang nobody."""


def is_quiet(at: datetime, manners: Manners) -> bool:
    """By the clock of Beijing; the night may lie between two days. The same hour twice: no night."""
    local = at.astimezone(SHANGHAI)
    if local.date().isoformat() in manners.quiet_days or (local.weekday() >= _SATURDAY and not manners.on_weekends):
        return True
    now, begins, ends = local.time(), manners.quiet_from, manners.quiet_until
    return begins <= now < ends if begins <= ends else now >= begins or now < ends


def may_ring(now: datetime, manners: Manners) -> bool:
    """Whoever is asked for now may be rung as late as that, and for as long as it rings: none of it in quiet hours."""
    last = now + RINGS_WITHIN + timedelta(seconds=manners.ring_s)
    return not is_quiet(now, manners) and not is_quiet(last, manners)


def dialable(phone: str) -> str | None:
    """A mobile or a landline with its area code; None for anything else: no short number, and none abroad."""
    found = _NUMBER.fullmatch(re.sub(r"[\s()（）-]", "", phone))
    return found[1] if found else None


def after(outcome: Outcome, attempts: int, now: datetime, manners: Manners) -> tuple[CallState, datetime | None]:
    """What becomes of the call, and when it is tried again."""
    if outcome in _REACHED:
        return CallState.REACHED, None
    if outcome in _NEVER_AGAIN or attempts >= manners.tries:
        return CallState.GIVEN_UP, None
    pause = _OUR_PAUSE if outcome in _OUR_FAULT else timedelta(minutes=manners.between_min)
    return CallState.WAITING, now + pause


def outcome_of(dialstatus: str) -> Outcome | None:
    """None: it was answered, and the call itself will say what came of it."""
    return _FAILED.get(dialstatus.strip().upper())


def wished_at(summary: dict[str, Any]) -> datetime | None:
    """When somebody who left a message wants to be called; None: any time."""
    try:
        at = datetime.fromisoformat(str(summary.get("callback_time") or ""))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
