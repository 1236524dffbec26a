"""A token that dies, is taken out, fails or is asked by many at once: SoftHSM, behind a library that interferes."""

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from security.crypto.pkcs11_library import KeyKind, Library
from security.crypto.pkcs11_root import Pkcs11RootKey
from security.crypto.pkcs11_session import Session
from security.crypto.pkcs11_token import Pkcs11Token
from security.errors import CiphertextRefused, DeviceFailed
from tests.security.crypto.root_places import LABEL, PIN, compiled, softhsm_token

pytestmark = pytest.mark.control("M-29")

KEY = b"k" * 32
THREADS, ROUNDS = 8, 60


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PKCS11_BETWEEN", str(softhsm_token(tmp_path)))
    return compiled(tmp_path, "pkcs11_between")


@pytest.fixture
def token(library: Path) -> Pkcs11Token:
    return Pkcs11Token(library, LABEL, PIN)


@pytest.fixture
def root(token: Pkcs11Token, tmp_path: Path) -> Pkcs11RootKey:
    return Pkcs11RootKey(token, tmp_path.name)


def calls_of(library: Path, name: str) -> int:
    return int(ctypes.CDLL(str(library)).calls_of(name.encode()))


def test_threads_that_search_at_once_each_find_their_own(token: Pkcs11Token, tmp_path: Path) -> None:
    names = [f"{tmp_path.name}-{each}" for each in range(THREADS)]
    for name in names:
        token.make(name, KeyKind.GENERIC)
    alone = [token.mac(name, b"m") for name in names]

    def asked(name: str) -> list[bytes]:
        return [token.mac(name, b"m") for _ in range(ROUNDS)]

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(asked, names)) == [[each] * ROUNDS for each in alone]


def test_threads_that_seal_and_open_at_once_do_not_disturb_each_other(root: Pkcs11RootKey) -> None:
    def there_and_back(number: int) -> bool:
        key, context = bytes([number]) * 32, bytes([number])
        return all(root.unwrap(root.wrap(key, context), context) == key for _ in range(ROUNDS))

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(there_and_back, range(THREADS)))


def test_threads_that_begin_an_epoch_at_once_make_one_key(library: Path, root: Pkcs11RootKey) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        sealed = list(pool.map(lambda _: root.epochs.seal("shop", 1, KEY), range(THREADS)))
    assert [root.epochs.open("shop", 1, each) for each in sealed] == [KEY] * THREADS
    assert root.epochs.destroy_before("shop", 2) == 1


def test_keys_of_one_name_that_two_processes_made_open_each_its_own(
    library: Path, token: Pkcs11Token, tmp_path: Path
) -> None:
    name = f"{tmp_path.name}-twice"
    token.make(name, KeyKind.AES)
    first = token.seal(name, b"c", KEY)
    other = Session(Library(library), LABEL, PIN)
    made = other.generate(name, KeyKind.AES)
    nonce = bytes(12)
    second = b"\xc5\x05" + nonce + other.encrypt(made, nonce, b"c", KEY)
    assert token.open(name, b"c", first) == token.open(name, b"c", second) == KEY
    assert token.destroy(name)
    assert not token.holds(name)


DEATHS = {
    "half done": "0x90",
    "closed": "0xb0",
    "unknown session": "0xb3",
    "removed": "0x32",
    "not present": "0xe0",
    "logged out": "0x101",
    "key handle": "0x60",
}


@pytest.mark.parametrize("code", DEATHS.values(), ids=list(DEATHS))
def test_a_session_that_dies_is_opened_again(
    library: Path, root: Pkcs11RootKey, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    wrapped = root.wrap(KEY, b"here")
    opened = calls_of(library, "C_OpenSession")
    monkeypatch.setenv("PKCS11_FAIL", f"C_DecryptInit={code}*1")
    assert root.unwrap(wrapped, b"here") == KEY
    assert calls_of(library, "C_OpenSession") == opened + 1


def test_a_session_that_the_token_really_closed_is_opened_again(root: Pkcs11RootKey) -> None:
    """All of the process's, with the log-in: as a module does that was reset."""
    wrapped, real = root.wrap(KEY, b"here"), ctypes.CDLL(os.environ["PKCS11_BETWEEN"])
    slots, count = (ctypes.c_ulong * 8)(), ctypes.c_ulong(8)
    assert real.C_GetSlotList(ctypes.c_ubyte(1), slots, ctypes.byref(count)) == 0
    for slot in slots[: count.value]:
        assert real.C_CloseAllSessions(ctypes.c_ulong(slot)) == 0
    assert root.unwrap(wrapped, b"here") == KEY


def test_one_that_dies_again_at_once_is_said_and_not_tried_for_ever(
    library: Path, root: Pkcs11RootKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = calls_of(library, "C_OpenSession")
    monkeypatch.setenv("PKCS11_FAIL", "C_SignInit=0x32*-1")
    with pytest.raises(DeviceFailed, match=r"C_SignInit: code 0x32 .*removed: put it back"):
        root.mac(b"m")
    assert calls_of(library, "C_OpenSession") == opened + 1


def test_a_token_that_was_taken_out_serves_again_once_it_is_back(
    root: Pkcs11RootKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped = root.wrap(KEY, b"here")
    for call in ("C_FindObjectsInit", "C_GetTokenInfo"):
        monkeypatch.setenv("PKCS11_FAIL", f"{call}=0xe0*-1")
        with pytest.raises(DeviceFailed, match=f"{call}.*not present: put it back"):
            root.unwrap(wrapped, b"here")
    monkeypatch.delenv("PKCS11_FAIL")
    assert root.unwrap(wrapped, b"here") == KEY


def test_another_token_of_the_same_label_is_not_taken_for_it(
    root: Pkcs11RootKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PKCS11_SERIAL", "another-one-0001")
    monkeypatch.setenv("PKCS11_FAIL", "C_EncryptInit=0xb3*1")
    with pytest.raises(DeviceFailed, match=r"number another-one-0001, it was .* put the first one back"):
        root.wrap(KEY, b"here")


def test_a_pin_that_is_refused_when_a_session_is_opened_again_is_not_tried_until_the_token_locks(
    library: Path, root: Pkcs11RootKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PKCS11_FAIL", "C_SignInit=0xb3*-1")
    with pytest.raises(DeviceFailed):
        root.mac(b"m")
    tried = calls_of(library, "C_Login")
    monkeypatch.setenv("PKCS11_FAIL", "C_Login=0xa0*-1")
    for _ in range(5):
        with pytest.raises(DeviceFailed, match=r"its PIN is wrong.*not tried again: mend it, and restart"):
            root.mac(b"m")
    assert calls_of(library, "C_Login") == tried + 1


def test_a_general_error_is_the_tokens_and_not_the_ciphertexts(
    root: Pkcs11RootKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped = root.wrap(KEY, b"here")
    monkeypatch.setenv("PKCS11_FAIL", "C_Decrypt=0x5*-1")
    with pytest.raises(DeviceFailed, match=r"C_Decrypt: code 0x5 .the token itself failed."):
        root.unwrap(wrapped, b"here")


def test_a_general_error_that_passes_is_forgotten(root: Pkcs11RootKey, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapped = root.wrap(KEY, b"here")
    monkeypatch.setenv("PKCS11_FAIL", "C_Decrypt=0x5*1")
    assert root.unwrap(wrapped, b"here") == KEY


def test_a_changed_ciphertext_is_refused_by_a_token_that_says_general_error_of_it(
    library: Path, root: Pkcs11RootKey
) -> None:
    wrapped = bytearray(root.wrap(KEY, b"here"))
    wrapped[-1] ^= 1
    before = calls_of(library, "C_Decrypt")
    with pytest.raises(CiphertextRefused):
        root.unwrap(bytes(wrapped), b"here")
    assert calls_of(library, "C_Decrypt") == before + 3


def test_a_search_that_fails_does_not_block_the_next(root: Pkcs11RootKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PKCS11_FAIL", "C_FindObjects=0x31*1")
    with pytest.raises(DeviceFailed, match="no memory"):
        root.mac(b"m")
    assert len(root.mac(b"m")) == 32


def test_a_key_that_vanished_from_the_token_is_named_and_not_made_anew(
    token: Pkcs11Token, root: Pkcs11RootKey, tmp_path: Path
) -> None:
    token.destroy(f"{tmp_path.name}-wrap")
    with pytest.raises(DeviceFailed, match=f"holds no key named {tmp_path.name}-wrap"):
        root.wrap(KEY, b"here")
    assert not token.holds(f"{tmp_path.name}-wrap")
