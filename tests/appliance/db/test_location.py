"""Which database an installation uses, and what an outside one must offer."""

import pytest

from appliance.config import DatabaseSettings, Settings
from appliance.db.location import database_url, is_embedded
from appliance.errors import ConfigurationError


def _settings(url: str) -> Settings:
    return Settings(state_dir="/nonexistent", database=DatabaseSettings(url=url))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://shop@db.internal/shop?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        "host=db.internal dbname=shop sslmode=verify-full",
        "postgresql://shop@/shop?host=/run/postgresql",
        "postgresql://shop@127.0.0.1/shop",
    ],
)
def test_an_outside_server_with_checked_tls_or_on_this_machine_is_taken(url: str) -> None:
    assert database_url(_settings(url)) == url
    assert not is_embedded(_settings(url))


@pytest.mark.control("K3", "M-02")
@pytest.mark.parametrize("mode", ["", "?sslmode=require", "?sslmode=verify-ca"])
def test_an_outside_server_without_a_checked_name_is_refused(mode: str) -> None:
    with pytest.raises(ConfigurationError, match=r"db.internal without a checked certificate: add sslmode=verify-full"):
        database_url(_settings(f"postgresql://shop@db.internal/shop{mode}"))


def test_one_far_host_among_near_ones_needs_it_too() -> None:
    with pytest.raises(ConfigurationError, match=r"add sslmode=verify-full"):
        database_url(_settings("postgresql://shop@localhost,db.internal/shop"))


def test_an_url_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL is not understood"):
        database_url(_settings("postgresql://shop@db.internal/shop?colour=red"))


def test_without_one_it_is_our_own_cluster_which_the_first_start_makes() -> None:
    assert is_embedded(_settings(""))
    with pytest.raises(ConfigurationError, match="made at the first start"):
        database_url(_settings(""))
