"""The constants of a policy pack: which tags, reasons and levels mean what. Read from its ``pack.json``."""

from datetime import datetime

import msgspec

from appliance.aftersales.orders.model import Level
from models.commands import Flow, Reason


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    version: str
    effective_from: datetime
    window_days: dict[Level, int]
    exempt_tags: frozenset[str]
    exempt_if_confirmed_tags: frozenset[str]
    confirmed_tag: str
    merchants_fault: frozenset[Reason]
    no_reason: frozenset[Reason]
    tables: dict[Flow, str]
    """Which table decides a flow."""
    elsewhere: dict[str, str] = {}
    """Rules decided by other parts, for whoever reads the list of rules."""

    def __post_init__(self) -> None:
        if missing := set(Level) - set(self.window_days):
            raise ValueError(f"window_days has no entry for {', '.join(sorted(missing))}")
        if both := self.merchants_fault & self.no_reason:
            raise ValueError(f"{', '.join(sorted(both))} cannot be in merchants_fault and in no_reason")
        if self.effective_from.tzinfo is None:
            raise ValueError("effective_from must carry its zone, like 2026-01-01T00:00:00+08:00")

    def is_exempt(self, tags: frozenset[str]) -> bool:
        """Goods without seven-day return (7D art. 6; art. 7: only if the buyer confirmed it)."""
        if tags & self.exempt_tags:
            return True
        return self.confirmed_tag in tags and bool(tags & self.exempt_if_confirmed_tags)
