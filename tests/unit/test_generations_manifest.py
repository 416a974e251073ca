"""The manifest of a generation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from indexer.generation_manifest import Manifest
from models.embedding.space import EmbeddingSpace

MANIFEST = Manifest(
    generation="7",
    seq=41,
    rows=2,
    space=EmbeddingSpace("e5", "1", 384),
    segmentation="rjieba-0;statistics=x",
    created_at=datetime(2024, 1, 10, tzinfo=UTC),
    sha256={"rows.json": "00"},
)


def test_what_is_written_is_read() -> None:
    assert Manifest.from_json(MANIFEST.to_json()) == MANIFEST


def test_every_changed_digit_breaks_the_seal() -> None:
    text = MANIFEST.to_json().replace('"seq": 41', '"seq": 43')
    with pytest.raises(ValueError, match="not an intact manifest"):
        Manifest.from_json(text)


def test_the_seal_covers_each_field() -> None:
    other = replace(MANIFEST, rows=3).to_json().splitlines()
    mine = MANIFEST.to_json().splitlines()
    assert [a.split(":")[0].strip() for a, b in zip(mine, other, strict=True) if a != b] == [
        '"rows"',
        '"seal"',
    ]
