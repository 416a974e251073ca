"""Chunks join back to the page; no cut inside a detection; no chunk over the limit without need."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.chunking import chunk_spans
from models.privacy.detections import Detection, DetectionKind
from models.privacy.masking import mask, profile

texts = st.lists(
    st.sampled_from(
        ["字", "退休", "。", "，", "\n", " ", "”", "！？", "\ud800", "👩‍👧", "张三" * 20, " " * 90]
    ),
    max_size=80,
).map("".join)


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, list[Detection]]:
    text = draw(texts)
    places = st.integers(min_value=0, max_value=len(text))
    spans = draw(st.lists(st.tuples(places, places).map(sorted), max_size=8))
    kinds = st.sampled_from(DetectionKind)
    return text, [Detection(a, b, draw(kinds), 0.9, "drawn") for a, b in spans if a < b]


def longest_held(detections: list[Detection]) -> int:
    """Length of the longest stretch without an allowed cut."""
    longest = reach = begun = 0
    for d in sorted(detections):
        begun = d.start if d.start >= reach else begun
        reach = max(reach, d.end)
        longest = max(longest, reach - begun)
    return longest


@settings(max_examples=400)
@given(pages(), st.integers(min_value=1, max_value=60), st.integers(min_value=1, max_value=60))
@example(("字" * 100 + " " * 100 + "字" * 100, []), 20, 10)
def test_chunks(page: tuple[str, list[Detection]], target: int, more: int) -> None:
    text, detections = page
    limit = target + more
    spans = chunk_spans(text, detections, target=target, limit=limit)
    assert "".join(text[start:end] for start, end in spans) == (text if text.strip() else "")
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    assert all(text[start:end].strip() for start, end in spans)
    for cut in (start for start, _ in spans):
        assert not any(d.start < cut < d.end for d in detections)
    for start, end in spans:
        stripped = text[start:end].strip()
        assert len(stripped) <= limit or longest_held(detections) > limit


@given(pages())
def test_a_chunk_hides_what_the_page_hides(page: tuple[str, list[Detection]]) -> None:
    """The rendition of the page is the renditions of its chunks, one after the other."""
    text, detections = page
    for name in ("index", "clerk", "officer", "public"):
        rendition = mask(text, detections, profile(name))
        places = [
            rendition.span_of(start, end) for start, end in chunk_spans(text, detections, target=20, limit=40)
        ]
        if text.strip():
            assert "".join(rendition.text[start:end] for start, end in places) == rendition.text


@settings(max_examples=200)
@given(texts, st.integers(min_value=2, max_value=60))
def test_without_detections_the_limit_always_holds(text: str, limit: int) -> None:
    for start, end in chunk_spans(text, target=limit // 2, limit=limit):
        assert len(text[start:end].strip()) <= limit
