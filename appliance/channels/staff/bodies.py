"""Bodies and answers of the staff API. Whatever holds a secret keeps it out of its ``repr``."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from appliance.web.request import Body
from security.access.changes import Decision
from security.access.effects import ChangeKind
from security.access.labels import Category, Label, Level
from security.access.model import Account, Factor, Principal, Session, State
from security.access.once import Issued
from security.access.permissions import ADMINISTRATORS, CLEARANCE, GRANTS, Permission, Role

LoginName = Annotated[str, Meta(min_length=1, max_length=64, examples=["li.si"])]
Password = Annotated[str, Meta(min_length=1, max_length=256)]
Code = Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)", description="From the authenticator app", examples=["123456"])]
Token = Annotated[str, Meta(min_length=1, max_length=64)]
Roles = Annotated[tuple[Role, ...], Meta(min_length=1, max_length=len(Role))]
Shops = Annotated[tuple[str, ...], Meta(max_length=200, description="Where business roles count; ids of shops")]
PlainId = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[!-~]+$(?!\n)", description="As the order system names it")
]
PasskeyAnswer = Annotated[dict[str, Any], Meta(description="What the browser's own dialogue returned, as JSON")]


class Secretive(Body, frozen=True):
    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Credentials(Secretive, frozen=True):
    login: LoginName
    password: Password


class SecondFactor(Secretive, frozen=True):
    """``code`` or ``passkey``."""

    ticket: Token
    code: Code | None = None
    passkey: PasskeyAnswer | None = None


class SetUpToken(Secretive, frozen=True):
    token: Token


class SetUpChoice(Secretive, frozen=True):
    """``login`` and ``name`` only for an account that has none yet."""

    token: Token
    password: Password
    code: Code
    login: LoginName | None = None
    name: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class NewPassword(Secretive, frozen=True):
    current: Password
    new: Password


class PasswordAgain(Secretive, frozen=True):
    password: Password


class NewCode(Secretive, frozen=True):
    token: Token
    code: Code


class NewPasskey(Secretive, frozen=True):
    token: Token
    passkey: PasskeyAnswer


class Clearance(Body, frozen=True):
    level: Level
    categories: tuple[Category, ...] = ()

    def label(self) -> Label:
        return Label(level=self.level, categories=frozenset(self.categories))


class NewAccount(Secretive, frozen=True):
    login: LoginName
    name: Annotated[str, Meta(min_length=1, max_length=64)]
    roles: Roles
    shops: Shops = ()
    clearance: Clearance | None = None


class NewRights(Body, frozen=True):
    roles: Roles
    shops: Shops = ()
    clearance: Clearance | None = None


class ApprovalFor(Body, frozen=True):
    purpose: Literal["reset_second_factor", "disable", "prune_log", "settle_restore"]


class TicketView(msgspec.Struct, frozen=True, kw_only=True):
    """The password was right. ``passkey``: options for the browser's own dialogue."""

    ticket: str
    factors: tuple[Factor, ...]
    expires_at: datetime
    passkey: dict[str, Any] | None = None


class EnrolmentView(msgspec.Struct, frozen=True, kw_only=True):
    """For the authenticator app; ``uri`` is what its picture holds. ``token`` comes back with the first code."""

    seed: str
    uri: str
    login: str | None
    token: str | None = None


class PasskeyOptions(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    options: dict[str, Any]


class PasskeyView(msgspec.Struct, frozen=True, kw_only=True):
    passkey_id: UUID
    created_at: datetime
    last_used_at: datetime | None


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    staff_id: UUID
    login: str | None
    name: str
    roles: list[Role]
    shops: list[str]
    level: Level
    categories: list[Category]
    state: State
    created_at: datetime
    last_used_at: datetime


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who is logged in. ``csrf_token`` goes into the header of every change."""

    account: AccountView
    permissions: list[Permission]
    has_expired_password: bool
    is_reconciling: bool
    """The appliance was restored, and writes nothing until two people have ended that: said on every page."""
    csrf_token: str


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    session_id: UUID
    staff_id: UUID
    is_this: bool
    factor: Factor
    ip: str
    terminal: str
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime


class RoleView(msgspec.Struct, frozen=True, kw_only=True):
    """``level`` and ``categories``: the highest label that it may be given."""

    role: Role
    is_administrator: bool
    permissions: list[Permission]
    level: Level
    categories: list[Category]


class ChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """``is_unconfirmed``: one administrator did it alone before going live, and nobody else has confirmed it."""

    change_id: UUID
    kind: ChangeKind
    staff_id: UUID
    roles: list[Role] | None
    shops: list[str] | None
    proposed_by: UUID
    proposed_at: datetime
    state: Decision
    decided_by: UUID | None
    decided_at: datetime | None
    confirmed_by: UUID | None
    is_unconfirmed: bool


class ResultView(msgspec.Struct, frozen=True, kw_only=True):
    """``state`` is `proposed` until a second administrator agrees. ``set_up``: hand its token to the person."""

    change_id: UUID
    staff_id: UUID
    state: Decision
    set_up: Issued | None = None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    sessions: int


class PhaseView(msgspec.Struct, frozen=True, kw_only=True):
    bootstrapped_at: datetime | None
    live_at: datetime | None


def session_view(session: Session, who: Principal) -> SessionView:
    return SessionView(
        is_this=session.session_id == who.session_id,
        **{name: getattr(session, name) for name in session.__struct_fields__},
    )


def role_view(role: Role) -> RoleView:
    label = CLEARANCE[role]
    return RoleView(
        role=role,
        is_administrator=role in ADMINISTRATORS,
        permissions=[each for each in Permission if each in GRANTS[role]],
        level=label.level,
        categories=sorted(label.categories),
    )


def account_view(account: Account) -> AccountView:
    rights = account.rights
    return AccountView(
        staff_id=account.staff_id,
        login=account.login,
        name=account.name,
        roles=sorted(rights.roles),
        shops=sorted(rights.shops),
        level=rights.label.level,
        categories=sorted(rights.label.categories),
        state=account.state,
        created_at=account.created_at,
        last_used_at=account.last_used_at,
    )


class LineAsked(Body, frozen=True):
    line_id: PlainId
    quantity: Annotated[int, Meta(ge=1, le=100_000)]
