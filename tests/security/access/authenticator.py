"""A passkey in software: what a browser and a token would answer, made with ES256."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT = 0x01
_ATTESTED = 0x40


class Authenticator:
    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.credential_id = b"credential-number-one"
        self.counter = 0
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: str) -> dict[str, Any]:
        asked = json.loads(options)
        client = self._client_data("webauthn.create", asked["challenge"])
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + self._cose_key()
        data = self._data(asked["rp"]["id"], _PRESENT | _ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential({"clientDataJSON": _text(client), "attestationObject": _text(attestation)})

    def get(self, options: str) -> dict[str, Any]:
        asked = json.loads(options)
        self.counter += 1
        client = self._client_data("webauthn.get", asked["challenge"])
        data = self._data(asked["rpId"], _PRESENT)
        signature = self._key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {"clientDataJSON": _text(client), "authenticatorData": _text(data), "signature": _text(signature)}
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        assert urlsafe_b64decode(challenge + "==")
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, site: str, flags: int) -> bytes:
        assert urlsplit(self.origin).hostname
        return sha256(site.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4)

    def _cose_key(self) -> bytes:
        numbers = self._key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        name = _text(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
