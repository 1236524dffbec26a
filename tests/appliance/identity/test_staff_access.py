"""Access control as a configuration file can set it up: stricter, never weaker than its floors."""

from typing import Any

import msgspec
import pytest

from appliance import config
from appliance.clock import SystemClock
from appliance.config import AccessSettings
from appliance.errors import ConfigurationError
from appliance.identity.staff_access import access_control, console_origin, limits_of, networks
from security.access.limits import Limits


@pytest.mark.control("M-11")
def test_the_defaults_are_those_of_the_floor_below() -> None:
    assert limits_of(AccessSettings()) == Limits()


@pytest.mark.control("M-11")
def test_a_file_can_make_it_stricter() -> None:
    settings = config.parse("[access]\nidle_min = 5\nsessions = 1", source="appliance.toml").access
    assert (limits_of(settings).idle_min, limits_of(settings).sessions) == (5, 1)


@pytest.mark.control("M-10", "M-11")
@pytest.mark.parametrize(
    "line",
    ["password_length = 6", "failures = 100", "lock_min = 1", "idle_min = 600", "passwords_remembered = 0"],
)
def test_a_file_cannot_go_below_a_floor(line: str) -> None:
    with pytest.raises(ConfigurationError, match=line.split()[0]):
        config.parse(f"[access]\n{line}", source="appliance.toml")


@pytest.mark.control("M-13")
@pytest.mark.parametrize(
    "line", ["second_factor = false", "totp = false", "mfa = 'off'", "second_factor_exempt = ['sys_admin']"]
)
def test_a_file_cannot_switch_the_second_factor_off(line: str) -> None:
    """There is no such key, and a key that is not known refuses to start."""
    with pytest.raises(ConfigurationError, match="unknown field"):
        config.parse(f"[access]\n{line}", source="appliance.toml")


@pytest.mark.control("K5", "M-11")
def test_a_floor_holds_though_the_settings_were_made_by_hand() -> None:
    settings = msgspec.structs.replace(AccessSettings(), failures=1000)
    with pytest.raises(ConfigurationError, match="failures"):
        limits_of(settings)


def test_no_number_of_the_floor_below_lacks_its_setting() -> None:
    names = {field.name for field in msgspec.structs.fields(AccessSettings)}
    assert {field.name for field in msgspec.structs.fields(Limits)} < names


@pytest.mark.parametrize(
    "origin",
    [
        "console.example",
        "http://console.example",
        "https://c.example/path",
        "https://",
        "https://c.example:port",
        "https://who@c.example",
        "ftp://localhost",
    ],
)
def test_the_consoles_address_is_one(origin: str) -> None:
    ring: Any = None
    with pytest.raises(ConfigurationError, match=r"access\.origin"):
        access_control(AccessSettings(origin=origin), ring, SystemClock())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("https://SERVER01", "https://server01"),
        ("HTTPS://Console.Example.internal:443", "https://console.example.internal"),
        ("https://server01:8443", "https://server01:8443"),
        ("http://localhost:80", "http://localhost"),
        ("https://[FD00::1]:443", "https://[fd00::1]"),
        ("", ""),
    ],
)
def test_the_consoles_address_is_taken_as_browsers_say_it(written: str, said: str) -> None:
    assert console_origin(written) == said


@pytest.mark.control("M-23")
def test_networks_are_networks() -> None:
    assert [str(each) for each in networks(("10.1.0.0/16", "::1"), "access.networks")] == ["10.1.0.0/16", "::1/128"]
    with pytest.raises(ConfigurationError, match=r"access\.networks"):
        networks(("10.1.0.1/16",), "access.networks")
