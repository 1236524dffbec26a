"""Everything of access control, put together once: each part takes a connection, none opens a transaction."""

from collections.abc import Callable
from uuid import UUID

from security.access.approvals import TwoApprovals
from security.access.attempts import Attempts
from security.access.changes import Changes
from security.access.directory import Directory
from security.access.effects import Effects
from security.access.installation import Installation
from security.access.keys import Ring, StaffKeys
from security.access.limits import Limits
from security.access.login import Login
from security.access.once import Once, Purpose
from security.access.own import OwnAccount
from security.access.passkeys import Passkeys
from security.access.passwords import Hasher, Passwords
from security.access.sessions import Sessions
from security.access.set_up import SetUp
from security.clock import Clock


class AccessControl:
    def __init__(
        self,
        ring: Ring,
        clock: Clock,
        new_id: Callable[[], UUID],
        *,
        limits: Limits | None = None,
        origin: str = "",
        hasher: Hasher | None = None,
    ) -> None:
        """``origin``: the console's own address, which passkeys are bound to. Limits below their floors are refused."""
        checked = (limits or Limits()).checked()
        keys = StaffKeys(ring)
        attempts = Attempts(clock, new_id, checked)
        once = Once(keys, clock, new_id)
        self.passwords = Passwords(hasher)
        self.passkeys = Passkeys(origin, clock, new_id)
        self.directory = Directory(keys, clock, new_id)
        self.sessions = Sessions(keys, clock, new_id, checked)
        effects = Effects(self.directory, once, self.sessions)
        self.login = Login(self.directory, attempts, self.passwords, self.sessions, self.passkeys, clock)
        self.set_up = SetUp(self.directory, once, self.sessions, clock, checked)
        self.own = OwnAccount(self.directory, attempts, self.sessions, once, self.passkeys, clock, checked)
        self.changes = Changes(self.directory, effects, once, clock, new_id)
        self.prune_approvals = TwoApprovals(self.directory, once, Purpose.PRUNE_LOG)
        self.restore_approvals = TwoApprovals(self.directory, once, Purpose.SETTLE_RESTORE)
        self.installation = Installation(self.directory, effects, once, clock, checked)
