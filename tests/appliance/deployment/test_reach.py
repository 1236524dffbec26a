"""Where the appliance may go follows from its settings, and is on the intranet."""

import pytest

from appliance.config import AuditSettings, DatabaseSettings, Settings
from appliance.config_platform import PlatformSettings
from appliance.config_understanding import LlmSettings
from appliance.config_voice import VoiceSettings
from appliance.deployment.reach import destinations, reached
from appliance.errors import ConfigurationError
from appliance.supervisor.places import Place

NAMES = {"erp.example.internal": ["10.1.0.7", "10.1.0.8"], "shop.example.com": ["93.184.216.34"], "six": ["fd00::7"]}


def look_up(host: str) -> list[str]:
    if host not in NAMES:
        raise OSError(host)
    return NAMES[host]


def test_each_server_of_the_settings_is_one_and_this_machine_none() -> None:
    settings = Settings(
        database=DatabaseSettings(url="postgresql://a@db-1,db-2:5433/x?sslmode=verify-full"),
        llm=LlmSettings(url="http://127.0.0.1:8000/v1"),
        voice=VoiceSettings(recogniser_url="wss://asr.internal", speaker_url="http://localhost:8020/v1"),
        audit=AuditSettings(forward_to="syslog+tls://log.internal:6514"),
        platform=PlatformSettings(reach=("erp.example.internal:443", "[fd00::7]:8443", "erp.example.internal:443")),
    )
    assert {str(each): each.named_by for each in destinations(settings)} == {
        "asr.internal:443": "voice.recogniser_url",
        "db-1:5432": "database.url",
        "db-2:5433": "database.url",
        "erp.example.internal:443": "platform.reach",
        "[fd00::7]:8443": "platform.reach",
        "log.internal:6514": "audit.forward_to",
    }


def test_without_any_nothing_is_reached() -> None:
    assert destinations(Settings()) == ()


def test_all_addresses_of_a_name_count() -> None:
    (found,) = reached([Place("erp.example.internal", 443, "platform.reach")], look_up)
    assert list(map(str, found.addresses)) == ["10.1.0.7", "10.1.0.8"]


@pytest.mark.control("M-05")
@pytest.mark.parametrize("host", ["shop.example.com", "93.184.216.34", "2001:4860:4860::8888", "169.254.169.254"])
def test_a_public_address_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match=r"platform.reach: .* is no address of an intranet"):
        reached([Place(host, 443, "platform.reach")], look_up)


def test_a_name_that_nobody_knows_is_told_with_its_setting() -> None:
    with pytest.raises(ConfigurationError, match=r"platform.reach: gone.internal has no address"):
        reached([Place("gone.internal", 443, "platform.reach")], look_up)


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no port between 1 and 65535"):
        destinations(Settings(platform=PlatformSettings(reach=("erp.example.internal:99999",))))
