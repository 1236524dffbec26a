"""What stands for numbers and for attempts: made under the root key, so that no row gives either away."""

import hmac
from hashlib import sha256
from typing import Final, Protocol
from uuid import UUID

from appliance.ids import CustomerId, ShopId

_TOKEN_LENGTH: Final = 32


class Root(Protocol):
    """The part of ``security.crypto.root.RootKey`` that is needed here."""

    def mac(self, message: bytes) -> bytes: ...


class CallSecrets:
    def __init__(self, root: Root) -> None:
        self._key = root.mac(b"appliance/outbound/v1")

    def token(self, attempt_id: UUID) -> str:
        """What the switchboard hands back with the call: 128 bits that nobody else can say."""
        return self._mac("token", attempt_id.hex).hex()[:_TOKEN_LENGTH]

    def of_token(self, token: str) -> bytes:
        return self._mac("row", token)

    def of_number(self, number: str) -> bytes:
        """The same for all shops: one telephone rings once at a time, whoever calls."""
        return self._mac("number", number)

    def of_wish(self, shop: ShopId, who: str) -> bytes:
        """Of a number or an account that wants no calls of this shop."""
        return self._mac("wish", f"{shop}/{who}")

    def of_customer(self, shop: ShopId, customer_id: CustomerId) -> bytes:
        return self.of_wish(shop, f"customer:{customer_id}")

    def wish_of_number(self, shop: ShopId, number_mac: bytes) -> bytes:
        return self.of_wish(shop, f"number:{number_mac.hex()}")

    def _mac(self, use: str, message: str) -> bytes:
        return hmac.digest(self._key, f"{use}\x00{message}".encode(), sha256)
