"""Proofs, true and bad: the vectors of RFC 6962's reference tests, and every way to spoil a proof that is known.

Two verifiers are tried alike: the product's own, and the one in the witness's file.
"""

import base64
from collections.abc import Callable, Iterator
from hashlib import sha256
from types import ModuleType
from typing import NamedTuple

import pytest

from security.audit import merkle, witness
from security.audit.proofs import CONSISTENCY, INCLUSION
from security.audit.witness import Key, Refused, Witness
from tests.security.audit.made_log import MadeLog, event
from tests.security.audit.test_merkle import LEAVES, ROOTS

pytestmark = pytest.mark.control("A6")

VERIFIERS = pytest.mark.parametrize("verifier", [merkle, witness], ids=["product", "witness"])
SIZES = range(1, 34)
MANY = [sha256(bytes([number])).digest() for number in range(SIZES.stop)]

L10 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
N23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
L4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
N67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
PATHS = {
    (0, 1): [],
    (0, 8): [L10, N23, N47],
    (5, 8): [L4, N67, ROOTS[4]],
    (2, 3): [ROOTS[2]],
    (1, 5): [ROOTS[1], N23, L4],
}
"""Leaf and size to the audit path, as the reference tests print them."""
PREFIXES = {(1, 1): [], (1, 8): [L10, N23, N47], (6, 8): [N45, N67, ROOTS[4]], (2, 5): [N23, L4]}
"""Both sizes to the consistency proof."""


@VERIFIERS
@pytest.mark.parametrize(("index", "size"), PATHS)
def test_the_published_paths_are_made_and_accepted(verifier: ModuleType, index: int, size: int) -> None:
    path = merkle.inclusion_proof(LEAVES[:size], index)
    assert [each.hex() for each in path] == PATHS[index, size]
    assert verifier.is_included(LEAVES[index], index, size, path, bytes.fromhex(ROOTS[size]))


@VERIFIERS
@pytest.mark.parametrize(("old", "size"), PREFIXES)
def test_the_published_consistency_proofs_are_made_and_accepted(verifier: ModuleType, old: int, size: int) -> None:
    proof = merkle.consistency_proof(LEAVES[:size], old)
    assert [each.hex() for each in proof] == PREFIXES[old, size]
    assert verifier.is_consistent(old, bytes.fromhex(ROOTS[old]), size, bytes.fromhex(ROOTS[size]), proof)


def spoilt(proof: list[bytes], root: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Kinds of damage that fit any proof."""
    for name, stray in (("garbage", bytes(32)), ("root", root), ("empty", b"")):
        yield f"trailing {name}", [*proof, stray]
        yield f"preceding {name}", [stray, *proof]
    for at, each in enumerate(proof):
        yield f"without {at}", proof[:at] + proof[at + 1 :]
        yield f"cut {at}", [*proof[:at], each[:-1], *proof[at + 1 :]]
        yield f"grown {at}", [*proof[:at], each + b"\0", *proof[at + 1 :]]
        for bit in (0, 100, 255):
            flipped = (int.from_bytes(each) ^ 1 << bit).to_bytes(32)
            yield f"bit {bit} of {at}", [*proof[:at], flipped, *proof[at + 1 :]]
    if proof:
        yield "none", []
        yield "half", proof[: len(proof) // 2]
        yield "doubled", proof * 2
    if proof != proof[::-1]:
        yield "reversed", proof[::-1]


class Inclusion(NamedTuple):
    leaf: bytes
    place: int
    size: int
    proof: list[bytes]
    root: bytes


def bad_inclusions(good: Inclusion) -> Iterator[tuple[str, Inclusion]]:
    for place in (-1, good.place - 1, good.place + 1, good.place ^ 2, good.size):
        yield f"leaf {place}", good._replace(place=place)
    for size in (-1, 0, good.place, good.size * 2, good.size // 2):
        yield f"size {size}", good._replace(size=size)
    for name, value in (("empty", b""), ("zeros", bytes(32)), ("another", sha256(b"another").digest())):
        yield f"{name} root", good._replace(root=value)
        yield f"{name} leaf", good._replace(leaf=value)
    if good.size > 1:
        yield "root and leaf swapped", good._replace(root=good.leaf, leaf=good.root)
    for name, proof in spoilt(good.proof, good.root):
        yield name, good._replace(proof=proof)


@VERIFIERS
@pytest.mark.parametrize("size", SIZES)
def test_a_spoilt_inclusion_proof_is_refused(verifier: ModuleType, size: int) -> None:
    leaves, root = MANY[:size], merkle.root_of(MANY[:size])
    for index in range(size):
        good = Inclusion(leaves[index], index, size, merkle.inclusion_proof(leaves, index), root)
        assert verifier.is_included(*good)
        assert [name for name, bad in bad_inclusions(good) if verifier.is_included(*bad)] == []


class Consistency(NamedTuple):
    old: int
    old_root: bytes
    size: int
    root: bytes
    proof: list[bytes]


def bad_consistencies(good: Consistency) -> Iterator[tuple[str, Consistency]]:
    for old in (-1, 0, good.old - 1, good.old + 1, good.old ^ 2):
        if old != good.old:
            yield f"old size {old}", good._replace(old=old)
    for size in (0, good.old - 1, good.size * 2, good.size // 2):
        yield f"size {size}", good._replace(size=size)
    for name, value in (("empty", b""), ("zeros", bytes(32)), ("another", sha256(b"another").digest())):
        yield f"{name} root", good._replace(root=value)
        yield f"{name} old root", good._replace(old_root=value)
    if good.old != good.size:
        yield "roots swapped", good._replace(root=good.old_root, old_root=good.root)
        yield "all swapped", Consistency(good.size, good.root, good.old, good.old_root, good.proof)
    for name, proof in spoilt(good.proof, good.root):
        yield name, good._replace(proof=proof)


@VERIFIERS
@pytest.mark.parametrize("size", SIZES)
def test_a_spoilt_consistency_proof_is_refused(verifier: ModuleType, size: int) -> None:
    leaves, root = MANY[:size], merkle.root_of(MANY[:size])
    for old in range(1, size + 1):
        good = Consistency(old, merkle.root_of(leaves[:old]), size, root, merkle.consistency_proof(leaves, old))
        assert verifier.is_consistent(*good)
        assert [name for name, bad in bad_consistencies(good) if verifier.is_consistent(*bad)] == []


# The documents: a proof as it is handed over, with its signed checkpoint.

HONEST = MadeLog().add(*(event(req=str(number)) for number in range(13))).checkpoint()
KEYS = [Key.of(HONEST.first_key)]
INDEX = 6


def inclusion_text() -> str:
    hashes = [base64.b64encode(each).decode() for each in merkle.inclusion_proof(HONEST.leaves, INDEX)]
    extra = base64.b64encode(HONEST.raws[INDEX]).decode()
    return "\n".join([INCLUSION, f"extra {extra}", f"index {INDEX}", *hashes, "", HONEST.notes[0]])


def accepts_inclusion(text: str) -> bool:
    try:
        witness.check_inclusion(text, KEYS)
    except Refused:
        return False
    return True


def test_a_proof_document_is_accepted_whole_and_refused_when_any_character_is_changed_or_cut() -> None:
    text = inclusion_text()
    assert witness.check_inclusion(text, KEYS) == (INDEX, HONEST.raws[INDEX])
    for at in range(len(text)):
        assert not accepts_inclusion(text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]), at
        assert not accepts_inclusion(text[:at]), at


SPOILT: dict[str, Callable[[str], str]] = {
    "trailing garbage": lambda text: text + "garbage",
    "trailing line": lambda text: text + "garbage\n",
    "trailing empty line": lambda text: text + "\n",
    "preceding line": lambda text: "garbage\n" + text,
    "preceding space": lambda text: " " + text,
    "another line in the head": lambda text: text.replace("index", "more x\nindex"),
    "index with a sign": lambda text: text.replace("index 6", "index +6"),
    "index with a zero": lambda text: text.replace("index 6", "index 06"),
    "index with a space": lambda text: text.replace("index 6", "index 6 "),
    "index in other digits": lambda text: text.replace("index 6", "index ６"),
    "index and record swapped": lambda text: "\n".join(
        [(lines := text.split("\n"))[0], lines[2], lines[1], *lines[3:]]
    ),
    "one more record counted": lambda text: text.replace("\n13\n", "\n14\n"),
    "one record less counted": lambda text: text.replace("\n13\n", "\n12\n"),
    "windows lines": lambda text: text.replace("\n", "\r\n"),
    "of the other kind": lambda text: text.replace(INCLUSION, CONSISTENCY),
    "no checkpoint": lambda text: text.partition("\n\n")[0] + "\n\n",
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_proof_document_in_any_other_spelling_is_refused(name: str) -> None:
    assert SPOILT[name](inclusion_text()) != inclusion_text()
    assert not accepts_inclusion(SPOILT[name](inclusion_text()))


def test_the_signature_of_another_witness_beside_the_logs_is_no_garbage() -> None:
    stranger = base64.b64encode(b"\1\2\3\4" + bytes(72)).decode()
    assert accepts_inclusion(inclusion_text() + f"\u2014 somebody.else {stranger}\n")


def test_a_witness_takes_a_longer_log_only_with_the_proof_for_what_it_has_seen(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    made = MadeLog().checkpoint()
    for number in range(12):
        made.add(event(req=str(number))).checkpoint()

    def proof(size: int, old: int, stated: int) -> str:
        hashes = [base64.b64encode(each).decode() for each in merkle.consistency_proof(made.leaves[:size], old)]
        return "\n".join([CONSISTENCY, f"old {stated}", *hashes, "", made.notes[size]])

    mine = Witness.create(tmp_path_factory.mktemp("witness"), "auditor", [made.first_key])
    mine.watch(proof(5, 0, 0), 1)
    for size, old, stated in [(11, 4, 5), (11, 6, 5), (11, 5, 4), (11, 5, 6), (4, 0, 5), (11, 0, 5)]:
        with pytest.raises(Refused):
            mine.watch(proof(size, old, stated), 1)
    mine.watch(proof(11, 5, 5), 1)
    assert mine.size == 11
