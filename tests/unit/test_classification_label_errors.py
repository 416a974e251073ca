from __future__ import annotations

import numpy as np

from models.classification.label_errors import LEAST_EXAMPLES, likely_errors

LABELS = ("养老", "医疗", "失业")


def rows(*values: tuple[float, float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(values, dtype=np.float64)


SURE = [(0.9, 0.05, 0.05)] * 3 + [(0.1, 0.8, 0.1)] * 3
GIVEN = [("养老",)] * 3 + [("医疗",)] * 3


def test_a_label_the_text_does_not_speak_for_is_told() -> None:
    (hint,) = likely_errors(LABELS, [*GIVEN, ("养老",)], rows(*SURE, (0.05, 0.9, 0.05)))
    assert (hint.position, hint.likely) == (6, "医疗")
    assert abs(hint.margin - 0.85) < 1e-9


def test_labels_that_agree_are_not_told() -> None:
    assert likely_errors(LABELS, GIVEN, rows(*SURE)) == []


def test_a_secondary_label_is_right_too() -> None:
    assert likely_errors(LABELS, [*GIVEN, ("养老", "医疗")], rows(*SURE, (0.05, 0.9, 0.05))) == []


def test_unsure_texts_are_below_every_threshold() -> None:
    assert likely_errors(LABELS, [*GIVEN, ("养老",)], rows(*SURE, (0.34, 0.35, 0.31))) == []


def test_a_label_hardly_ever_given_has_no_threshold() -> None:
    few = [("失业",)] * (LEAST_EXAMPLES - 1)
    certain = [(0.1, 0.1, 0.8)] * len(few)
    doubtful = rows(*SURE, *certain, (0.1, 0.0, 0.9))
    assert likely_errors(LABELS, [*GIVEN, *few, ("养老",)], doubtful) == []
    enough = rows(*SURE, *certain, certain[0], (0.1, 0.0, 0.9))
    (hint,) = likely_errors(LABELS, [*GIVEN, *few, ("失业",), ("养老",)], enough)
    assert hint.likely == "失业"


def test_the_clearest_come_first() -> None:
    found = likely_errors(
        LABELS, [*GIVEN, ("养老",), ("养老",)], rows(*SURE, (0.1, 0.85, 0.05), (0.0, 0.99, 0.01))
    )
    assert [hint.position for hint in found] == [7, 6]


def test_nothing_reviewed_nothing_told() -> None:
    assert likely_errors(LABELS, [], rows()) == []
