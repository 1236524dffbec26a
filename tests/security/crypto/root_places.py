"""Roots of every kind that this machine can carry, for one contract."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from security.crypto.epochs import EpochFiles
from security.crypto.file_root import FileRootKey
from security.crypto.pkcs11_root import Pkcs11RootKey
from security.crypto.pkcs11_token import Pkcs11Token
from security.crypto.root import RootKey
from security.crypto.sdf_root import SdfDevice, SdfRootKey
from security.crypto.secret_root import SecretRoot
from security.crypto.suites import Suite

Opened = Callable[[], RootKey]
"""Opens the root again, as the next process would."""


def file(folder: Path) -> Opened:
    return lambda: FileRootKey(folder / "root.key")


class HandedIn(SecretRoot):
    def __init__(self, folder: Path) -> None:
        super().__init__(b"s" * 32, Suite.SM4_GCM)
        self.epochs = EpochFiles(folder / "epochs", Suite.SM4_GCM)


def secret(folder: Path) -> Opened:
    return lambda: HandedIn(folder)


def compiled(folder: Path, name: str) -> Path:
    """A library made of the C file of this name."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = folder / f"lib{name}.so"
    source = Path(__file__).with_name(f"{name}.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-Wall", "-Werror", "-o", str(library), str(source)], check=True)
    return library


def sdf_library(folder: Path) -> Path:
    return compiled(folder, "sdf_stand_in")


def sdf(folder: Path) -> Opened:
    library = sdf_library(folder)
    return lambda: SdfRootKey(SdfDevice(library, 1), folder / "root.sdf")


_token_folder: Path | None = None


def softhsm() -> Path:
    """The library, ready to use. SoftHSM reads its configuration once in a process."""
    given = os.environ.get("TEST_SOFTHSM", "/")
    home = Path(given) if given.startswith("/") else None
    libraries = sorted(home.glob("usr/lib/**/libsofthsm2.so")) if home else []
    if home is None or not libraries:
        reason = given if home is None else "./install.sh test --all fetches it"
        pytest.skip(f"SoftHSM is not here: {reason}")
    return libraries[0]


LABEL, PIN = "test", "1234"


def softhsm_token(folder: Path) -> Path:
    """The library, with a token of SoftHSM that this process and its children see."""
    global _token_folder
    library = softhsm()
    if _token_folder is None:
        _token_folder = folder.parent / "softhsm"
        (_token_folder / "tokens").mkdir(parents=True)
        configuration = _token_folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {_token_folder}/tokens\nobjectstore.backend = file\n")
        os.environ["SOFTHSM2_CONF"] = str(configuration)
        home = Path(os.environ.get("TEST_SOFTHSM", "/"))
        program = home / "usr/bin/softhsm2-util"
        command = [str(program), "--module", str(library), "--init-token", "--free", "--label", LABEL]
        paths = ":".join(str(path) for path in home.glob("usr/lib/*-linux-gnu"))
        subprocess.run(
            [*command, "--pin", PIN, "--so-pin", "123456"],
            check=True,
            capture_output=True,
            env={**os.environ, "LD_LIBRARY_PATH": paths},
        )
    return library


def pkcs11(folder: Path) -> Opened:
    library, name = softhsm_token(folder), folder.name
    return lambda: Pkcs11RootKey(Pkcs11Token(library, LABEL, PIN), name)


PLACES: dict[str, Callable[[Path], Opened]] = {"file": file, "secret": secret, "sdf": sdf, "pkcs11": pkcs11}
