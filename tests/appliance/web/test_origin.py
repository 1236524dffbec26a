"""Where a request came from, with the settings that ship: a proxy on this machine, staff from private networks."""

from typing import Any

import pytest
from litestar.connection import ASGIConnection

from appliance.config import AccessSettings
from appliance.identity.staff_access import networks
from appliance.web.origin import Origins

SHIPPED = AccessSettings()
ORIGINS = Origins(networks(SHIPPED.trusted_proxies, "trusted_proxies"), networks(SHIPPED.networks, "networks"))


def connection(*forwarded: str, peer: str = "127.0.0.1") -> "ASGIConnection[Any, Any, Any, Any]":
    scope: Any = {
        "type": "http",
        "client": (peer, 1),
        "headers": [(b"x-forwarded-for", line.encode()) for line in forwarded],
    }
    return ASGIConnection(scope)


@pytest.mark.control("M-23")
@pytest.mark.parametrize(
    ("forwarded", "ip"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["10.0.0.5, 203.0.113.9"], "203.0.113.9"),
        (["10.0.0.5", "203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9:4711"], "203.0.113.9"),
        (["[2001:db8::1]:44"], "2001:db8::1"),
        (["[2001:db8::1]"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["203.0.113.9, 127.0.0.1"], "203.0.113.9"),
        (["unknown"], ""),
        (["10.0.0.5, _hidden"], ""),
        ([""], ""),
        (["10.0.0.5", ""], ""),
    ],
)
def test_the_nearest_that_is_no_proxy_of_ours_is_who_asks(forwarded: list[str], ip: str) -> None:
    origin = ORIGINS.of(connection(*forwarded))
    assert origin.ip == ip
    assert not ORIGINS.may_be_staff(origin)
    assert ORIGINS.is_proxy(origin) == (ip == "")


@pytest.mark.control("M-23")
def test_whoever_is_no_proxy_of_ours_speaks_for_himself() -> None:
    origin = ORIGINS.of(connection("10.0.0.5", peer="203.0.113.9"))
    assert origin.ip == "203.0.113.9"
    assert not ORIGINS.may_be_staff(origin)


def test_who_works_on_this_machine_needs_no_proxy() -> None:
    origin = ORIGINS.of(connection())
    assert origin.ip == "127.0.0.1"
    assert ORIGINS.may_be_staff(origin)
