from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from models.classification.heads import Head, Scales, alone, chances, fused, softmax


@given(arrays(np.float64, 3, elements=st.floats(-700, 700)))
def test_softmax_is_a_distribution_in_the_order_of_scores(scores: NDArray[np.float64]) -> None:
    probabilities = softmax(scores)
    assert probabilities.sum() == pytest.approx(1.0)
    assert probabilities[scores.argmax()] == probabilities.max()


def test_sparse_and_dense_rows_score_alike() -> None:
    head = Head(np.arange(12, dtype=np.float32).reshape(4, 3), np.array([1, 2, 3], dtype=np.float32))
    sparse = (np.array([1, 3]), np.array([0.5, 2.0], dtype=np.float32))
    dense = np.array([[0, 0.5, 0, 2.0]], dtype=np.float32)
    assert head.of_sparse(sparse) == pytest.approx(head.of_dense(dense)[0])


def test_scales_weigh_each_head() -> None:
    scales = Scales(ngrams_alone=2.0, ngrams=0.5, embedding=3.0)
    said, meant = np.array([1.0, 2.0]), np.array([10.0, 20.0])
    assert alone(said, scales).tolist() == [2.0, 4.0]
    assert fused(said, meant, scales).tolist() == [30.5, 61.0]


def test_each_chance_stands_for_itself() -> None:
    assert chances(np.array([0.0, 1e9, -1e9])).tolist() == pytest.approx([0.5, 1.0, 0.0])
