"""``bench crypto``: fields a second, sealed and opened by each suite, beside the bare cipher with a key of its own.

What lies between the two is what a field costs more: its header, the data that bind it to its place, a fresh nonce.
"""

import os
import time
from collections.abc import Callable
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.evaluation.bench import model
from appliance.evaluation.bench.model import Measure, Report
from security.crypto.blind_index import BlindIndex, IndexAlgorithm
from security.crypto.subject import DataKey, SubjectKeys
from security.crypto.suites import Suite
from security.crypto.wrapping import unwrap_key, wrap_key

FIELD_BYTES = 200
_ROUND = 500
_NONCE, _TAG = bytes(range(12)), 16

Act = Callable[[], object]


async def measure(duration_s: float, say: Callable[[str], None]) -> Report:
    say(f"fields of {FIELD_BYTES} bytes, {duration_s:g} s for each measure, one core")
    measures: list[Measure] = []
    for suite in Suite:
        measures += _fields(suite, duration_s)
        measures.append(_keys(suite, duration_s))
    measures += [_index(algorithm, duration_s) for algorithm in IndexAlgorithm]
    return Report(measures=tuple(measures), machine=model.machine())


def _fields(suite: Suite, duration_s: float) -> list[Measure]:
    name, clear, row = suite.name.lower(), os.urandom(FIELD_BYTES), uuid4()
    keys = SubjectKeys("shop", uuid4(), [DataKey(uuid4(), 1, suite, os.urandom(32))])
    sealed = keys.seal("t", "c", row, clear)
    bare_seal, bare_open = _bare(suite, clear)
    return [
        _beside(f"{name}_sealed_per_second", lambda: keys.seal("t", "c", row, clear), bare_seal, duration_s),
        _beside(f"{name}_opened_per_second", lambda: keys.open("t", "c", row, sealed), bare_open, duration_s),
    ]


def _bare(suite: Suite, clear: bytes) -> tuple[Act, Act]:
    if suite is Suite.AES_256_GCM:
        cipher = AESGCM(os.urandom(32))
        sealed = cipher.encrypt(_NONCE, clear, b"")
        return (lambda: cipher.encrypt(_NONCE, clear, b"")), (lambda: cipher.decrypt(_NONCE, sealed, b""))
    algorithm = algorithms.SM4(os.urandom(16))

    def encrypt() -> bytes:
        encryptor = Cipher(algorithm, modes.GCM(_NONCE)).encryptor()
        return encryptor.update(clear) + encryptor.finalize() + encryptor.tag

    made = encrypt()

    def decrypt() -> bytes:
        decryptor = Cipher(algorithm, modes.GCM(_NONCE, made[-_TAG:])).decryptor()
        return decryptor.update(made[:-_TAG]) + decryptor.finalize()

    return encrypt, decrypt


def _keys(suite: Suite, duration_s: float) -> Measure:
    """What a subject costs that is not in memory: two keys unwrapped, and none cached."""
    parent, wrapped = os.urandom(32), wrap_key(suite, b"p" * 32, b"k" * 32, b"context")

    def unwrap() -> None:
        unwrap_key(b"p" * 32, wrapped, b"context")
        wrap_key(suite, parent, b"k" * 32, b"context")

    return model.rate(f"{suite.name.lower()}_keys_wrapped_and_unwrapped_per_second", _per_second(unwrap, duration_s))


def _index(algorithm: IndexAlgorithm, duration_s: float) -> Measure:
    index = BlindIndex(1, os.urandom(32), algorithm)
    name = algorithm.name.lower()
    return model.rate(
        f"{name}_indexed_per_second", _per_second(lambda: index.digest("t", "c", "13800138000"), duration_s)
    )


def _beside(name: str, ours: Act, bare: Act, duration_s: float) -> Measure:
    """In turn, so that both meet the same machine."""
    own = base = 0.0
    for _ in range(2):
        own += _per_second(ours, duration_s / 4)
        base += _per_second(bare, duration_s / 4)
    return model.rate(name, own / 2, base / 2)


def _per_second(act: Act, duration_s: float) -> float:
    count, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < duration_s:
        for _ in range(_ROUND):
            act()
        count += _ROUND
    return count / took
