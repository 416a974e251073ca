"""Masked copies: tables by column, pictures that show only what was read and found free."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from indexer.parsing.ocr import Corners, PlacedText
from indexer.redaction.pictures import SHOWN_FROM, Stretches, cleared
from indexer.redaction.sheets import COLUMN, masked_table
from models.privacy.detections import Detection, DetectionKind
from models.privacy.masking import profile

PUBLIC = profile("public")
PHONES = ("13900000001", "13900000002", "13900000003")


def find_phones(texts: Sequence[str]) -> list[list[Detection]]:
    """A detector that knows three numbers."""
    return [
        [
            Detection(text.index(p), text.index(p) + len(p), DetectionKind.PHONE, 0.9, "known")
            for p in PHONES
            if p in text
        ]
        for text in texts
    ]


def test_a_column_of_numbers_hides_its_malformed_ones_and_keeps_its_header() -> None:
    rows = [["单位", "联系电话"], *(["一厂", phone] for phone in PHONES), ["二厂", "139 坏 4"], ["合计", ""]]
    table = masked_table(rows, find_phones, PUBLIC)
    assert table.rows[0] == ("单位", "联系电话")
    assert [row[1] for row in table.rows[1:4]] == ["*" * 11] * 3
    assert "139" not in table.rows[4][1]
    assert table.hidden[4, 1][0].recognizer == COLUMN
    assert [row[0] for row in table.rows] == ["单位", "一厂", "一厂", "一厂", "二厂", "合计"]


def test_a_column_with_few_such_values_keeps_the_others() -> None:
    rows = [["备注"], [PHONES[0]], ["补正"], ["转出"], ["退回"]]
    table = masked_table(rows, find_phones, PUBLIC)
    assert [row[0] for row in table.rows] == ["备注", "*" * 11, "补正", "转出", "退回"]


def test_a_value_within_a_cell_leaves_the_rest_and_line_ends_do_not_shift_it() -> None:
    table = masked_table([["甲\n乙", f"请拨{PHONES[0]}转三"]], find_phones, PUBLIC)
    assert table.rows == (("甲\n乙", f"请拨{'*' * 11}转三"),)


def test_rows_beyond_the_first_page_are_masked_too() -> None:
    rows = [["电话"], *(["无"] for _ in range(450)), [PHONES[2]]]
    assert masked_table(rows, find_phones, PUBLIC).rows[-1] == ("*" * 11,)


# -- pictures ----------------------------------------------------------------------------------


def corners(left: float, top: float, right: float, bottom: float) -> Corners:
    return (left, top), (right, top), (right, bottom), (left, bottom)


def line(left: int, top: int, characters: int, side: int = 20, confidence: float = 0.99) -> PlacedText:
    cells = tuple(corners(left + i * side, top, left + (i + 1) * side, top + side) for i in range(characters))
    whole = corners(left, top, left + characters * side, top + side)
    return PlacedText(0, characters, whole, confidence, cells)


def inked() -> np.ndarray:
    """Noise everywhere: every pixel of the original can be told."""
    return np.random.default_rng(1).integers(0, 200, (120, 300, 3), dtype=np.uint8)


def test_hidden_characters_are_black_and_their_neighbours_stay() -> None:
    image = inked()
    copy = cleared(image, [Stretches((line(20, 40, 8),), [(3, 5)])])
    assert (copy[40:60, 80:120] == 0).all()
    assert (copy[42:58, 22:70] == image[42:58, 22:70]).all()
    assert (copy[42:58, 130:178] == image[42:58, 130:178]).all()


def test_what_was_not_read_cannot_be_seen() -> None:
    image = inked()
    copy = cleared(image, [Stretches((line(20, 40, 8),), [])])
    outside = np.ones(image.shape[:2], bool)
    outside[40:61, 20:181] = False
    assert set(np.unique(copy[outside])) <= {205, 255}


def test_a_line_read_with_doubt_is_not_shown() -> None:
    image = inked()
    copy = cleared(image, [Stretches((line(20, 40, 8, confidence=SHOWN_FROM - 0.01),), [])])
    assert set(np.unique(copy)) <= {205, 255}


def test_a_line_without_places_of_characters_is_hidden_whole() -> None:
    image = inked()
    whole = PlacedText(0, 8, corners(20, 40, 180, 60), 0.99)
    copy = cleared(image, [Stretches((whole,), [(3, 5)])])
    assert (copy[40:60, 20:180] == 0).all()


def test_a_second_reading_hides_too() -> None:
    image = inked()
    copy = cleared(image, [Stretches((line(20, 40, 8),), []), Stretches((line(20, 40, 8),), [(0, 1)])])
    assert (copy[40:60, 20:40] == 0).all()
