"""The Merkle tree of the ledger: RFC 9162 section 2.1 (RFC 6962 section 2.1) with SM3 (GB/T 32905-2016).

Leaf ``i`` (from 0) is the digest of entry ``i + 1``. A perfect subtree of ``2**level`` leaves is named
(level, index): it stands over the leaves ``index * 2**level`` and on. Whoever asks for a root or a
proof hands in `NodeOf`, which knows the perfect subtrees; everything else is derived from them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes

NodeOf = Callable[[int, int], bytes]
"""(level, index) to the 32 bytes of a perfect subtree."""

TILE_LEVEL = 8
TILE = 1 << TILE_LEVEL
"""Leaves of one tile: only the tops of whole tiles, and what is above them, need storing."""


def _cryptography_sm3(content: bytes) -> bytes:
    sm3_state = hashes.Hash(hashes.SM3())
    sm3_state.update(content)
    return sm3_state.finalize()


def _hashlib_sm3(content: bytes) -> bytes:
    sm3_state = _EMPTY.copy()
    sm3_state.update(content)
    return sm3_state.digest()


# The interpreter's own is three times faster on short texts, but an OpenSSL may be built without it.
if "sm3" in hashlib.algorithms_available:
    _EMPTY = hashlib.new("sm3")
    sm3 = _hashlib_sm3
else:
    sm3 = _cryptography_sm3


def leaf_hash(leaf: bytes) -> bytes:
    return sm3(b"\x00" + leaf)


def node_hash(left: bytes, right: bytes) -> bytes:
    return sm3(b"\x01" + left + right)


EMPTY_ROOT = sm3(b"")
"""MTH of no leaf."""


@dataclass(slots=True)
class Frontier:
    """A growing tree, known by the tops of its perfect subtrees alone, largest first."""

    size: int = 0
    tops: list[tuple[int, bytes]] = field(default_factory=list)
    """(level, hash); levels fall strictly."""

    @classmethod
    def of(cls, size: int, hashes_of_tops: Sequence[bytes]) -> Frontier:
        """Return the frontier of ``size`` leaves; ValueError where there are too few or too many tops."""
        levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
        return cls(size, list(zip(levels, hashes_of_tops, strict=True)))

    def add(self, top: bytes, level: int = 0) -> list[tuple[int, int, bytes]]:
        """Add a perfect subtree at the end; return (level, index, hash) of what became perfect, lowest first.

        The size must be a multiple of ``2**level``.
        """
        made = [(level, self.size >> level, top)]
        self.size += 1 << level
        while self.tops and self.tops[-1][0] == level:
            top, level = node_hash(self.tops.pop()[1], top), level + 1
            made.append((level, (self.size >> level) - 1, top))
        self.tops.append((level, top))
        return made

    def root(self) -> bytes:
        if not self.tops:
            return EMPTY_ROOT
        root = self.tops[-1][1]
        for _, top in reversed(self.tops[:-1]):
            root = node_hash(top, root)
        return root


def tops_of(size: int, node: NodeOf) -> list[bytes]:
    """Return the tops of the perfect subtrees of the first ``size`` leaves, largest first."""
    tops, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            tops.append(node(level, start >> level))
            start += 1 << level
    return tops


def root_of(size: int, node: NodeOf) -> bytes:
    """Return MTH of the first ``size`` leaves (RFC 9162 section 2.1.1)."""
    return Frontier.of(size, tops_of(size, node)).root()


def inclusion_path(index: int, size: int, node: NodeOf) -> list[bytes]:
    """Return PATH(index, D_size), lowest first (RFC 9162 section 2.1.3.1).

    Raises:
        IndexError: there is no such leaf among the first ``size``.
    """
    if not 0 <= index < size:
        raise IndexError
    path, start, end = list[bytes](), 0, size
    while end - start > 1:
        middle = start + _left(end - start)
        if index < middle:
            path.append(_range(middle, end, node))
            end = middle
        else:
            path.append(_range(start, middle, node))
            start = middle
    return path[::-1]


def consistency_path(old: int, size: int, node: NodeOf) -> list[bytes]:
    """Return PROOF(old, D_size) (RFC 9162 section 2.1.4.1); empty where nothing was added or ``old`` is 0.

    Raises:
        IndexError: ``old`` is larger than ``size``.
    """
    if not 0 <= old <= size:
        raise IndexError
    if old in (0, size):
        return []
    path, start, end, known = list[bytes](), 0, size, True
    while old != end:
        middle = start + _left(end - start)
        if old <= middle:
            path.append(_range(middle, end, node))
            end = middle
        else:
            path.append(_range(start, middle, node))
            start, known = middle, False
    if not known:
        path.append(_range(start, end, node))
    return path[::-1]


def _left(width: int) -> int:
    """Return the largest power of two below ``width`` (at least 2)."""
    return 1 << ((width - 1).bit_length() - 1)


def _range(start: int, end: int, node: NodeOf) -> bytes:
    """Return MTH of the leaves ``start`` to ``end``, half-open, which is a subtree of the RFC's recursion."""
    width = end - start
    if width & (width - 1) == 0 and start % width == 0:
        return node(width.bit_length() - 1, start // width)
    middle = start + _left(width)
    return node_hash(_range(start, middle, node), _range(middle, end, node))
