from __future__ import annotations

import random

import pytest

from models.classification.legibility import is_legible
from models.classification.ngrams import ngrams

KNOWN = frozenset(ngrams("职工因工作原因受到伤害申请工伤认定表退休审批养老金怎么领失业保险的补助"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("工伤认定", id="two words"),
        pytest.param("养老金怎么领？", id="question"),
        pytest.param(
            "序号\t金额\n" + "1\t200.00\n" * 20 + "养老金审批表，养老金审批，退休审批", id="table of figures"
        ),
    ],
)
def test_legible(text: str) -> None:
    assert is_legible(text, KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("  \n\t", id="blank"),
        pytest.param("伤", id="one character"),
        pytest.param("伤伤伤伤", id="one character, repeated"),
        pytest.param("how do I claim unemployment benefit", id="English"),
        pytest.param("1234567890" * 20, id="digits"),
        pytest.param("工伤认定\x00\x01\x02\x03", id="control characters"),
        pytest.param("工伤认定" * 100, id="long and repetitive"),
        pytest.param("x" * 300_000, id="long and no Chinese"),
        pytest.param("\ud800\udc00工伤", id="half surrogate pairs"),
        pytest.param("English text with 工伤 once " * 9, id="a few characters in English"),
    ],
)
def test_illegible(text: str) -> None:
    assert not is_legible(text, KNOWN)


def test_random_characters_are_illegible() -> None:
    rng = random.Random(5)
    texts = ["".join(chr(rng.randint(0x4E00, 0x9FA5)) for _ in range(40)) for _ in range(50)]
    assert not any(is_legible(text, KNOWN) for text in texts)
