"""The root key where the settings say it is, through the commands themselves: each a process of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance import config
from appliance.errors import ConfigurationError
from appliance.joints.root_key import open_root
from security.crypto.file_root import FileRootKey
from security.crypto.root import RootKey
from tests.full_disk import full_disk
from tests.security.crypto.root_places import LABEL, PIN, sdf_library, softhsm_token

pytestmark = [
    pytest.mark.control("M-29"),
    pytest.mark.parametrize("database_server", ["shipped"], indirect=True, scope="session"),
]


class Place:
    """A state directory, and settings that name a token or a device."""

    def __init__(self, home: Path, database_url: str) -> None:
        self.home = home
        self.settings: dict[str, str | int] = {}
        self.environment = {"APPLIANCE_STATE_DIR": str(home), "DATABASE_URL": database_url}

    def at_token(self) -> "Place":
        library = softhsm_token(self.home)
        own = self.home / "module.so"
        own.symlink_to(library)
        pin = self.home / "pin"
        pin.touch(mode=0o600)
        pin.write_text(f"{PIN}\n")
        self.settings = {
            "provider": "pkcs11",
            "pkcs11_library": str(own),
            "pkcs11_label": LABEL,
            "pkcs11_pin_file": str(pin),
            "pkcs11_name": self.home.name,
        }
        return self

    def at_device(self) -> "Place":
        shutil.move(sdf_library(self.home), self.home / "module.so")
        self.settings = {"provider": "sdf", "sdf_library": str(self.home / "module.so"), "sdf_key_index": 1}
        return self

    def opened(self) -> RootKey:
        """In this process."""
        self.write()
        return open_root(config.load(self.environment))

    def appliance(self, *words: str) -> "subprocess.CompletedProcess[str]":
        self.write()
        return subprocess.run(
            [sys.executable, "-m", "appliance.cli.main", *words],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def write(self) -> None:
        lines = [f"{key} = {value!r}" for key, value in self.settings.items()]
        (self.home / "appliance.toml").write_text("\n".join(["[keys]", *lines]) + "\n")

    def refused(self, *words: str) -> str:
        """What a command says that ends with a plain error."""
        done = self.appliance(*words)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
        return done.stderr


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Place:
    return Place(tmp_path, database_url)


KEPT: dict[str, Callable[[Place], Place]] = {"pkcs11": Place.at_token, "sdf": Place.at_device}


@pytest.fixture(params=list(KEPT))
def kept(request: pytest.FixtureRequest, place: Place) -> Place:
    return KEPT[request.param](place)


def test_what_is_sealed_opens_again_in_the_next_process_and_no_key_lies_on_the_disk(kept: Place) -> None:
    added = kept.appliance("shop", "add", "north", "--name", "北")
    assert added.returncode == 0, added.stderr
    again = kept.appliance("shop", "rotate-secret", "north", "customer_token")
    assert again.returncode == 0, again.stderr
    assert list((kept.home / "secrets").glob("root.key*")) == []


def test_a_module_that_is_away_is_said_with_its_cure(kept: Place) -> None:
    assert kept.appliance("shop", "add", "north", "--name", "北").returncode == 0
    module = kept.home / "module.so"
    module.rename(kept.home / "away.so")
    said = kept.refused("shop", "rotate-secret", "north", "customer_token")
    provider = kept.settings["provider"]
    assert f"keys.provider is {provider}, and it does not open" in said
    assert f"mend keys.{provider}_*" in said
    assert "module.so cannot be loaded" in kept.appliance("doctor").stdout
    (kept.home / "away.so").rename(module)
    assert kept.appliance("shop", "rotate-secret", "north", "customer_token").returncode == 0


def test_doctor_says_who_keeps_it(kept: Place) -> None:
    assert "there is no root key yet" in kept.appliance("doctor").stdout
    assert kept.appliance("shop", "add", "north", "--name", "北").returncode == 0
    assert f"in keeping of: {kept.settings['provider']}" in kept.appliance("doctor").stdout


def test_a_setting_does_not_move_it(kept: Place) -> None:
    assert kept.appliance("shop", "add", "north", "--name", "北").returncode == 0
    provider, kept.settings = kept.settings["provider"], {}
    assert f'Set keys.provider = "{provider}"' in kept.refused("shop", "add", "south", "--name", "南")
    assert list((kept.home / "secrets").glob("root.key*")) == []


def test_a_key_in_a_file_is_not_left_behind_for_a_token(place: Place) -> None:
    FileRootKey(place.home / "secrets" / "root.key")
    place.settings = {"provider": "pkcs11"}
    assert 'Set keys.provider = "file"' in place.refused("shop", "add", "north", "--name", "北")


def test_another_token_or_an_emptied_one_is_not_taken_for_it(place: Place) -> None:
    place.at_token().opened()
    name = place.settings["pkcs11_name"]
    place.settings["pkcs11_name"] = f"{name}-other"
    with pytest.raises(ConfigurationError, match=f"holds no root key named {name}-other"):
        place.opened()
    (place.home / "secrets" / "root.pkcs11").unlink()
    place.opened()
    place.settings["pkcs11_name"] = name
    with pytest.raises(ConfigurationError, match="holds another root key"):
        place.opened()


def test_a_first_start_on_a_full_disk_leaves_no_trace_of_a_token(place: Place) -> None:
    trace, root = place.home / "secrets" / "root.pkcs11", place.at_token().opened()
    trace.unlink()
    place.write()
    settings = config.load(place.environment)
    with full_disk(), pytest.raises(ConfigurationError, match=r"neither read nor made in .*/secrets.*Make room"):
        open_root(settings)
    assert list(trace.parent.iterdir()) == [trace.with_name("root.lock")]
    assert open_root(settings).mac(b"m") == root.mac(b"m")


@pytest.mark.parametrize("length", [0, 1, 63])
def test_a_cut_trace_of_a_token_is_said_with_its_cure(place: Place, length: int) -> None:
    trace, root = place.home / "secrets" / "root.pkcs11", place.at_token().opened()
    whole = trace.read_text()
    trace.chmod(0o600)
    trace.write_text(whole[:length])
    with pytest.raises(ConfigurationError, match="restore it from its backup"):
        place.opened()
    trace.unlink()
    assert place.opened().mac(b"m") == root.mac(b"m")
    assert trace.read_text() == whole


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("pkcs11_library", "", "name its library as keys.pkcs11_library"),
        ("pkcs11_library", "libc.so.6", "is no library of PKCS#11"),
        ("pkcs11_label", "nobody", "no token has the label nobody"),
        ("pkcs11_pin_file", "/nowhere/pin", "keys.pkcs11_pin_file names /nowhere/pin, which cannot be read"),
        ("provider", "tpm", r"keys\.provider"),
    ],
)
def test_each_wrong_setting_is_named(place: Place, setting: str, value: str, said: str) -> None:
    place.at_token().settings[setting] = value
    with pytest.raises(ConfigurationError, match=said):
        place.opened()


def test_a_device_is_asked_for_through_a_library_of_its_kind(place: Place) -> None:
    place.at_device().settings["sdf_library"] = "libc.so.6"
    with pytest.raises(ConfigurationError, match="is no library of SDF"):
        place.opened()


def test_a_pin_that_others_may_read_is_refused(place: Place) -> None:
    Path(str(place.at_token().settings["pkcs11_pin_file"])).chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        place.opened()


@pytest.mark.parametrize("empty", ["", "\n", "  \n\n"])
def test_an_empty_file_of_the_pin_is_said_with_what_belongs_there(place: Place, empty: str) -> None:
    pin = Path(str(place.at_token().settings["pkcs11_pin_file"]))
    pin.write_text(empty)
    said = f"keys.pkcs11_pin_file names {pin}, which is empty: write the user PIN of the token there"
    with pytest.raises(ConfigurationError, match=said):
        place.opened()


def test_a_wrong_pin_is_said_by_the_token(place: Place) -> None:
    Path(str(place.at_token().settings["pkcs11_pin_file"])).write_text("4321")
    assert "its PIN is wrong" in place.refused("shop", "add", "north", "--name", "北")


def test_processes_that_start_together_agree_on_one_root(place: Place) -> None:
    place.at_token().write()
    script = (
        "from appliance import config; from appliance.joints.root_key import open_root; "
        "print(open_root(config.load()).public_key.hex())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script], env={**os.environ, **place.environment}, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in started} - {b""}) == 1


def test_what_is_done_to_a_file_is_refused_for_another_root(kept: Place) -> None:
    assert kept.appliance("shop", "add", "north", "--name", "北").returncode == 0
    for words in (("split", "shares"), ("save-epochs", "epochs"), ("rotate", "--layer", "root")):
        assert "its root key is no file" in kept.refused("keys", *words)
