"""What holds of every made-up document, whatever the seed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from training.synthetic.blocks import Line, Table, blocks_of
from training.synthetic.documents import SyntheticDocument, generate
from training.synthetic.id_variants import variant_for
from training.synthetic.typesetting import typeset, wrapped

_DOCUMENTS = st.integers(0, 10**6).map(lambda seed: list(generate(6, seed)))


@settings(max_examples=60, deadline=None)
@given(_DOCUMENTS)
def test_spans_are_in_order_inside_and_trimmed(documents: list[SyntheticDocument]) -> None:
    for document in documents:
        assert len(document.spans) == len(document.pages) > 0
        for page, spans in zip(document.pages, document.spans, strict=True):
            last = 0
            for start, end, _ in spans:
                assert last <= start < end <= len(page)
                assert page[start:end] == page[start:end].strip()
                last = end


@settings(max_examples=60, deadline=None)
@given(_DOCUMENTS)
def test_no_slot_is_left_open(documents: list[SyntheticDocument]) -> None:
    for document in documents:
        assert not set("{}") & set("".join((document.title, *document.pages)))


@settings(max_examples=40, deadline=None)
@given(_DOCUMENTS)
def test_typesetting_loses_no_character(documents: list[SyntheticDocument]) -> None:
    for document in documents:
        for page in document.pages:
            drawn = "".join(mark.text for sheet in typeset(page) for mark in sheet.marks)
            kept = "".join(
                block.text if isinstance(block, Line) else "".join(cell for row in block.rows for cell in row)
                for block in blocks_of(page)
                if isinstance(block, Line | Table)
            )
            assert sorted("".join(drawn.split())) == sorted("".join(kept.split()))


@given(st.text(max_size=80).filter(lambda t: "\n" not in t), st.integers(2, 40))
def test_wrapping_joins_back(text: str, columns: int) -> None:
    assert "".join(wrapped(text, columns)) == text


@given(st.integers(0, 10**6))
def test_variant_labels_fit_the_number(seed: int) -> None:
    import random

    rng = random.Random(seed)
    born_late = "50019920050101001X"
    assert variant_for(born_late, rng) != "fifteen_digits"
    assert variant_for("500199197001010013", rng) != "lower_x"
