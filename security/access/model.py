"""Accounts, sessions and who acts. Names and addresses never appear in a ``repr``."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from security.access.errors import RightsUnfit
from security.access.labels import Label
from security.access.permissions import CLEARANCE, WITH_EXPIRED_PASSWORD, Permission, Role, permissions_of

LOGIN: Final = r"^[a-z0-9][a-z0-9._-]{2,31}$"
_LONGEST_NAME: Final = 64
_LONGEST_TERMINAL: Final = 200
_PRODUCT: Final = re.compile(
    r"\b(?:Mozilla|Chrome|Chromium|Safari|Firefox|Edg|OPR|MicroMessenger|QQBrowser|curl|Wget|python-httpx|python-requests"
    r"|okhttp|Java|Go-http-client|Apache-HttpClient|PostmanRuntime|aftersales-client)/\d{1,4}(?:\.\d{1,5}){0,3}(?![\d.])"
)
_PLATFORM: Final = re.compile(r"\b(?:Windows NT|Macintosh|Linux|Android|iPhone|iPad|HarmonyOS)\b")
_NOBODYS: Final = frozenset(
    {"admin", "administrator", "root", "test", "tester", "guest", "user", "system", "operator", "default", "support"}
)
"""An account belongs to a person, and default names are the first that anybody tries."""


class State(StrEnum):
    PROPOSED = "proposed"
    """A second administrator has not agreed yet."""
    INVITED = "invited"
    """Waits for the person to set it up with a one-time token."""
    ACTIVE = "active"
    DISABLED = "disabled"


class Factor(StrEnum):
    TOTP = "totp"
    PASSKEY = "passkey"


class Rights(msgspec.Struct, frozen=True, kw_only=True):
    """What an account may. ``shops``: where its business roles count."""

    roles: frozenset[Role]
    shops: frozenset[str] = frozenset()
    label: Label

    def is_whole(self, role: Role) -> bool:
        """Whether they hold the role with all that it may read."""
        return role in self.roles and self.label.dominates(CLEARANCE[role])


class Account(msgspec.Struct, frozen=True, kw_only=True):
    staff_id: UUID
    login: str | None
    """None until it is set up, for the first administrators."""
    name: str
    rights: Rights
    state: State
    created_at: datetime
    last_used_at: datetime

    def __repr__(self) -> str:
        return f"Account({self.staff_id}, {self.state})"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request came from, and its id."""

    ip: str = ""
    terminal: str = ""
    request: str = ""

    def __repr__(self) -> str:
        return f"Origin({self.request})"


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts: a person with a live session. What is not granted is denied."""

    staff_id: UUID
    session_id: UUID
    rights: Rights
    factor: Factor
    has_expired_password: bool = False

    @property
    def permissions(self) -> frozenset[Permission]:
        granted = permissions_of(self.rights.roles)
        return granted & WITH_EXPIRED_PASSWORD if self.has_expired_password else granted

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def serves(self, shop: str) -> bool:
        return shop in self.rights.shops


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody is logged in."""

    session_id: UUID
    staff_id: UUID
    factor: Factor
    ip: str
    terminal: str
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime

    def __repr__(self) -> str:
        return f"Session({self.session_id})"


def login_from(text: str) -> str:
    login = text.strip().casefold()
    if not re.fullmatch(LOGIN, login):
        raise RightsUnfit("a login name is 3 to 32 small letters, digits, dots, hyphens and underscores")
    if login.strip("0123456789._-") in _NOBODYS:
        raise RightsUnfit("a login name belongs to one person: not a role, and none of the names that everybody tries")
    return login


def name_from(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise RightsUnfit(f"a name has 1 to {_LONGEST_NAME} printable characters")
    return name


def terminal_from(text: str) -> str:
    """What a browser or a program says of itself, in words that are known: whatever else is sent there stays out.

    Records keep it for good, and anybody can write a name or a number into a User-Agent.
    """
    known = _PLATFORM.findall(text[:_LONGEST_TERMINAL]) + _PRODUCT.findall(text[:_LONGEST_TERMINAL])
    return " ".join(dict.fromkeys(known)) or ("other" if text.strip() else "")
