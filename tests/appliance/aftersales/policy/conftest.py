"""The pack that ships, and what builds orders and asks to put to it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.aftersales.policy.pack import PolicyPack, default_pack
from tests.appliance.aftersales.policy.asks import NOW, ask, asked, case, customer, line, order


@pytest.fixture(scope="session")
def pack() -> PolicyPack:
    return default_pack()


@pytest.fixture(scope="session")
def build() -> SimpleNamespace:
    makers: dict[str, Callable[..., Any]] = {
        "line": line,
        "order": order,
        "case": case,
        "customer": customer,
        "asked": asked,
        "ask": ask,
    }
    return SimpleNamespace(now=NOW, **makers)
