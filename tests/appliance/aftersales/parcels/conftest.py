"""The world of cases, for what time brings to them."""

from tests.appliance.aftersales.cases.conftest import clock, new_executor, quote_and_accept, service, world

__all__ = ["clock", "new_executor", "quote_and_accept", "service", "world"]
