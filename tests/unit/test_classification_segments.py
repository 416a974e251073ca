from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.classification.segments import segments_of, spread


@given(st.text(alphabet="工伤认定。，\n ", max_size=300), st.integers(5, 60))
def test_pieces_cover_all_that_is_visible(text: str, limit: int) -> None:
    pieces = segments_of(text, limit)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(len(piece) <= limit and piece.strip() for piece in pieces)


def test_a_sentence_stays_whole_where_it_fits() -> None:
    assert segments_of("申请人受伤。申请认定。已受理。", 11) == ["申请人受伤。申请认定。", "已受理。"]


@given(st.lists(st.text(), min_size=0, max_size=40), st.integers(1, 9))
def test_spread_keeps_order_and_ends(pieces: list[str], count: int) -> None:
    numbered = [f"{i}" for i in range(len(pieces))]
    kept = spread(numbered, count)
    assert len(kept) == min(count, len(numbered)) == len(set(kept))
    assert [int(k) for k in kept] == sorted(int(k) for k in kept)
    if count > 1 and numbered:
        assert {kept[0], kept[-1]} == {numbered[0], numbered[-1]}
