"""The tree against the RFC's own recursive words, and the offline verifier against the tree."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.ledger import offline_verifier as outside
from models.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    _cryptography_sm3,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of,
    sm3,
    tops_of,
)

LEAVES = [bytes([n % 256]) * 32 for n in range(300)]
sizes = st.integers(1, 300)


def mth(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, word for word."""
    if not leaves:
        return sm3(b"")
    if len(leaves) == 1:
        return sm3(b"\x00" + leaves[0])
    k = split(len(leaves))
    return sm3(b"\x01" + mth(leaves[:k]) + mth(leaves[k:]))


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 9162 section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], *, known: bool) -> list[bytes]:
    """RFC 9162 section 2.1.4.1."""
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known=known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], known=False), mth(leaves[:k])]


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def node(level: int, position: int) -> bytes:
    return mth(LEAVES[position << level : (position + 1) << level])


@settings(max_examples=40, deadline=None)
@given(sizes, st.data())
def test_roots_and_proofs_are_those_of_the_rfc(size: int, data: st.DataObject) -> None:
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    leaves, root = LEAVES[:size], mth(LEAVES[:size])
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf_hash(leaf))
    assert root == root_of(size, node) == frontier.root()
    assert [top for _, top in frontier.tops] == tops_of(size, node)
    proof = inclusion_path(index, size, node)
    assert proof == path(index, leaves)
    assert outside.root_by_inclusion(index, size, leaves[index], proof) == root
    steps = consistency_path(old, size, node)
    assert steps == subproof(old, leaves, known=True)
    assert outside.is_consistent(old, size, mth(leaves[:old]), root, steps)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 300), st.data())
def test_a_proof_of_anything_else_fails(size: int, data: st.DataObject) -> None:
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    root, proof = mth(LEAVES[:size]), inclusion_path(index, size, node)
    steps = consistency_path(old, size, node)
    for wrong in changed(proof, data):
        assert outside.root_by_inclusion(index, size, LEAVES[index], wrong) != root
    assert outside.root_by_inclusion(index, size, b"another", proof) != root
    assert outside.root_by_inclusion(size, size, LEAVES[index], proof) is None
    for wrong in changed(steps, data):
        assert not outside.is_consistent(old, size, mth(LEAVES[:old]), root, wrong)
    assert not outside.is_consistent(old, size, b"\x00" * 32, root, steps)


def changed(proof: list[bytes], data: st.DataObject) -> list[list[bytes]]:
    at = data.draw(st.integers(0, len(proof) - 1))
    bent = bytes([proof[at][0] ^ 1]) + proof[at][1:]
    return [[*proof[:at], bent, *proof[at + 1 :]], proof[:-1], [*proof, proof[at]]]


def test_a_whole_tile_can_be_added_at_once() -> None:
    slow, fast, tile = Frontier(), Frontier(), Frontier()
    for leaf in LEAVES[:8]:
        tile.add(leaf_hash(leaf))
    made = fast.add(tile.root(), 3)
    for leaf in LEAVES[:8]:
        slow.add(leaf_hash(leaf))
    assert made == [(3, 0, tile.root())]
    assert fast.tops == slow.tops
    assert Frontier().root() == EMPTY_ROOT


@pytest.mark.parametrize(
    ("content", "digest"),
    [
        pytest.param(
            b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", id="GB/T 32905 A.1"
        ),
        pytest.param(
            b"abcd" * 16,
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
            id="GB/T 32905 A.2",
        ),
    ],
)
def test_every_sm3_is_the_standard_s(content: bytes, digest: str) -> None:
    for of in (sm3, _cryptography_sm3, outside.sm3, outside.slow_sm3):
        assert of(content).hex() == digest


@given(st.binary(max_size=300))
def test_sm3_without_a_library_is_the_same(content: bytes) -> None:
    assert outside.slow_sm3(content) == sm3(content)


def test_ed25519_without_a_library_agrees_with_rfc_8032() -> None:
    public = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
    signature = bytes.fromhex(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )
    body = bytes.fromhex("af82")  # section 7.1, test 3
    for check in (outside.slow_is_signed, outside.is_signed):
        assert check(public, signature, body)
        assert not check(public, signature, b"af83")
        assert not check(public, signature[:-1] + b"\x0b", body)
        assert not check(b"\xff" * 32, signature, body)
        assert not check(public, b"", body)
