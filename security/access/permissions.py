"""Roles, and what each may do: two closed sets and one table. What the table does not say is denied.

Nobody holds everything: the three administrators exclude each other and every role of the business.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from security.access.errors import RightsUnfit, RolesExclude
from security.access.labels import Category, Label, Level


class Role(StrEnum):
    SYS_ADMIN = "sys_admin"
    """系统管理员: configuration, operation, backup."""
    SEC_ADMIN = "sec_admin"
    """安全管理员: accounts, rights, labels, keys."""
    AUDIT_ADMIN = "audit_admin"
    """审计管理员: reads, verifies and exports the audit log."""
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    APPROVER = "approver"
    OPERATIONS = "operations"


class Permission(StrEnum):
    SESSION_OWN = "session:own"
    PASSWORD_OWN = "password:own"  # noqa: S105 - a name, not a secret
    FACTOR_OWN = "factor:own"

    STAFF_READ = "staff:read"
    STAFF_PROPOSE = "staff:propose"
    STAFF_REQUEST = "staff:request"
    """To ask for an account of the business, which a security administrator agrees to or not."""
    STAFF_APPROVE = "staff:approve"
    STAFF_CONFIRM = "staff:confirm"
    """What another did alone before the installation went live."""
    SESSIONS_END = "sessions:end"
    GO_LIVE = "access:go_live"
    KEYS_MANAGE = "keys:manage"
    EGRESS_ALLOW = "egress:allow"

    AUDIT_READ = "audit:read"
    AUDIT_VERIFY = "audit:verify"
    AUDIT_EXPORT = "audit:export"

    SYSTEM_READ = "system:read"
    SYSTEM_CONFIGURE = "system:configure"
    BACKUP_RUN = "backup:run"
    CLIENTS_MANAGE = "clients:manage"

    CONVERSATION_READ = "conversation:read"
    CONVERSATION_REPLY = "conversation:reply"
    CONVERSATION_TAKE_OVER = "conversation:take_over"
    """From another agent, and to end what he has."""
    DESK_MANAGE = "desk:manage"
    CUSTOMER_REVEAL = "customer:reveal"
    RECORDING_PLAY = "recording:play"
    """To know of which calls there are recordings, and to hear one for a stated purpose."""
    CASE_READ = "case:read"
    CASE_PROPOSE = "case:propose"
    CASE_APPROVE = "case:approve"
    WORK_READ = "work:read"
    WORK_HANDLE = "work:handle"
    WORK_MANAGE = "work:manage"
    POLICY_READ = "policy:read"
    POLICY_PROPOSE = "policy:propose"
    POLICY_APPROVE = "policy:approve"
    KNOWLEDGE_EDIT = "knowledge:edit"
    REPORT_READ = "report:read"


ADMINISTRATORS: Final = frozenset({Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDIT_ADMIN})

OWN: Final = frozenset({Permission.SESSION_OWN, Permission.PASSWORD_OWN, Permission.FACTOR_OWN})
"""What everybody may who is logged in."""

WITH_EXPIRED_PASSWORD: Final = frozenset({Permission.SESSION_OWN, Permission.PASSWORD_OWN})

_P = Permission
GRANTS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.SYS_ADMIN: OWN | {_P.SYSTEM_READ, _P.SYSTEM_CONFIGURE, _P.BACKUP_RUN, _P.CLIENTS_MANAGE, _P.STAFF_REQUEST},
    Role.SEC_ADMIN: OWN
    | {
        _P.STAFF_READ,
        _P.STAFF_PROPOSE,
        _P.STAFF_APPROVE,
        _P.STAFF_CONFIRM,
        _P.SESSIONS_END,
        _P.GO_LIVE,
        _P.KEYS_MANAGE,
        _P.EGRESS_ALLOW,
    },
    Role.AUDIT_ADMIN: OWN | {_P.STAFF_READ, _P.STAFF_CONFIRM, _P.AUDIT_READ, _P.AUDIT_VERIFY, _P.AUDIT_EXPORT},
    Role.AGENT: OWN
    | {
        _P.CONVERSATION_READ,
        _P.CONVERSATION_REPLY,
        _P.CUSTOMER_REVEAL,
        _P.CASE_READ,
        _P.CASE_PROPOSE,
        _P.WORK_READ,
        _P.WORK_HANDLE,
        _P.POLICY_READ,
    },
    Role.SUPERVISOR: OWN
    | {
        _P.CONVERSATION_READ,
        _P.CONVERSATION_REPLY,
        _P.CONVERSATION_TAKE_OVER,
        _P.DESK_MANAGE,
        _P.CUSTOMER_REVEAL,
        _P.RECORDING_PLAY,
        _P.CASE_READ,
        _P.CASE_PROPOSE,
        _P.WORK_READ,
        _P.WORK_HANDLE,
        _P.WORK_MANAGE,
        _P.POLICY_READ,
        _P.REPORT_READ,
    },
    Role.APPROVER: OWN
    | {
        _P.CONVERSATION_READ,
        _P.RECORDING_PLAY,
        _P.CASE_READ,
        _P.CASE_APPROVE,
        _P.WORK_READ,
        _P.POLICY_READ,
        _P.POLICY_APPROVE,
        _P.REPORT_READ,
    },
    Role.OPERATIONS: OWN | {_P.POLICY_READ, _P.POLICY_PROPOSE, _P.KNOWLEDGE_EDIT, _P.REPORT_READ},
}

_DECIDER: Final = Label(
    level=Level.SENSITIVE, categories=frozenset({Category.CUSTOMER, Category.MONEY, Category.POLICY})
)

CLEARANCE: Final[Mapping[Role, Label]] = {
    Role.SYS_ADMIN: Label(level=Level.INTERNAL, categories=frozenset({Category.SYSTEM})),
    Role.SEC_ADMIN: Label(level=Level.CORE, categories=frozenset({Category.SECURITY})),
    Role.AUDIT_ADMIN: Label(level=Level.CORE, categories=frozenset({Category.AUDIT})),
    Role.AGENT: Label(level=Level.SENSITIVE, categories=frozenset({Category.CUSTOMER, Category.POLICY})),
    Role.SUPERVISOR: _DECIDER,
    Role.APPROVER: _DECIDER,
    Role.OPERATIONS: Label(level=Level.INTERNAL, categories=frozenset({Category.POLICY})),
}
"""The highest label that a role may be given; an account gets it unless a lower one is asked for."""


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    return frozenset[Permission]().union(*(GRANTS[role] for role in roles))


def checked(roles: frozenset[Role]) -> frozenset[Role]:
    """The roles, if one person may hold them together."""
    if not roles:
        raise RightsUnfit("an account has at least one role")
    if roles & ADMINISTRATORS and len(roles) > 1:
        raise RolesExclude("an administrator holds that one role and no other")
    return roles
