"""The auditor's witness: remembers the log on a machine of the auditor's own, and signs only what continues it.

    python witness.py init --name NAME --log-key KEYFILE
    python witness.py size
    python witness.py watch SOURCE [--out NOTE]
    python witness.py restored SOURCE [--out NOTE]
    python witness.py check PROOF
    python witness.py trust --log-key KEYFILE

SOURCE is a file that ``appliance audit witness --since SIZE`` wrote, or the address of ``appliance audit serve``. It is
believed only if it is signed by the log's key and proven to be a continuation of what this witness has seen: a
rewritten log, an old copy put back, or another history for other eyes is refused. A good checkpoint comes out with the
witness's own signature beside the log's (C2SP cosignature/v1). After a disaster `restored` takes up a log that went on
from a backup, if a record in it says so, names the head that this witness has seen, and two people approved it: SOURCE
is then what ``appliance audit witness --restored`` wrote. PROOF is what ``appliance audit prove`` wrote. KEYFILE holds
the log's keys, oldest first; the last is believed. After a change of the log's key, which ``verify.py`` shows to be
signed by both keys, `trust` takes up the new one. The old one is retired with that, for good: whatever carries only
its signature is refused, also what it signed before and is shown only now, for it may have been stolen. A log that was
brought back with it from a backup has to change its key again before it is taken up.

Copy this one file anywhere; it needs Python 3.11 and `cryptography`, and keeps its state in ``--state`` (default
``witness-state``): back it up, for it is what the log is held against. Exit code: 0 good; 1 refused; 3 usage.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

GOOD, REFUSED, USAGE = 0, 1, 3
INCLUSION = "c2sp.org/tlog-proof@v1"
CONSISTENCY = "aftersales-appliance/tlog-consistency@v1"
RESTORED = "aftersales-appliance/tlog-restored@v1"
HEADS = {INCLUSION: ["extra", "index"], CONSISTENCY: ["old"], RESTORED: ["old", "extra", "index", "path"]}
"""What stands above the hashes, in this order."""
SIGNATURES = "(\u2014 [^ +\n]+ [A-Za-z0-9+/]+={0,2}\n)+"
MAX_ANSWER_BYTES = 1 << 20
COSIGNATURE = b"\x04"
ED25519 = b"\x01"


class Refused(Exception):
    """The log is not what it was; tell whoever must know, and keep what it sent."""


class Key(NamedTuple):
    name: str
    public: bytes

    @classmethod
    def of(cls, text: str) -> "Key":
        name, key_id, encoded = text.split("+", 2)
        decoded = base64.b64decode(encoded, validate=True)
        key = cls(name, decoded[1:])
        if decoded[:1] != ED25519 or key.id(ED25519).hex() != key_id:
            raise ValueError("the key file holds no Ed25519 verifier key")
        return key

    def id(self, kind: bytes) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + kind + self.public).digest()[:4]

    def text(self, kind: bytes) -> str:
        return f"{self.name}+{self.id(kind).hex()}+{base64.b64encode(kind + self.public).decode()}"


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes
    body: str
    note: str
    key: Key
    """The one that signed it."""


def opened(note: str, keys: Sequence[Key], retired: Sequence[Key] = ()) -> Checkpoint:
    """A checkpoint that one of the log's keys has signed. Well-formed signatures of others beside it are ignored."""
    body, _, signatures = note.rpartition("\n\n")
    body += "\n"
    if not re.fullmatch(SIGNATURES, signatures):
        raise Refused("it is no signed note, or it was cut")
    signer = _signer(signatures, body, keys)
    if signer is None and _signer(signatures, body, retired):
        raise Refused("it is signed by a key that the log has given up: whoever stole that key may have made it")
    if signer is None:
        raise Refused("it is not signed by the log's key")
    try:
        origin, size, root, *_ = body.splitlines()
        checkpoint = Checkpoint(origin, _number(size), _decoded(root), body, note, signer)
    except ValueError:
        raise Refused("it is no checkpoint") from None
    if origin != keys[0].name:
        raise Refused(f"it belongs to another log, {origin}")
    return checkpoint


def _signer(signatures: str, body: str, keys: Sequence[Key]) -> Key | None:
    lines = signatures.split("\n")
    return next((key for key in keys if any(_is_signed(line, body.encode(), key) for line in lines)), None)


def _is_signed(line: str, body: bytes, key: Key) -> bool:
    try:
        dash, name, encoded = line.split(" ")
        signature = _decoded(encoded)
        if (dash, name, signature[:4]) != ("\u2014", key.name, key.id(ED25519)):
            return False
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature[4:], body)
    except (ValueError, InvalidSignature):
        return False
    return True


# Proofs.


class Proof(NamedTuple):
    head: dict[str, str]
    hashes: list[bytes]
    note: str


def read_proof(text: str, kind: str) -> Proof:
    top, separator, note = text.partition("\n\n")
    first, *lines = top.split("\n")
    if first != kind or not separator:
        raise Refused(f"it is no proof of the kind {kind}")
    names = HEADS[kind]
    head = {name: value for name, _, value in (line.partition(" ") for line in lines[: len(names)])}
    try:
        hashes = [_decoded(line) for line in lines[len(names) :]]
    except ValueError:
        raise Refused("the proof cannot be read") from None
    if list(head) != names or any(len(each) != 32 for each in hashes):
        raise Refused("the proof cannot be read")
    return Proof(head, hashes, note)


def _decoded(text: str) -> bytes:
    """Base64 in its one spelling."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not the one spelling")
    return data


def _number(text: str) -> int:
    """Decimal in its one spelling."""
    if not re.fullmatch("0|[1-9][0-9]*", text):
        raise ValueError("not a number")
    return int(text)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = _node(sibling, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = _node(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def is_consistent(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2."""
    if not 0 <= old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    if old_size == 0:
        return not proof and old_root == hashlib.sha256().digest()
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_node = node = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_node, node = _node(sibling, old_node), _node(sibling, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = _node(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old_node == old_root and node == root


def check_inclusion(text: str, keys: Sequence[Key], retired: Sequence[Key] = ()) -> tuple[int, bytes]:
    """The number and the bytes of the record that the proof is about."""
    proof = read_proof(text, INCLUSION)
    checkpoint = opened(proof.note, keys, retired)
    try:
        index, record = _number(proof.head["index"]), _decoded(proof.head["extra"])
    except (KeyError, ValueError):
        raise Refused("the proof cannot be read") from None
    leaf = hashlib.sha256(b"\x00" + record).digest()
    if not is_included(leaf, index, checkpoint.size, proof.hashes, checkpoint.root):
        raise Refused("the record is not in the signed log")
    return index, record


def check_restored(text: str, keys: Sequence[Key], retired: Sequence[Key] = ()) -> tuple[Checkpoint, dict[str, str]]:
    """A checkpoint of a log that went on from a backup, and what its record of two people says of that."""
    proof = read_proof(text, RESTORED)
    checkpoint = opened(proof.note, keys, retired)
    try:
        index, path = _number(proof.head["index"]), _number(proof.head["path"])
        record = _decoded(proof.head["extra"])
        said = json.loads(record)
        detail = {str(name): str(value) for name, value in said["detail"].items()}
        size, root = _number(detail["new_size"]), bytes.fromhex(detail["new_root"])
        people = {detail["approved_by"].strip(), detail["seconded_by"].strip()} - {""}
        kind = said["cat"], said["action"], said["outcome"]
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        raise Refused("the proof cannot be read") from None
    leaf = hashlib.sha256(b"\x00" + record).digest()
    if not is_included(leaf, index, checkpoint.size, proof.hashes[:path], checkpoint.root):
        raise Refused("the record is not in the signed log")
    if kind != ("audit", "audit.restored", "success") or len(people) != 2:
        raise Refused("the record does not say, by two people, that the log was restored")
    if size > index or not is_consistent(size, root, checkpoint.size, checkpoint.root, proof.hashes[path:]):
        raise Refused("the log did not go on from the head that the record names")
    return checkpoint, detail


# What this witness has seen.


class Witness:
    def __init__(self, state: Path) -> None:
        self._file = state / "seen.json"
        self._key_file = state / "witness.key"
        try:
            tree = json.loads(self._file.read_text(encoding="utf-8"))
            self.name = str(tree["name"])
            self.keys = [Key.of(key) for key in tree["log_keys"]]
            """That sign. More than one only in what older versions kept, which retired none."""
            self.retired = [Key.of(key) for key in tree.get("retired_keys", ())]
            self.size, self._root = int(tree["size"]), bytes.fromhex(tree["root"])
            self._note = str(tree["note"])
            self._key = Ed25519PrivateKey.from_private_bytes(self._key_file.read_bytes())
            if self._note and "retired_keys" not in tree:
                self._retire_before(opened(self._note, self.keys).key)
        except (OSError, ValueError, KeyError, Refused) as error:
            raise ValueError(f"{state} holds no witness; begin one with init") from error

    @classmethod
    def create(cls, state: Path, name: str, log_keys: Sequence[str]) -> "Witness":
        """Never over one that is there: its memory is what the log is held against."""
        if not name or "+" in name or not name.isprintable() or " " in name:
            raise ValueError("a witness's name has neither spaces nor plus signs")
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = [Key.of(key) for key in log_keys]
        if not keys:
            raise ValueError("the file of the log's key is empty")
        empty = hashlib.sha256().hexdigest()
        *older, last = [key.text(ED25519) for key in keys]
        tree = {"name": name, "log_keys": [last], "retired_keys": older, "size": "0", "root": empty, "note": ""}
        descriptor = os.open(state / "witness.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(Ed25519PrivateKey.generate().private_bytes_raw())
            _write(state / "seen.json", tree)
        except OSError:  # half a witness would be in the way of a whole one
            (state / "witness.key").unlink()
            raise
        return cls(state)

    @property
    def verifier_key(self) -> str:
        return self._own().text(COSIGNATURE)

    def watch(self, text: str, now_s: int) -> str:
        """The checkpoint with this witness's signature, once it is proven to continue what was seen; or Refused."""
        proof = read_proof(text, CONSISTENCY)
        checkpoint = opened(proof.note, self.keys, self.retired)
        if checkpoint.size < self.size:
            raise Refused(
                f"the log has {checkpoint.size} records; this witness has seen {self.size}: an old one is back"
            )
        if proof.head.get("old") != str(self.size):
            raise Refused(f"the proof does not start from the {self.size} records that this witness has seen")
        if not is_consistent(self.size, self._root, checkpoint.size, checkpoint.root, proof.hashes):
            raise Refused(f"the log no longer contains the {self.size} records that this witness has seen")
        self._remember(checkpoint)
        return checkpoint.note + self._cosignature(checkpoint.body, now_s)

    def take_up_restored(self, text: str, now_s: int) -> tuple[str, str]:
        """Its checkpoint as `watch` gives it, and what was lost. Refused unless it names what this witness has seen."""
        if read_proof(text, RESTORED).head["old"] != str(self.size):
            raise Refused(f"the proof is not for the {self.size} records that this witness has seen")
        checkpoint, said = check_restored(text, self.keys, self.retired)
        try:
            old_size, new_size = _number(said["old_size"]), _number(said["new_size"])
            is_named = self.size < old_size or bytes.fromhex(said["old_root"]) == self._root
        except (KeyError, ValueError):
            raise Refused("the proof cannot be read") from None
        if not (new_size < self.size <= old_size and is_named):
            raise Refused(f"the record does not name the {self.size} records that this witness has seen")
        lost = f"records {new_size} to {old_size - 1}, as {said['approved_by']} and {said['seconded_by']} approved"
        self._remember(checkpoint)
        return checkpoint.note + self._cosignature(checkpoint.body, now_s), lost

    def trust(self, log_keys: Sequence[str]) -> None:
        """The last of them signs from now on; those before it, and those that signed until now, are retired."""
        known = [Key.of(key) for key in log_keys]
        if not known:
            raise ValueError("the file of the log's key is empty")
        if any(key.name != self.keys[0].name for key in known):
            raise Refused("that key belongs to another log")
        if known[-1] in self.retired:
            raise Refused("the log has given that key up; take its newest verifier.key")
        older = [key for key in (*known, *self.keys) if key != known[-1] and key not in self.retired]
        self.retired += dict.fromkeys(older)
        self.keys = [known[-1]]
        self._keep()

    def _retire_before(self, signer: Key) -> None:
        """Once a key has signed, those before it sign no more."""
        at = self.keys.index(signer)
        self.retired += self.keys[:at]
        self.keys = self.keys[at:]

    def _remember(self, checkpoint: Checkpoint) -> None:
        """Before anything is signed: what was signed can then never be forgotten."""
        self.size, self._root, self._note = checkpoint.size, checkpoint.root, checkpoint.note
        self._retire_before(checkpoint.key)
        self._keep()

    def _keep(self) -> None:
        tree = {
            "name": self.name,
            "log_keys": [key.text(ED25519) for key in self.keys],
            "retired_keys": [key.text(ED25519) for key in self.retired],
            "size": str(self.size),
            "root": self._root.hex(),
            "note": self._note,
        }
        _write(self._file, tree)

    def _cosignature(self, body: str, now_s: int) -> str:
        signed = self._key.sign(f"cosignature/v1\ntime {now_s}\n{body}".encode())
        encoded = base64.b64encode(self._own().id(COSIGNATURE) + now_s.to_bytes(8) + signed).decode()
        return f"\u2014 {self.name} {encoded}\n"

    def _own(self) -> Key:
        return Key(self.name, self._key.public_key().public_bytes_raw())


def _write(path: Path, tree: Mapping[str, object]) -> None:
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(tree, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)
    os.close(folder)


# The command.


def fetched(source: str, what: str, since: int) -> str:
    if not source.startswith(("http://", "https://")):
        return Path(source).read_text(encoding="utf-8")
    url = f"{source.rstrip('/')}/{what}?old={since}"
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - the scheme was looked at
        return bytes(answer.read(MAX_ANSWER_BYTES)).decode()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Witness an audit log.", exit_on_error=False)
    parser.add_argument("--state", type=Path, default=Path("witness-state"))
    commands = parser.add_subparsers(dest="command", required=True)
    init = commands.add_parser("init")
    init.add_argument("--name", required=True)
    init.add_argument("--log-key", type=Path, required=True)
    commands.add_parser("size")
    for name in ("watch", "restored"):
        taking = commands.add_parser(name)
        taking.add_argument("source")
        taking.add_argument("--out", type=Path)
    commands.add_parser("check").add_argument("proof", type=Path)
    commands.add_parser("trust").add_argument("--log-key", type=Path, required=True)
    try:
        return _do(parser.parse_args(arguments))
    except Refused as refused:
        sys.stdout.write(f"REFUSED: {refused}\n")
        return REFUSED
    except SystemExit as left:
        return USAGE if left.code else GOOD
    except (OSError, ValueError, argparse.ArgumentError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE


def _printable(text: str) -> str:
    """Nothing in a record moves a cursor, colours a screen or begins a line of its own."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _do(asked: argparse.Namespace) -> int:
    if asked.command == "init":
        witness = Witness.create(asked.state, asked.name, asked.log_key.read_text(encoding="utf-8").split())
        sys.stdout.write(f"{witness.verifier_key}\n")
        return GOOD
    witness = Witness(asked.state)
    if asked.command == "size":
        sys.stdout.write(f"{witness.size}\n")
    elif asked.command == "trust":
        witness.trust(asked.log_key.read_text(encoding="utf-8").split())
    elif asked.command == "check":
        index, record = check_inclusion(asked.proof.read_text(encoding="utf-8"), witness.keys, witness.retired)
        sys.stdout.write(f"record {index} is in the log:\n{_printable(record.decode())}\n")
    else:
        note, said = _taken(witness, asked)
        if asked.out:
            asked.out.write_text(note, encoding="utf-8")
        sys.stdout.write(f"{said}, and has {witness.size} records\n{note}")
    return GOOD


def _taken(witness: Witness, asked: argparse.Namespace) -> tuple[str, str]:
    """The cosigned checkpoint, and what is said of it."""
    if asked.command == "watch":
        text = fetched(asked.source, "consistency", witness.size)
        return witness.watch(text, int(time.time())), "the log continues as it was seen"
    note, lost = witness.take_up_restored(fetched(asked.source, "restored", witness.size), int(time.time()))
    return note, _printable(f"RESTORED: lost are {lost}. The log goes on")


if __name__ == "__main__":
    sys.exit(main())
