"""What guides need of others, joined in the composition root."""

from typing import Protocol

from appliance.aftersales.messages.model import Taken, Text
from appliance.ids import CustomerId, ShopId


class Gateway(Protocol):
    async def send(self, text: Text) -> Taken:
        """One attempt, bounded in time. Never raises for what the gateway or the net does."""
        ...


class Phones(Protocol):
    async def of(self, shop: ShopId, customer_id: CustomerId) -> str:
        """The account's number as the order system has it now. NotFound, or OrderSystemUnavailable."""
        ...


class OptOuts(Protocol):
    def wants_none(self, shop: ShopId, customer_id: CustomerId) -> bool:
        """ConfigurationError where that cannot be known now."""
        ...
