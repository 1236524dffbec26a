"""Signatures as a mapping describes them: which text, which algorithm, written how, put where. Pure but for the nonce.

The same description serves both directions: requests that are signed and events whose signature is checked.
"""

import hashlib
import hmac
import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.notation import Clockwork
from appliance.aftersales.orders.requests import Outgoing, Pairs, escaped

ALGORITHMS: Final = (
    "hmac-sha256",
    "hmac-sha512",
    "hmac-sha1",
    "hmac-md5",
    "sha256",
    "sha512",
    "sha1",
    "md5",
)
ENCODINGS: Final = ("hex", "hex_upper", "base64")
_PLACEHOLDER: Final = re.compile(r"\{([a-z_0-9]+)(?::([1-9]))?\}")
_OF_REQUEST: Final = ("method", "path", "query", "body", "body_md5", "body_sha256", "timestamp", "nonce", "params")
_OF_PAIR: Final = ("key", "value", "key_length", "value_length")
_PARTS: Final = ("query", "form")
_PLACES: Final = ("headers", "query", "form")


class Digest(Record, frozen=True):
    """How a text becomes a signature."""

    algorithm: str
    encoding: str
    key: str | None
    """The credential that keys an ``hmac-…``; the others have it within the text."""

    def of(self, text: bytes, credentials: Credentials) -> str:
        return self.under(credentials.secret(self.key) if self.key is not None else "", text)

    def under(self, secret: str, text: bytes) -> str:
        if self.algorithm.startswith("hmac-"):
            made = hmac.new(secret.encode(), text, self.algorithm.removeprefix("hmac-")).digest()
        else:
            made = hashlib.new(self.algorithm, text, usedforsecurity=False).digest()
        match self.encoding:
            case "base64":
                return b64encode(made).decode()
            case "hex_upper":
                return made.hex().upper()
            case _:
                return made.hex()


class Params(Record, frozen=True):
    """``{params}``: names and values of the request, sorted by name and written one after another."""

    parts: tuple[str, ...]
    pair: str
    join: str
    skips_empty: bool
    is_escaped: bool

    def of(self, request: Outgoing) -> str:
        found: Pairs = {}
        for part in self.parts:
            found.update(getattr(request, part) or {})
        kept = sorted((key, value) for key, value in found.items() if value or not self.skips_empty)
        return self.join.join(self._pair(key, value) for key, value in kept)

    def _pair(self, key: str, value: str) -> str:
        if self.is_escaped:
            key, value = escaped(key), escaped(value)
        lengths = {"key_length": str(len(key)), "value_length": str(len(value))}
        return fill(self.pair, {"key": key, "value": value, **lengths})


class Signature(Record, frozen=True):
    """``auth: {kind: signature, …}``"""

    digest: Digest
    text: str
    params: Params | None
    timestamp: Clockwork
    add: dict[str, dict[str, str]]
    """By place: what is added to the request, as templates; those with ``{signature}`` after it is made."""
    credentials: tuple[str, ...]
    """Which credentials the templates name."""

    def on(self, request: Outgoing, credentials: Credentials, now: datetime) -> Outgoing:
        values = {name: credentials.secret(name) for name in self.credentials}
        values["timestamp"] = self.timestamp.write(now)
        values["nonce"] = secrets.token_hex(16)
        request = request.with_more(**self._added(values, is_last=False))
        text = fill(self.text, {**values, **self._of(request)})
        values["signature"] = self.digest.of(text.encode(), credentials)
        return request.with_more(**self._added(values, is_last=True))

    def _added(self, values: Mapping[str, str], *, is_last: bool) -> dict[str, Pairs]:
        return {
            place: {name: fill(text, values) for name, text in entries.items() if ("{signature}" in text) is is_last}
            for place, entries in self.add.items()
        }

    def _of(self, request: Outgoing) -> dict[str, str]:
        body = request.body
        pairs = sorted(request.query.items())
        return {
            "method": request.method,
            "path": request.path,
            "query": "&".join(f"{escaped(key)}={escaped(value)}" for key, value in pairs),
            "body": body.decode(),
            "body_md5": hashlib.md5(body, usedforsecurity=False).hexdigest(),
            "body_sha256": hashlib.sha256(body).hexdigest(),
            "params": self.params.of(request) if self.params else "",
        }


def fill(template: str, values: Mapping[str, str]) -> str:
    """``{name}``; ``{name:4}`` with noughts in front, at least four characters long."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]].zfill(int(found[2] or 0)), template)


def signature_of(node: Node, clockwork_of: Callable[[Node], Clockwork]) -> Signature:
    required = ["kind", "algorithm", "encoding", "credentials", "text", "timestamp", "add"]
    section = node.section(required, ["key", "params"])
    names = tuple(each.text() for each in section["credentials"].one_or_more())
    digest = digest_of(section, names)
    text = template(section["text"], (*_OF_REQUEST, *names))
    if digest.key is None and not any(f"{{{name}}}" in text for name in names):
        section["text"].fail(f"{digest.algorithm} has no key of its own: put a credential like {{{names[-1]}}} into it")
    params = section.get("params")
    if ("{params}" in text) is not (params is not None):
        section["text"].fail("{params} and the section params belong together")
    return Signature(
        digest=digest,
        text=text,
        params=_params(params) if params else None,
        timestamp=clockwork_of(section["timestamp"]),
        add=_add(section["add"], names),
        credentials=names,
    )


def digest_of(section: dict[str, Node], names: tuple[str, ...]) -> Digest:
    algorithm = section["algorithm"].one_of(ALGORITHMS)
    key = section.get("key")
    if algorithm.startswith("hmac-") and key is None:
        section["algorithm"].fail(f"needs key: which of the credentials {', '.join(names)} keys it")
    if not algorithm.startswith("hmac-") and key is not None:
        key.fail(f"{algorithm} has no key of its own: put the credential into the text")
    return Digest(
        algorithm=algorithm,
        encoding=section["encoding"].one_of(ENCODINGS),
        key=key.one_of(names) if key else None,
    )


def template(node: Node, names: tuple[str, ...]) -> str:
    text = node.text()
    for found in _PLACEHOLDER.finditer(text):
        if found[1] not in names:
            node.fail(f"{{{found[1]}}} is not known here; expected one of {', '.join(names)}")
    return text


def _params(node: Node) -> Params:
    section = node.section(["from", "pair"], ["join", "skip_empty", "escape"])
    join, skip, escape = section.get("join"), section.get("skip_empty"), section.get("escape")
    return Params(
        parts=tuple(each.one_of(_PARTS) for each in section["from"].one_or_more()),
        pair=template(section["pair"], _OF_PAIR),
        join=_text(join) if join else "",
        skips_empty=skip.boolean() if skip else False,
        is_escaped=escape.boolean() if escape else False,
    )


def _text(node: Node) -> str:
    value: Any = node.scalar()
    if not isinstance(value, str):
        node.fail("expected text in quotes")
    return value


def _add(node: Node, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    known = ("timestamp", "nonce", "signature", *names)
    found = {
        place: {name: template(text, known) for name, text in entries.entries().items()}
        for place, entries in node.section([], _PLACES).items()
    }
    if not any("{signature}" in text for entries in found.values() for text in entries.values()):
        node.fail('nothing carries "{signature}"')
    return found
