"""What the desk needs of others, joined in the composition root."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from security.access.model import Account


class Accounts(Protocol):
    """``identity.staff_admin.StaffAdmin``"""

    async def account(self, staff_id: UUID) -> Account:
        """security.access.errors.NotThere if there is none."""
        ...

    async def accounts(self) -> Sequence[Account]:
        """Those that were disabled too."""
        ...
