"""When a call is made again, and after how long. Only what may be: a repeat never does a thing twice.

Made again are calls that are read-only or carry their own id, after a broken line or a failure that passes; and any
call after a 429 or 503 that says when to come again. What the appliance calls not ``retryable`` is raised at once.
"""

from typing import Any, Final

import msgspec
from tenacity import RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay, wait_random_exponential

from aftersales_client.errors import PROXY, NoAnswer, Refused

_SAYS_WHEN: Final = frozenset({429, 503})


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Pauses grow from ``first_s`` to ``longest_s``, by chance, and are never shorter than asked for."""

    attempts: int = 5
    total_s: float = 60
    """No pause is begun that would end later; what was refused last is raised instead."""
    first_s: float = 0.5
    longest_s: float = 20

    def rules(self, *, is_repeatable: bool) -> dict[str, Any]:
        """For tenacity's ``Retrying`` and ``AsyncRetrying``."""
        return {
            "reraise": True,
            "retry": retry_if_exception(lambda error: may_repeat(error, is_repeatable=is_repeatable)),
            "stop": stop_after_attempt(self.attempts) | stop_before_delay(self.total_s),
            "wait": self.pause_s,
        }

    def pause_s(self, state: RetryCallState) -> float:
        chance = wait_random_exponential(multiplier=self.first_s, max=self.longest_s)(state)
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_s if isinstance(error, Refused) else None
        return max(chance, asked or 0.0)


PATIENCE: Final = Patience()
NO_PATIENCE: Final = Patience(attempts=1)


def may_repeat(error: BaseException, *, is_repeatable: bool) -> bool:
    match error:
        case NoAnswer():
            return is_repeatable or not error.was_sent
        case Refused() if error.problem.status in _SAYS_WHEN and error.retry_after_s is not None:
            return True
        case Refused():
            return is_repeatable and (error.problem.retryable or error.problem.code == PROXY)
        case _:
            return False
