"""Five hundred random logs, read by two programs that share no line with ours and by the letter of RFC 6962.

`aics-tlog` verifies C2SP checkpoints, cosignatures and proofs; it needs Python 3.12. The recursive reading below is as
slow as the definitions that it copies.
"""

import base64
import importlib.util
import random
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from security.audit import merkle, verify, witness
from security.audit.checkpoint import parse_checkpoint
from security.audit.proofs import CONSISTENCY
from security.audit.witness import Witness
from tests.security.audit.made_log import ORIGIN, MadeLog, event

pytestmark = pytest.mark.control("A10")

LOGS = 500
BLOCKS = 10


class Case(NamedTuple):
    made: MadeLog
    place: int
    old: int


def cases(block: int) -> list[Case]:
    """A tenth of the logs; sizes from none to some tens, with a record to prove and an earlier size."""
    chance = random.Random(block)  # noqa: S311 - not for secrets
    found = []
    for _ in range(LOGS // BLOCKS):
        made = MadeLog().checkpoint()
        for _ in range(chance.randrange(1, 5)):
            made.add(
                *(event(reason=str(chance.random())) for _ in range(chance.choice([0, 1, 2, 3, 7, 17])))
            ).checkpoint()
        size = len(made.raws)
        found.append(Case(made, chance.randrange(size) if size else 0, chance.randint(0, size)))
    return found


# RFC 6962, section 2.1, word by word.


def mth(data: Sequence[bytes]) -> bytes:
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = split(len(data))
    return sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    if len(data) == 1:
        return []
    k = split(len(data))
    return [*path(m, data[:k]), mth(data[k:])] if m < k else [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: Sequence[bytes], *, is_known: bool) -> list[bytes]:
    if m == len(data):
        return [] if is_known else [mth(data)]
    k = split(len(data))
    if m <= k:
        return [*subproof(m, data[:k], is_known=is_known), mth(data[k:])]
    return [*subproof(m - k, data[k:], is_known=False), mth(data[:k])]


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


@pytest.mark.parametrize("block", range(BLOCKS))
def test_roots_and_proofs_are_those_of_the_definition(block: int, tmp_path: Path) -> None:
    for made, place, old in cases(block):
        raws, size = made.raws, len(made.raws)
        signed = parse_checkpoint(made.notes[-1].partition("\n\n")[0])
        assert (signed.size, signed.root) == (size, mth(raws))
        assert made.report(tmp_path).root == mth(raws).hex()
        if 0 < old < size:
            assert merkle.consistency_proof(made.leaves, old) == subproof(old, raws, is_known=True)
        if size:
            proof = path(place, raws)
            assert merkle.inclusion_proof(made.leaves, place) == proof
            assert witness.is_included(verify.leaf_hash(raws[place]), place, size, proof, mth(raws))


@pytest.fixture
def tlog() -> ModuleType:
    if importlib.util.find_spec("aics_tlog") is None:
        pytest.skip("aics-tlog is not here: it needs Python 3.12")
    return importlib.import_module("aics_tlog")


@pytest.mark.parametrize("block", range(BLOCKS))
def test_another_verifier_of_c2sp_logs_says_the_same(tlog: ModuleType, block: int) -> None:
    for made, place, old in cases(block):
        raws, size = made.raws, len(made.raws)
        key = tlog.parse_vkey(made.first_key)
        for note in made.notes:
            assert tlog.verify_checkpoint(tlog.parse_note(note), key).ok
            assert not tlog.verify_checkpoint(tlog.parse_note(note.replace("\nts 2", "\nts 3")), key).ok
        checkpoint = tlog.parse_checkpoint(tlog.parse_note(made.notes[-1]).text)
        tree = tlog.MerkleTree(raws)
        assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (ORIGIN, size, tree.root())
        older = merkle.root_of(made.leaves[:old])
        proof = merkle.consistency_proof(made.leaves, old)
        assert proof == tree.consistency_proof(old, size)
        for root in (older, bytes(32)):
            theirs = tlog.verify_consistency(old, size, root, checkpoint.root, proof)
            assert theirs == witness.is_consistent(old, root, size, checkpoint.root, proof)
        if size:
            proof = merkle.inclusion_proof(made.leaves, place)
            for at in {place, place ^ 1, place + 1}:
                theirs = tlog.verify_inclusion(made.leaves[place], at, size, proof, checkpoint.root)
                assert theirs == witness.is_included(made.leaves[place], at, size, proof, checkpoint.root)
                assert theirs == (at == place)


def test_it_takes_the_signature_of_our_witness_too(tlog: ModuleType, tmp_path: Path) -> None:
    made = MadeLog().add(*(event(req=str(number)) for number in range(7))).checkpoint()
    mine = Witness.create(tmp_path / "w", "auditor.example", [made.first_key])
    note = mine.watch("\n".join([CONSISTENCY, "old 0", "", made.notes[0]]), 1_795_000_000)
    keys = tlog.parse_vkey(made.first_key), [tlog.parse_vkey(mine.verifier_key)]
    assert tlog.verify_checkpoint(tlog.parse_note(note), *keys, quorum=1).ok
    assert not tlog.verify_checkpoint(tlog.parse_note(made.notes[0]), *keys, quorum=1).ok
    signature = base64.b64encode(bytes(76)).decode()
    forged = note[: note.rindex(" ") + 1] + signature + "\n"
    assert not tlog.verify_checkpoint(tlog.parse_note(forged), *keys, quorum=1).ok
