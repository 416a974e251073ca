"""Records and summaries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.deposits import Outcome, OutcomeKind, RecordDeposit
from indexer.ingest import summary_of
from indexer.intake import record_of
from models.errors import InvalidInput


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_the_same_record_again_has_the_same_fingerprint(source_id: str, title: str, text: str) -> None:
    one = RecordDeposit(source_id, title, text)
    assert one.fingerprint == RecordDeposit(source_id, title, text).fingerprint
    assert one.fingerprint != RecordDeposit(source_id, title, text + "。").fingerprint
    assert one.fingerprint != RecordDeposit(source_id + "1", title, text).fingerprint


def test_where_one_field_ends_and_the_next_begins_matters() -> None:
    assert RecordDeposit("a", "b\x00c", "d").fingerprint != RecordDeposit("a", "b", "c\x00d").fingerprint


def test_every_kind_of_outcome_has_a_word_for_the_clerk() -> None:
    assert {kind.label for kind in OutcomeKind} == {"已归档", "重复", "已隔离"}


def test_a_summary_counts_each_outcome_once_and_hands_it_on() -> None:
    outcomes = [
        Outcome("a", OutcomeKind.STORED),
        Outcome("b", OutcomeKind.DUPLICATE, code="duplicate"),
        Outcome("c", OutcomeKind.QUARANTINED, code="empty_file"),
        Outcome("d", OutcomeKind.QUARANTINED, code="empty_file"),
    ]
    seen: list[Outcome] = []
    summary = summary_of(iter(outcomes), seen.append)
    assert seen == outcomes
    assert summary.total == 4
    assert summary.by_kind == {OutcomeKind.STORED: 1, OutcomeKind.DUPLICATE: 1, OutcomeKind.QUARANTINED: 2}
    assert summary.by_code == {"duplicate": 1, "empty_file": 2}
    assert summary_of([]).total == 0


@pytest.mark.parametrize(
    ("line", "source_id"),
    [
        ('{"source_id":"a","text":"退休"}', "a"),
        ('{"id":7,"text":"退休"}', "7"),
        ('{"pid":"p","title":null,"text":"","metadata":null}', "p"),
    ],
)
def test_records(line: str, source_id: str) -> None:
    assert record_of(line).source_id == source_id


@pytest.mark.parametrize(
    "line",
    [
        "",
        "退休",
        "[]",
        "1",
        "null",
        '{"text":"x"}',
        '{"source_id":"a"}',
        '{"source_id":"a","text":1}',
        '{"source_id":["a"],"text":""}',
        '{"source_id":true,"text":""}',
        '{"source_id":"a","text":"x","title":3}',
        '{"source_id":"a","text":"x","metadata":[1]}',
        '{"source_id":"a","text":"x","metadata":"x"}',
        '{"source_id":"","text":"x"}',
        "[" * 100_000,
        "1" * 5000,
    ],
)
def test_lines_that_are_no_record(line: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        record_of(line)
    assert type(raised.value) is InvalidInput
