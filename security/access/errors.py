"""Why somebody was refused. Each has a stable code; ``kind`` is what an edge makes a status of.

    AccessError
    ├── LoginRefused       unauthenticated  name, password or code: never says which
    ├── SessionRefused     unauthenticated  no session, or it has ended
    │   ├── SessionTampered unauthenticated its row is not what we wrote
    │   └── RightsTampered unauthenticated  its account's row is not what we wrote
    ├── TokenRefused       unauthenticated  a one-time token that is unknown, used or too old
    ├── SignatureRefused   unauthenticated  a signed request that does not hold
    ├── TooManyAttempts    too_many         from this address, for now
    ├── TooManyReveals     too_many         clear values, by this person, for now
    ├── NotAllowed         forbidden        known, but may not
    ├── PasswordWrong      forbidden        asked for again before something that matters
    ├── PasswordExpired    forbidden        may only change the password
    ├── PasswordUnfit      invalid          against the password policy
    ├── RightsUnfit        invalid          roles, shops or a name that do not fit
    ├── RolesExclude       conflict         two roles that one person may not hold
    ├── ChangeRefused      conflict         not by this person, not now, or decided already
    └── NotThere           not_found

No message holds a name, a password or a code.
"""

from enum import StrEnum
from typing import ClassVar

from security.errors import SecurityError


class Kind(StrEnum):
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    INVALID = "invalid"
    TOO_MANY = "too_many"


class AccessError(SecurityError):
    code = "access_refused"
    kind: ClassVar[Kind] = Kind.FORBIDDEN

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class LoginRefused(AccessError):
    code = "login_refused"
    kind = Kind.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("name, password or code is wrong, or the account is locked; after a while try again")


class SessionRefused(AccessError):
    code = "session_refused"
    kind = Kind.UNAUTHENTICATED


class SessionTampered(SessionRefused):
    code = "session_tampered"

    def __init__(self) -> None:
        super().__init__("this session was not opened here, or was changed behind our back; log in again")


class RightsTampered(SessionRefused):
    code = "rights_tampered"

    def __init__(self) -> None:
        super().__init__("this account's rights were changed behind our back; a security administrator has to set them")


class TokenRefused(AccessError):
    code = "one_time_token_refused"
    kind = Kind.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("the one-time token is unknown, used or too old; ask for another one")


class SignatureRefused(AccessError):
    code = "signature_refused"
    kind = Kind.UNAUTHENTICATED


class TooManyAttempts(AccessError):
    code = "too_many_attempts"
    kind = Kind.TOO_MANY
    retryable = True

    def __init__(self, wait_s: int) -> None:
        super().__init__("too many failed attempts from this address; try again later")
        self.wait_s = wait_s


class TooManyReveals(AccessError):
    code = "too_many_reveals"
    kind = Kind.TOO_MANY

    def __init__(self) -> None:
        super().__init__("you have asked for as many clear values as one person may in an hour; go on later")


class NotAllowed(AccessError):
    code = "not_allowed"


class PasswordWrong(AccessError):
    code = "password_wrong"

    def __init__(self) -> None:
        super().__init__("your password is wrong, or your account is locked for a while")


class PasswordExpired(AccessError):
    code = "password_expired"

    def __init__(self) -> None:
        super().__init__("the password has expired; change it, then go on")


class PasswordUnfit(AccessError):
    code = "password_unfit"
    kind = Kind.INVALID


class RightsUnfit(AccessError):
    code = "rights_unfit"
    kind = Kind.INVALID


class RolesExclude(AccessError):
    code = "roles_exclude_each_other"
    kind = Kind.CONFLICT


class ChangeRefused(AccessError):
    code = "change_refused"
    kind = Kind.CONFLICT


class NotConfirmed(ChangeRefused):
    """The message names the changes, by their ids."""

    code = "not_confirmed"


class NotThere(AccessError):
    code = "not_found"
    kind = Kind.NOT_FOUND
