"""The tree of errors. Each has a stable code, an HTTP status and says whether a retry helps.

    ApplianceError
    ├── InputError                 the caller sent something wrong (4xx)
    │   ├── InvalidInput             422  a value does not fit
    │   ├── NotFound                 404  no such thing, or not yours: the same words
    │   ├── Unauthenticated          401  no proof of identity, or it is not valid
    │   ├── Forbidden                403  known, but may not
    │   ├── Conflict                 409  another change came first
    │   ├── TooLarge                 413  beyond a stated limit
    │   └── TooManyRequests          429  slow down
    ├── ConfigurationError         a file or setting is wrong; says where and what to do
    │   └── ShopNotConnected         503  a shop that has no order system yet; says the command
    └── Unavailable                503  a part that is needed does not answer now; retry helps
        ├── OrderSystemUnavailable
        │   └── Reconciling               after a restore nothing is written, until two people have ended it
        └── AuditUnavailable

What a customer hears is a reply key (``appliance.dialogue.replies``), never the text of an exception.
"""

from typing import ClassVar


class ApplianceError(Exception):
    """Base of every error that this product raises on purpose."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InputError(ApplianceError):
    code = "invalid_input"
    status = 400


class InvalidInput(InputError):
    code = "invalid_input"
    status = 422


class NotFound(InputError):
    code = "not_found"
    status = 404


class Unauthenticated(InputError):
    code = "unauthenticated"
    status = 401


class Forbidden(InputError):
    code = "forbidden"
    status = 403


class Conflict(InputError):
    code = "conflict"
    status = 409


class TooLarge(InputError):
    code = "too_large"
    status = 413


class TooManyRequests(InputError):
    code = "too_many_requests"
    status = 429
    retryable = True

    def __init__(self, detail: str, wait_s: int) -> None:
        super().__init__(detail)
        self.wait_s = wait_s


class ConfigurationError(ApplianceError):
    """A file or setting is wrong. The detail names the place (file, line, field) and the cure."""

    code = "configuration"


class ShopNotConnected(ConfigurationError):
    """Whoever calls is told the cure too: a retry does not help before it."""

    code = "shop_not_connected"
    status = 503


class Unavailable(ApplianceError):
    code = "unavailable"
    status = 503
    retryable = True


class OrderSystemUnavailable(Unavailable):
    code = "order_system_unavailable"


class Reconciling(OrderSystemUnavailable):
    """For a customer it is as if the order system were away: his request is kept, and a colleague takes over."""

    code = "reconciling"


class AuditUnavailable(Unavailable):
    code = "audit_unavailable"
