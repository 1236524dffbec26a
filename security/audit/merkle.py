"""The Merkle tree of RFC 6962, as pure functions. Nothing here knows what a leaf means."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Self

EMPTY_ROOT = sha256().digest()
HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, largest first. Appending costs O(1)."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)
        if len(self._peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self._peaks)}")

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Self:
        return cls(size, (data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)))

    def to_bytes(self) -> bytes:
        return b"".join(self._peaks)

    def append(self, leaf: bytes) -> None:
        node, completed = leaf, self.size
        while completed & 1:
            node = node_hash(self._peaks.pop(), node)
            completed >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return node_hash(root_of(leaves[:split]), root_of(leaves[split:]))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH(m, D[n]) of section 2.1.1, from the leaf upwards."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """PROOF(m, D[n]) of section 2.1.2; empty when the sizes are equal or the old tree is empty."""
    return _subproof(leaves, old_size, complete=True) if 0 < old_size < len(leaves) else []


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def is_consistent(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2: the larger tree begins with every leaf of the smaller one."""
    if old_size > size or old_size < 0:
        return False
    if old_size == size:
        return not proof and old_root == root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
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
            old_node, node = node_hash(sibling, old_node), node_hash(sibling, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old_node == old_root and node == root


def _subproof(leaves: Sequence[bytes], old_size: int, *, complete: bool) -> list[bytes]:
    if old_size == len(leaves):
        return [] if complete else [root_of(leaves)]
    split = _split(len(leaves))
    if old_size <= split:
        return [*_subproof(leaves[:split], old_size, complete=complete), root_of(leaves[split:])]
    return [*_subproof(leaves[split:], old_size - split, complete=False), root_of(leaves[:split])]


def _split(size: int) -> int:
    """The largest power of two smaller than size."""
    return 1 << (size - 1).bit_length() - 1
