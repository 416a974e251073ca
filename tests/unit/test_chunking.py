"""Where a page is cut."""

from __future__ import annotations

from time import process_time

import pytest

from indexer.chunking import MAX_CHARACTERS, TARGET_CHARACTERS, chunk_spans
from models.privacy.detections import Detection, DetectionKind


def held(start: int, end: int) -> Detection:
    return Detection(start, end, DetectionKind.PERSON, 0.9, "test")


@pytest.mark.parametrize("text", ["", " ", "\n\n", "　" * 1000])
def test_blank_text_has_no_span(text: str) -> None:
    assert chunk_spans(text) == []


def test_short_text_is_one_span() -> None:
    assert chunk_spans("退休审批表") == [(0, 5)]
    assert chunk_spans("字" * MAX_CHARACTERS) == [(0, MAX_CHARACTERS)]


def test_sentences_are_kept_whole_where_they_end_near_the_target() -> None:
    text = "职工符合退休条件，批准退休。" * 60
    assert all(text[start:end].endswith("。") for start, end in chunk_spans(text))
    text = "（他说：“批准退休。”）" * 60
    assert all(text[start:end].endswith("。”）") for start, end in chunk_spans(text))


def test_a_comma_is_better_than_nothing_and_nothing_still_ends() -> None:
    text = "职工符合退休条件，" * 80
    assert all(text[start:end].endswith("，") for start, end in chunk_spans(text))
    spans = chunk_spans("字" * 1000)
    assert max(end - start for start, end in spans) <= MAX_CHARACTERS


def test_a_sentence_end_inside_a_detection_is_no_place_to_cut() -> None:
    text = "字" * 199 + "。" + "字" * 300
    assert chunk_spans(text)[0] == (0, 200)
    assert chunk_spans(text, [held(190, 210)])[0] != (0, 200)


def test_a_detection_longer_than_a_chunk_stays_whole() -> None:
    assert chunk_spans("字" * 1500, [held(100, 1400)]) == [(0, 100), (100, 1400), (1400, 1500)]


def test_overlapping_detections_are_one_place() -> None:
    spans = chunk_spans("字" * 1500, [held(0, 10), held(5, 400), held(399, 700)])
    assert spans[0] == (0, 700)


def test_many_touching_detections_do_not_exhaust_the_stack() -> None:
    found = [held(i, i + 2) for i in range(5_000)]
    assert chunk_spans("字" * 5_100, found)[0] == (0, 5_001)


def test_a_blank_stretch_belongs_to_the_chunk_before_it() -> None:
    text = "字" * 100 + " " * 1000 + "字" * 100
    spans = chunk_spans(text)
    assert spans[0][0] == 0
    assert all(text[start:end].strip() for start, end in spans)


def test_work_grows_with_the_length_and_no_faster() -> None:
    """A page of a million characters full of numbers; five times the text, not 25 times the work."""

    def cost_s(characters: int) -> float:
        text = "张三，" * (characters // 3)
        found = [held(i, i + 2) for i in range(0, characters - 2, 3)]
        began = process_time()
        spans = chunk_spans(text, found)
        took = process_time() - began
        assert len(spans) >= characters // MAX_CHARACTERS
        return took

    small = min(cost_s(200_000) for _ in range(3))
    assert cost_s(1_000_000) < 12 * small


def test_a_million_characters_without_a_pause() -> None:
    spans = chunk_spans("字" * 1_000_000)
    assert len(spans) == -(-1_000_000 // MAX_CHARACTERS)
    assert TARGET_CHARACTERS <= MAX_CHARACTERS
