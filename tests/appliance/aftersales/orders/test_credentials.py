"""Secrets come from a file that only its owner may read, by name, and from where the file points."""

from pathlib import Path

import pytest

from appliance.aftersales.orders.credentials import Credentials, parse, read_file
from appliance.errors import ConfigurationError


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "shop.keys"
    file.write_text(text, "utf-8")
    file.chmod(mode)
    return file


@pytest.mark.parametrize("key", ["k-1", "a=b", "YWJj==", "Bearer x"])
def test_one_line_is_the_api_key(tmp_path: Path, key: str) -> None:
    assert read_file(write(tmp_path, f"{key}\n")) == {"api_key": key}


def test_secrets_have_names_and_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "from-the-environment")
    (tmp_path / "client.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    text = 'client_id = "us"\nclient_secret = {env = "SHOP_SECRET"}\nclient_key = {file = "client.pem"}\n'
    assert read_file(write(tmp_path, text)) == {
        "client_id": "us",
        "client_secret": "from-the-environment",
        "client_key": "-----BEGIN CERTIFICATE-----",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty; write the API key there"),
        ('a = "x"\nb = \n', "not TOML (line 2)"),
        ('A = "x"\nb = "y"', "A: names are lower-case"),
        ('a = ""\n', "a: expected a text in quotes"),
        ('a = {env = "SHOP_HAS_NO_SUCH"}\n', "a: the environment has no SHOP_HAS_NO_SUCH"),
        ('a = {file = "none.pem"}\n', "a: none.pem cannot be read"),
        ('a = {path = "none.pem"}\n', "a: expected a text in quotes"),
    ],
)
def test_a_mistake_is_told_without_the_secret(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_file(write(tmp_path, text))
    assert told in caught.value.detail
    assert '"x"' not in caught.value.detail


@pytest.mark.control("M-29")
def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="others may read it: run chmod 600"):
        read_file(write(tmp_path, "k-1", 0o640))


def test_what_a_header_cannot_carry_is_refused() -> None:
    for wrong in ("a\r\nb", "密钥", ""):
        with pytest.raises(ConfigurationError):
            Credentials(api_key=wrong).secret("api_key")


def test_standard_input_is_read_as_a_file_is(tmp_path: Path) -> None:
    assert parse("k-1\n", tmp_path, "<stdin>") == {"api_key": "k-1"}
