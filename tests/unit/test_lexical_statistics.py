"""Frozen statistics: counted reproducibly, verified when loaded."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from indexer.lexical.statistics import (
    MANIFEST,
    TABLE,
    count_statistics,
    load_statistics,
    save_statistics,
    shipped_statistics,
)
from indexer.lexical.terms import Field
from models.errors import ArtifactTampered, ModelUnavailable

TEXTS = ["养老保险", "养老金", "养老机构", "失业保险"]


def test_counts_texts_and_leaves_rare_terms_out() -> None:
    statistics = count_statistics(TEXTS, at_least=3, name="t")
    assert dict(statistics.document_frequency[Field.BIGRAMS]) == {"养老": 3}
    assert statistics.documents == 4
    assert statistics.average_length[Field.BIGRAMS] == pytest.approx((3 + 2 + 3 + 3) / 4)


def test_the_order_of_texts_changes_no_byte(tmp_path: Path) -> None:
    packed = []
    for name, texts in (("a", TEXTS), ("b", TEXTS[::-1])):
        folder = tmp_path / name
        folder.mkdir()
        save_statistics(count_statistics(texts, at_least=2, name="t"), folder, {})
        packed.append([(folder / file).read_bytes() for file in (TABLE, MANIFEST)])
    assert packed[0] == packed[1]


def test_saved_is_what_is_loaded(tmp_path: Path) -> None:
    statistics = count_statistics(TEXTS, at_least=2, name="t")
    save_statistics(statistics, tmp_path, {"source": "made up"})
    assert load_statistics(tmp_path) == statistics


def test_a_changed_table_is_refused(tmp_path: Path) -> None:
    save_statistics(count_statistics(TEXTS, at_least=2, name="t"), tmp_path, {})
    (tmp_path / TABLE).write_bytes(gzip.compress(b"words\t\xe5\x85\xbb\t9\n"))
    with pytest.raises(ArtifactTampered):
        load_statistics(tmp_path)


def test_missing_statistics_are_reported(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable):
        load_statistics(tmp_path)


def test_the_shipped_statistics_know_the_trade() -> None:
    statistics = shipped_statistics()
    assert statistics.documents > 10_000
    assert statistics.idf(Field.WORDS, "规定") < statistics.idf(Field.WORDS, "工伤")
    assert 0 < statistics.idf(Field.BIGRAMS, "规定") < statistics.idf(Field.BIGRAMS, "龘靐")


def test_the_shipped_statistics_carry_no_rare_phrase() -> None:
    for frequency in shipped_statistics().document_frequency.values():
        assert min(frequency.values()) >= 3
    assert {len(t) for t in shipped_statistics().document_frequency[Field.BIGRAMS] if not t.isascii()} <= {
        1,
        2,
    }
