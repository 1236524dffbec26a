"""Why a proof of identity was refused. Each has its own stable code, so that a widget knows what to do next.

Unauthenticated
├── TokenMissing      401 token_missing      bring one
├── TokenExpired      401 token_expired      fetch a new one from the shop
├── TokenNotValid     401 token_not_valid    forged, of another shop, or malformed
├── ApiKeyNotValid    401 api_key_not_valid
└── SignatureNotValid 401 signature_not_valid
Forbidden
├── OriginNotAllowed      403 origin_not_allowed a page that the shop has not named
└── NotGranted
    ├── ScopeMissing    403 scope_missing      a system that is known and may not do this
    └── ClearanceTooLow 403 clearance_too_low  a label that does not dominate that of what is asked for
"""

from uuid import UUID

from appliance.errors import Forbidden, Unauthenticated
from appliance.ids import ShopId


class TokenMissing(Unauthenticated):
    code = "token_missing"


class TokenExpired(Unauthenticated):
    code = "token_expired"


class TokenNotValid(Unauthenticated):
    code = "token_not_valid"


class ApiKeyNotValid(Unauthenticated):
    code = "api_key_not_valid"


class SignatureNotValid(Unauthenticated):
    code = "signature_not_valid"


class NotGranted(Forbidden):
    """Says of which system, for the audit log."""

    def __init__(self, detail: str, shop: ShopId, system: UUID) -> None:
        super().__init__(detail)
        self.shop = shop
        self.system = system


class ScopeMissing(NotGranted):
    code = "scope_missing"


class ClearanceTooLow(NotGranted):
    code = "clearance_too_low"


class OriginNotAllowed(Forbidden):
    """A shop's chat opens on the pages that the shop has named: ``appliance shop widget``."""

    code = "origin_not_allowed"
