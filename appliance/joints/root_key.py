"""The root of all keys, kept where the settings say: in a file, a PKCS#11 token, or a device of GM/T 0018 (SDF).

A setting does not move it: what is stored opens under the root that it was sealed under and no other, so a place that
does not fit what is there already is refused.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from appliance.config import KeyProvider, KeySettings, Settings
from appliance.errors import ConfigurationError
from appliance.secret_file import read_secret
from security.crypto.file_root import FileRootKey
from security.crypto.pkcs11_root import Pkcs11RootKey
from security.crypto.pkcs11_token import Pkcs11Token
from security.crypto.root import RootKey
from security.crypto.sdf_root import SdfDevice, SdfRootKey
from security.crypto.suites import Suite
from security.durable import create_file
from security.errors import DeviceFailed, KeyFileRefused

_TRACES: Final = {KeyProvider.FILE: "root.key", KeyProvider.PKCS11: "root.pkcs11", KeyProvider.SDF: "root.sdf"}
"""What each leaves beside the other secrets: the key itself, its public key, what only the device opens."""
_PUBLIC_KEY: Final = re.compile("[0-9a-f]{64}")


def open_root(settings: Settings) -> RootKey:
    """Made on first use. ConfigurationError says what keeps it from opening, and the cure."""
    _refuse_another(settings)
    provider = settings.keys.provider
    try:
        if provider is KeyProvider.FILE:
            return FileRootKey(root_key_path(settings), Suite[settings.crypto.suite.name])
        with _alone(_folder(settings)):
            return _of_token(settings) if provider is KeyProvider.PKCS11 else _of_device(settings)
    except KeyFileRefused as refused:
        raise ConfigurationError(str(refused)) from refused
    except OSError as refused:
        raise ConfigurationError(
            f"the root key is neither read nor made in {_folder(settings)}: {refused.strerror}. Make room there, see "
            "that the appliance may write there, and start again"
        ) from refused
    except DeviceFailed as away:
        raise ConfigurationError(
            f"keys.provider is {provider}, and it does not open: {away}. Nothing that is stored can be read without "
            f"it: bring it back, or mend keys.{provider}_* in appliance.toml"
        ) from away


def existing_root(settings: Settings) -> RootKey:
    """The root key, which is not made here. ConfigurationError says how it is brought back."""
    if is_made(settings):
        return open_root(settings)
    path, provider = _trace(settings, settings.keys.provider), settings.keys.provider
    back = "'appliance keys join' puts it back" if provider is KeyProvider.FILE else "put it back from its backup"
    raise ConfigurationError(f"{path} is not there: it is made when the appliance is first started; {back}")


def is_made(settings: Settings) -> bool:
    return _is_there(settings, settings.keys.provider)


def root_key_path(settings: Settings) -> Path:
    """Where a root key that is a file lies."""
    return _trace(settings, KeyProvider.FILE)


def _of_token(settings: Settings) -> Pkcs11RootKey:
    """Its public key is remembered, so that another token, or an emptied one, is not taken for it."""
    keys, path = settings.keys, _trace(settings, KeyProvider.PKCS11)
    pin = read_secret("keys.pkcs11_pin_file", keys.pkcs11_pin_file, "write the user PIN of the token there")
    token = Pkcs11Token(_library(keys), keys.pkcs11_label, pin)
    known = _remembered(path)
    root = Pkcs11RootKey(token, keys.pkcs11_name, makes_keys=not known)
    if known and known != root.public_key.hex():
        raise DeviceFailed(f"the token {keys.pkcs11_label} holds another root key than {path} tells of")
    if not known:
        create_file(path, f"{root.public_key.hex()}\n".encode())
    return root


def _of_device(settings: Settings) -> SdfRootKey:
    device = SdfDevice(_library(settings.keys), settings.keys.sdf_key_index)
    return SdfRootKey(device, _trace(settings, KeyProvider.SDF), Suite[settings.crypto.suite.name])


def _library(keys: KeySettings) -> Path:
    given = keys.pkcs11_library if keys.provider is KeyProvider.PKCS11 else keys.sdf_library
    if not given:
        raise ConfigurationError(f"keys.provider is {keys.provider}: name its library as keys.{keys.provider}_library")
    return Path(given)


def _refuse_another(settings: Settings) -> None:
    for other in KeyProvider:
        if other is not settings.keys.provider and _is_there(settings, other):
            raise ConfigurationError(
                f"keys.provider is {settings.keys.provider}, but {_trace(settings, other)} is there: what is stored is "
                f'sealed under that root and opens under no other. Set keys.provider = "{other}"'
            )


def _is_there(settings: Settings, provider: KeyProvider) -> bool:
    """Of a key in a file, any generation will do."""
    name = _TRACES[provider]
    found = [path.name for path in _folder(settings).glob(f"{name}*")]
    return any(each == name or each.removeprefix(f"{name}.").isdecimal() for each in found)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Processes start together, and each would make the keys that it does not find."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / "root.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _remembered(path: Path) -> str:
    """Empty where none is remembered yet."""
    if not path.exists():
        return ""
    known = path.read_text(encoding="utf-8").strip()
    if not _PUBLIC_KEY.fullmatch(known):
        raise KeyFileRefused(
            f"{path} does not tell the root key's public key, which is 64 hex digits: restore it from its backup. "
            "If there is none, see that the token is the right one, remove the file, and start again"
        )
    return known


def _trace(settings: Settings, provider: KeyProvider) -> Path:
    return _folder(settings) / _TRACES[provider]


def _folder(settings: Settings) -> Path:
    return settings.state_path / "secrets"
