"""A shop, and a verified customer who talks with it."""

import pytest

from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, Shop, Talk


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def talk(shop: Shop) -> Talk:
    return Talk(shop)


@pytest.fixture
def stranger(shop: Shop) -> Talk:
    """Nobody knows yet who it is."""
    return Talk(shop, customer_id=None)


@pytest.fixture
def quoted(talk: Talk) -> Talk:
    """A return of the shoes lies on the table and waits for a yes."""
    talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.because("size"))
    assert talk.awaiting == "confirm"
    return talk
