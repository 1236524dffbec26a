"""One contract for whatever keeps the root key: a file, a device of GM/T 0018, a PKCS#11 token."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from security.crypto.keyring import KeyRing
from security.crypto.pkcs11_token import Pkcs11Token
from security.crypto.sdf_root import SdfDevice, SdfRootKey
from security.crypto.suites import Suite
from security.errors import CiphertextRefused, DeviceFailed, KeyFileRefused
from tests.full_disk import full_disk
from tests.security.crypto.root_places import PLACES, Opened, sdf_library, softhsm

pytestmark = pytest.mark.control("M-29")

KEY = b"k" * 32


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(params=list(PLACES))
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    return PLACES[request.param](tmp_path)


def test_the_next_process_opens_what_this_one_wrapped(opened: Opened) -> None:
    wrapped = opened().wrap(KEY, b"here")
    assert opened().unwrap(wrapped, b"here") == KEY
    assert KEY not in wrapped


def test_the_same_key_is_never_wrapped_alike(opened: Opened) -> None:
    root = opened()
    assert len({root.wrap(KEY, b"here") for _ in range(50)}) == 50


def test_a_wrapped_key_opens_in_its_own_context_only(opened: Opened) -> None:
    root = opened()
    wrapped = root.wrap(KEY, b"here")
    for context in (b"", b"there", b"here\0", b"her"):
        with pytest.raises(CiphertextRefused):
            root.unwrap(wrapped, context)


def test_a_cut_or_changed_one_opens_nowhere(opened: Opened) -> None:
    root = opened()
    wrapped = root.wrap(KEY, b"here")
    for length in range(len(wrapped)):
        with pytest.raises(CiphertextRefused):
            root.unwrap(wrapped[:length], b"here")
    for at in range(len(wrapped)):
        with pytest.raises(CiphertextRefused):
            root.unwrap(wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :], b"here")
    with pytest.raises(CiphertextRefused):
        root.unwrap(wrapped + b"\0", b"here")


def test_signatures_and_macs_stay_the_same_in_the_next_process(opened: Opened) -> None:
    first, again = opened(), opened()
    public_key = Ed25519PublicKey.from_public_bytes(first.public_key)  # type: ignore[attr-defined]
    public_key.verify(again.sign(b"message"), b"message")
    with pytest.raises(InvalidSignature):
        public_key.verify(again.sign(b"message"), b"massage")
    assert first.mac(b"m") == again.mac(b"m") != first.mac(b"n")
    assert len(first.mac(b"m")) == 32


def test_random_bytes_are_as_many_as_asked_for_and_never_the_same(opened: Opened) -> None:
    root = opened()
    assert [len(root.random(size)) for size in (1, 16, 33)] == [1, 16, 33]
    assert root.random(32) != root.random(32)


def test_destroyed_means_that_nothing_opens_any_more(opened: Opened) -> None:
    root = opened()
    wrapped = root.wrap(KEY, b"here")
    root.destroy()
    with pytest.raises(CiphertextRefused):
        root.unwrap(wrapped, b"here")


async def test_the_whole_ring_of_keys_hangs_on_it(opened: Opened, database_url: str) -> None:
    async with await psycopg.AsyncConnection[Any].connect(database_url, autocommit=True) as conn:
        await conn.execute("SET ROLE appliance_system")
        subject_id = uuid4()
        keys = await KeyRing(opened(), Suite.SM4_GCM, Clock()).create_subject(conn, "s1", subject_id)
        sealed = keys.seal("t", "c", subject_id, b"value")
        again = await KeyRing(opened(), Suite.SM4_GCM, Clock()).keys(conn, "s1", subject_id)
        assert again.open("t", "c", subject_id, sealed) == b"value"


SDF_CALLS = ["SDF_OpenDevice", "SDF_GenerateRandom", "SDF_ImportKeyWithKEK", "SDF_CalculateMAC", "SDF_Encrypt"]


@pytest.mark.parametrize("call", SDF_CALLS)
def test_a_device_that_refuses_is_named_with_its_call_and_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    library = sdf_library(tmp_path)
    monkeypatch.setenv("SDF_STAND_IN_FAIL", call)
    with pytest.raises(DeviceFailed, match=rf"{call}|SDF_GenerateKeyWithKEK.*0x01000001"):
        SdfRootKey(SdfDevice(library, 1), tmp_path / "root.sdf")


def test_a_device_without_the_key_encryption_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeviceFailed, match="0x01000008"):
        SdfRootKey(SdfDevice(sdf_library(tmp_path), 2), tmp_path / "root.sdf")


@pytest.mark.parametrize("place", ["file", "sdf"])
def test_a_first_start_on_a_full_disk_leaves_nothing_behind(tmp_path: Path, place: str) -> None:
    opened = PLACES[place](tmp_path)
    before = set(tmp_path.iterdir())
    with full_disk(), pytest.raises(OSError, match="too large"):
        opened()
    assert set(tmp_path.iterdir()) == before
    assert opened().unwrap(opened().wrap(KEY, b"here"), b"here") == KEY


@pytest.mark.parametrize("damaged", ["{}", "[]", '{"form":', '{"form": "sdf-root/v1", "wrapping": 1}', ""])
def test_a_damaged_file_of_a_device_is_said_with_the_cure(tmp_path: Path, damaged: str) -> None:
    (tmp_path / "root.sdf").write_text(damaged)
    with pytest.raises(KeyFileRefused, match="backup" if damaged else "restore it.*remove it and start again"):
        SdfRootKey(SdfDevice(sdf_library(tmp_path), 1), tmp_path / "root.sdf")


def test_a_session_is_closed_in_order(tmp_path: Path) -> None:
    SdfDevice(sdf_library(tmp_path), 1).close()


def test_a_library_that_is_none_is_said_to_be_so(tmp_path: Path) -> None:
    for open_it in (
        lambda: SdfDevice(tmp_path / "absent.so", 1),
        lambda: Pkcs11Token(tmp_path / "absent.so", "t", "1"),
    ):
        with pytest.raises(DeviceFailed, match="cannot be loaded"):
            open_it()


def test_a_token_that_is_not_there_or_another_pin_is_refused(tmp_path: Path) -> None:
    PLACES["pkcs11"](tmp_path)()
    with pytest.raises(DeviceFailed, match="label"):
        Pkcs11Token(softhsm(), "other", "1234")
