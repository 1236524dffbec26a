"""GCM and HMAC written out from their standards, slowly, over the bare block cipher and hash. Makes the vector files.

    python -m tests.security.crypto.reference

NIST SP 800-38D for GCM, RFC 2104 for HMAC. Shares no mode of operation with what it checks.
"""

import json
import random
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

FOLDER: Final = Path(__file__).with_name("vectors")
Block = Callable[[bytes], bytes]


def block_of(algorithm: str, key: bytes) -> Block:
    """One block, encrypted."""
    cipher = algorithms.AES(key) if algorithm == "AES-GCM" else algorithms.SM4(key)
    return lambda block: Cipher(cipher, modes.ECB()).encryptor().update(block)  # noqa: S305 (single blocks only)


def gcm(block: Block, nonce: bytes, text: bytes, associated: bytes) -> tuple[bytes, bytes]:
    """Ciphertext and tag; the nonce has 12 bytes."""
    start = nonce + b"\0\0\0\1"
    sealed = _counted(block, start, text)
    lengths = (8 * len(associated)).to_bytes(8) + (8 * len(sealed)).to_bytes(8)
    hashed = _ghash(block(bytes(16)), _filled(associated) + _filled(sealed) + lengths)
    return sealed, _xor(block(start), hashed)


def hmac(digest: Callable[[bytes], bytes], key: bytes, message: bytes) -> bytes:
    """Both hashes have blocks of 64 bytes."""
    padded = (digest(key) if len(key) > 64 else key).ljust(64, b"\0")
    inner = digest(bytes(byte ^ 0x36 for byte in padded) + message)
    return digest(bytes(byte ^ 0x5C for byte in padded) + inner)


def sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


DIGESTS: Final = {"HMAC-SHA256": lambda data: sha256(data).digest(), "HMAC-SM3": sm3}


def _counted(block: Block, start: bytes, text: bytes) -> bytes:
    out, number = b"", int.from_bytes(start[12:])
    for at in range(0, len(text), 16):
        number = (number + 1) % 2**32
        part = text[at : at + 16]
        out += _xor(part, block(start[:12] + number.to_bytes(4)))
    return out


def _ghash(key: bytes, data: bytes) -> bytes:
    subkey, hashed = int.from_bytes(key), 0
    for at in range(0, len(data), 16):
        hashed = _multiplied(hashed ^ int.from_bytes(data[at : at + 16]), subkey)
    return hashed.to_bytes(16)


def _multiplied(left: int, right: int) -> int:
    """In GF(2^128), whose first bit is the constant."""
    product = 0
    for bit in range(127, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ (0xE1 << 120 if right & 1 else 0)
    return product


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=False))


# The files.

SIZES: Final = (0, 1, 15, 16, 17, 31, 32, 33, 64, 100, 255)
SPECIAL_NONCES: Final = (bytes(12), b"\xff" * 12, b"\0" * 11 + b"\1")


def tamperings(ct: bytes, tag: bytes, aad: bytes, nonce: bytes) -> Iterator[tuple[str, dict[str, bytes]]]:
    """What a forger would send instead, and what for."""
    for bit in (0, 1, 7, 8, 31, 63, 64, 71, 77, 80, 96, 97, 120, 121, 126, 127):
        yield f"bit {bit} of the tag flipped", {"tag": _flipped(tag, bit)}
    yield "all bits of the tag flipped", {"tag": bytes(byte ^ 0xFF for byte in tag)}
    yield "the tag all zeros", {"tag": bytes(16)}
    yield "the tag all ones", {"tag": b"\xff" * 16}
    yield "the tag reversed", {"tag": tag[::-1]}
    for size in (0, 4, 8, 12, 15):
        yield f"the tag cut to {size} bytes", {"tag": tag[:size]}
    yield "a bit of the ciphertext flipped", {"ct": _flipped(ct, 0)}
    yield "the last bit of the ciphertext flipped", {"ct": _flipped(ct, 8 * len(ct) - 1)}
    yield "the ciphertext cut by a byte", {"ct": ct[:-1]}
    yield "a byte put behind the ciphertext", {"ct": ct + b"\0"}
    yield "two blocks exchanged", {"ct": ct[16:32] + ct[:16] + ct[32:]}
    yield "other associated data", {"aad": _flipped(aad, 3)}
    yield "no associated data", {"aad": b""}
    yield "associated data filled up", {"aad": _filled(aad + b"\0")}
    yield "another nonce", {"iv": _flipped(nonce, 95)}


def _flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 0x80 >> bit % 8
    return bytes(changed)


def gcm_cases(algorithm: str, key_bytes: int) -> list[dict[str, Any]]:
    chance = random.Random(algorithm)  # noqa: S311 (the same files each time)
    cases: list[dict[str, Any]] = []

    def add(comment: str, result: str, **parts: bytes) -> None:
        shown = {name: value.hex() for name, value in parts.items()}
        cases.append({"tcId": len(cases) + 1, "comment": comment, **shown, "result": result})

    def valid(comment: str, nonce: bytes, msg: bytes, aad: bytes) -> dict[str, bytes]:
        key = chance.randbytes(key_bytes)
        ct, tag = gcm(block_of(algorithm, key), nonce, msg, aad)
        parts = {"key": key, "iv": nonce, "aad": aad, "msg": msg, "ct": ct, "tag": tag}
        add(comment, "valid", **parts)
        return parts

    for size in SIZES:
        valid(f"{size} bytes", chance.randbytes(12), chance.randbytes(size), chance.randbytes(20))
        valid(f"{size} bytes of associated data", chance.randbytes(12), chance.randbytes(20), chance.randbytes(size))
    for nonce in SPECIAL_NONCES:
        valid(f"nonce {nonce.hex()}", nonce, chance.randbytes(40), b"")
    parts = valid("what is forged below", chance.randbytes(12), chance.randbytes(48), chance.randbytes(21))
    for comment, changed in tamperings(parts["ct"], parts["tag"], parts["aad"], parts["iv"]):
        add(comment, "invalid", **{**parts, **changed})
    return cases


def hmac_cases(algorithm: str) -> list[dict[str, Any]]:
    chance, digest = random.Random(algorithm), DIGESTS[algorithm]  # noqa: S311
    cases: list[dict[str, Any]] = []
    for size in (0, 1, 31, 32, 33, 63, 64, 65, 100):
        for length in (0, 1, 55, 56, 63, 64, 65, 200):
            key, msg = chance.randbytes(size), chance.randbytes(length)
            parts = {"key": key, "msg": msg, "tag": hmac(digest, key, msg)}
            shown = {name: value.hex() for name, value in parts.items()}
            comment = f"key of {size}, text of {length} bytes"
            cases.append({"tcId": len(cases) + 1, "comment": comment, **shown, "result": "valid"})
    return cases


def files() -> dict[str, dict[str, Any]]:
    made = {
        "AES-GCM": gcm_cases("AES-GCM", 32),
        "SM4-GCM": gcm_cases("SM4-GCM", 16),
        **{name: hmac_cases(name) for name in DIGESTS},
    }
    return {name: {"algorithm": name, "tests": cases} for name, cases in made.items()}


def path_of(algorithm: str) -> Path:
    return FOLDER / f"{algorithm.lower().replace('-', '_')}.json"


if __name__ == "__main__":
    for name, tree in files().items():
        lines = ",\n".join(json.dumps(case) for case in tree["tests"])
        path_of(name).write_text(f'{{"algorithm": "{name}", "tests": [\n{lines}\n]}}\n', encoding="utf-8")
