"""The tree, against the reference leaves of RFC 6962 implementations, and its proofs by property."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.audit import merkle

pytestmark = pytest.mark.control("A6")

# The eight inputs and roots of the Certificate Transparency reference tests.
INPUTS = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(data) for data in INPUTS]
SOME_LEAVES = st.integers(1, 40).map(lambda count: [sha256(bytes([n])).digest() for n in range(count)])


@pytest.mark.parametrize("size", range(9))
def test_roots_match_the_reference(size: int) -> None:
    assert merkle.root_of(LEAVES[:size]).hex() == ROOTS[size]


@given(leaves=SOME_LEAVES)
def test_the_frontier_grows_to_the_same_root(leaves: list[bytes]) -> None:
    frontier = merkle.Frontier()
    for size, leaf in enumerate(leaves, start=1):
        frontier.append(leaf)
        frontier = merkle.Frontier.from_bytes(size, frontier.to_bytes())
        assert frontier.root() == merkle.root_of(leaves[:size])


def test_a_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="3 leaves"):
        merkle.Frontier(3, [b"x" * 32])


@given(leaves=SOME_LEAVES, data=st.data())
def test_every_leaf_can_be_proven_and_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, size = merkle.root_of(leaves), len(leaves)
    proof = merkle.inclusion_proof(leaves, index)
    assert merkle.is_included(leaves[index], index, size, proof, root)
    assert not merkle.is_included(bytes(32), index, size, proof, root)
    assert not merkle.is_included(leaves[index], size, size, proof, root)
    assert not merkle.is_included(leaves[index], index, size, [*proof, bytes(32)], root)
    for wrong in range(size):
        assert merkle.is_included(leaves[index], wrong, size, proof, root) == (wrong == index)
    for at in range(len(proof)):
        assert not merkle.is_included(leaves[index], index, size, proof[:at] + proof[at + 1 :], root)
        assert not merkle.is_included(leaves[index], index, size, [*proof[:at], bytes(32), *proof[at + 1 :]], root)


@given(leaves=SOME_LEAVES, data=st.data())
def test_every_earlier_tree_is_proven_a_beginning_and_nothing_else(leaves: list[bytes], data: st.DataObject) -> None:
    old_size = data.draw(st.integers(0, len(leaves)))
    old_root, root, size = merkle.root_of(leaves[:old_size]), merkle.root_of(leaves), len(leaves)
    proof = merkle.consistency_proof(leaves, old_size)
    assert merkle.is_consistent(old_size, old_root, size, root, proof)
    assert not merkle.is_consistent(old_size, bytes(32), size, root, proof)
    assert merkle.is_consistent(old_size, old_root, size, bytes(32), proof) == (old_size == 0)
    assert not merkle.is_consistent(old_size, old_root, size, root, [*proof, bytes(32)])
    for at in range(len(proof)):
        assert not merkle.is_consistent(old_size, old_root, size, root, proof[:at] + proof[at + 1 :])
    if 0 < old_size < size:
        assert not merkle.is_consistent(size, root, old_size, old_root, proof)
        assert not merkle.is_consistent(old_size, root, size, old_root, proof)
