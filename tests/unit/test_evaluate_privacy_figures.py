"""Agreement of found and annotated spans, on cases counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.privacy_figures import (
    MASKED,
    NUMBERS,
    OTHER,
    REPORT_ONLY,
    Agreement,
    Compared,
    Span,
    errors_of,
    exact,
    false_alarms,
    figures_of,
    leak,
    overlap,
)


def compared(gold: set[Span], found: set[Span], *, free: bool = False) -> Compared:
    return Compared(frozenset(gold), frozenset(found), free)


@pytest.mark.parametrize(
    ("gold", "found", "exactly", "roughly"),
    [
        pytest.param(set(), set(), (0, 0, 0, 0), (0, 0, 0, 0), id="nothing on either side"),
        pytest.param({(0, 2, "PERSON")}, set(), (1, 0, 0, 0), (1, 0, 0, 0), id="nothing found"),
        pytest.param(set(), {(0, 2, "PERSON")}, (0, 1, 0, 0), (0, 1, 0, 0), id="nothing annotated"),
        pytest.param({(0, 2, "PERSON")}, {(0, 2, "PERSON")}, (1, 1, 1, 1), (1, 1, 1, 1), id="the same"),
        pytest.param({(0, 2, "PERSON")}, {(0, 3, "PERSON")}, (1, 1, 0, 0), (1, 1, 1, 1), id="other extent"),
        pytest.param({(0, 2, "PERSON")}, {(2, 4, "PERSON")}, (1, 1, 0, 0), (1, 1, 0, 0), id="side by side"),
        pytest.param({(0, 2, "PERSON")}, {(0, 2, "ADDRESS")}, (1, 1, 0, 0), (1, 1, 0, 0), id="wrong kind"),
        pytest.param(
            {(0, 3, "PERSON"), (5, 8, "PERSON")},
            {(0, 8, "PERSON")},
            (2, 1, 0, 0),
            (2, 1, 2, 1),
            id="one found span over two",
        ),
        pytest.param(
            {(0, 9, "ADDRESS"), (2, 4, "PERSON")},
            {(0, 9, "ADDRESS"), (2, 4, "PERSON"), (2, 3, "PERSON")},
            (2, 3, 2, 2),
            (2, 3, 2, 3),
            id="spans inside each other",
        ),
    ],
)
def test_counts(
    gold: set[Span], found: set[Span], exactly: tuple[int, ...], roughly: tuple[int, ...]
) -> None:
    items = [compared(gold, found)]
    assert exact(items) == Agreement(*exactly)
    assert overlap(items) == Agreement(*roughly)


_SPANS = st.frozensets(
    st.tuples(st.integers(0, 12), st.integers(1, 9), st.sampled_from(["PERSON", "PHONE"])).map(
        lambda raw: (raw[0], raw[0] + raw[1], raw[2])
    ),
    max_size=8,
)


@given(_SPANS, _SPANS)
def test_overlap_is_sharing_a_character_with_one_of_the_same_kind(
    gold: frozenset[Span], found: frozenset[Span]
) -> None:
    def shared(span: Span, others: frozenset[Span]) -> bool:
        return any(set(range(*span[:2])) & set(range(*o[:2])) for o in others if o[2] == span[2])

    expected = (
        len(gold),
        len(found),
        sum(shared(span, found) for span in gold),
        sum(shared(span, gold) for span in found),
    )
    assert overlap([Compared(gold, found, free=False)]) == Agreement(*expected)


@pytest.mark.parametrize(
    ("agreement", "shares"),
    [
        (Agreement(gold=4, found=2, recalled=1, confirmed=1), (0.5, 0.25, 1 / 3)),
        (Agreement(gold=0, found=0, recalled=0, confirmed=0), (None, None, None)),
        (Agreement(gold=3, found=0, recalled=0, confirmed=0), (None, 0.0, 0.0)),
        (Agreement(gold=0, found=3, recalled=0, confirmed=0), (0.0, None, 0.0)),
        (Agreement(gold=2, found=2, recalled=0, confirmed=0), (0.0, 0.0, 0.0)),
    ],
)
def test_shares(agreement: Agreement, shares: tuple[float | None, ...]) -> None:
    assert (agreement.precision, agreement.recall, agreement.f1) == pytest.approx(shares)


@pytest.mark.parametrize(
    ("gold", "found", "share"),
    [
        pytest.param(set(), {(0, 5, "PERSON")}, None, id="nothing personal"),
        pytest.param({(0, 4, "PERSON")}, set(), 1.0, id="all open"),
        pytest.param({(0, 4, "PERSON")}, {(1, 2, "PHONE"), (1, 3, OTHER)}, 0.5, id="any kind covers"),
        pytest.param({(0, 4, "ADDRESS"), (2, 6, "PERSON")}, {(0, 3, "ADDRESS")}, 0.5, id="a character once"),
    ],
)
def test_leak(gold: set[Span], found: set[Span], share: float | None) -> None:
    assert leak([compared(gold, found)]) == share


def test_false_alarms_are_counted_in_texts_without_personal_data_only() -> None:
    items = [
        compared(set(), {(0, 2, "PERSON"), (3, 5, "PHONE")}, free=True),
        compared(set(), set(), free=True),
        compared(set(), {(0, 2, "PERSON")}),
        compared({(0, 2, "PERSON")}, {(4, 6, "PERSON")}),
    ]
    alarms = false_alarms(items)
    assert (alarms.texts, alarms.alarms, alarms.per_20) == (2, 2, 20.0)
    assert false_alarms(items[2:]).per_20 is None


def test_a_kind_that_is_only_reported_never_counts_among_the_masked() -> None:
    items = [
        compared({(0, 2, "PERSON"), (4, 6, "ETHNICITY")}, {(0, 2, "PERSON"), (8, 10, "RELIGION")}),
        compared(set(), {(0, 2, "ETHNICITY"), (3, 5, OTHER)}, free=True),
    ]
    masked, reported = figures_of(items, MASKED), figures_of(items, REPORT_ONLY)
    assert masked.all.exact == Agreement(1, 1, 1, 1)
    assert (masked.leak, masked.false_alarms.alarms, list(masked.kinds)) == (0.0, 0, ["PERSON"])
    assert reported.all.exact == Agreement(1, 2, 0, 0)
    assert (reported.leak, reported.false_alarms.alarms) == (1.0, 1)


def test_numbers_are_a_group_of_their_own() -> None:
    items = [compared({(0, 11, "PHONE"), (12, 14, "PERSON")}, {(0, 11, "PHONE"), (20, 26, "PLATE")})]
    assert figures_of(items, MASKED).numbers.exact == Agreement(1, 2, 1, 1)
    assert "RESIDENT_ID" in NUMBERS
    assert not {"PERSON", "ADDRESS", "BIRTH_DATE", "DIAGNOSIS", "ETHNICITY"} & set(NUMBERS)


def test_errors_have_names() -> None:
    gold: set[Span] = {(0, 3, "PERSON"), (5, 8, "ADDRESS"), (10, 12, "PERSON"), (14, 16, "PHONE")}
    found: set[Span] = {(0, 2, "PERSON"), (5, 8, "PERSON"), (14, 16, "PHONE"), (18, 20, "PERSON")}
    assert list(errors_of(compared(gold, found))) == [
        ("extent", (0, 3, "PERSON")),
        ("kind", (5, 8, "ADDRESS")),
        ("missed", (10, 12, "PERSON")),
        ("alarm", (18, 20, "PERSON")),
    ]
