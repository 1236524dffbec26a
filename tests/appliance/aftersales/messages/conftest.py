"""The world of cases, for the guides that follow from them."""

from tests.appliance.aftersales.cases.conftest import clock, quote_and_accept, service, world

__all__ = ["clock", "quote_and_accept", "service", "world"]
