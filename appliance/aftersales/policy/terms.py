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

    def is_exempt(self, tags: frozenset[str]) -> bool:
        """Goods without seven-day return (7D art. 6; art. 7: only if the buyer confirmed it)."""
        if tags & self.exempt_tags:
            return True
        return self.confirmed_tag in tags and bool(tags & self.exempt_if_confirmed_tags)
