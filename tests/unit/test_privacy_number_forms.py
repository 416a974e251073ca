"""Numbers of every kind in many sentences and forms, clean and damaged: how many are found, and only they."""

from __future__ import annotations

from collections import Counter

import pytest

from models.privacy.detections import DetectionKind as Kind
from models.privacy.layout import read
from models.privacy.resolution import resolve
from models.privacy.rules import match_rules
from tests.unit.privacy_numbers import FORMS, samples

EACH = 60


def figures(*, damaged: bool, seed: int) -> tuple[float, dict[Kind, float]]:
    """Return F1 over exact spans, of all kinds together and of each."""
    right: Counter[Kind] = Counter()
    said: Counter[Kind] = Counter()
    for sample in samples(seed, EACH, damaged=damaged):
        reading = read(sample.text)
        found = {(d.start, d.end, d.kind) for d in resolve(reading.text, match_rules(reading))}
        said.update(kind for *_, kind in found)
        right.update(kind for *_, kind in found & {(sample.start, sample.end, sample.kind)})
    each = {form.kind: 2 * right[form.kind] / (said[form.kind] + EACH) for form in FORMS}
    return 2 * right.total() / (said.total() + EACH * len(FORMS)), each


@pytest.mark.parametrize("seed", [20260101, 4])
def test_clean_numbers(seed: int) -> None:
    together, each = figures(damaged=False, seed=seed)
    assert together >= 0.99
    assert min(each.values()) >= 0.97


@pytest.mark.parametrize("seed", [20260101, 4])
def test_damaged_numbers(seed: int) -> None:
    together, each = figures(damaged=True, seed=seed)
    assert together >= 0.97
    assert min(each.values()) >= 0.93


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("医保编号依次：5000011820347、5000011827765", Kind.PERSON_NO, ["5000011820347", "5000011827765"]),
        ("社保卡（B71192036）一张", Kind.SSC_CARD, ["B71192036"]),
        ("死亡证明书（编号5226322016000131）载明", Kind.OTHER_CERT, ["5226322016000131"]),
        ("军官证（空字第0900441号）过期", Kind.OTHER_CERT, ["空字第0900441号"]),
        ("无私（渝人社监500100-071）到场", Kind.OTHER_CERT, ["渝人社监500100-071"]),
        ("护照 75 0123498", Kind.PASSPORT, ["75 0123498"]),
        ("个 人 编 号 5 0 0 1 2 3 4 5 6", Kind.PERSON_NO, ["5 0 0 1 2 3 4 5 6"]),
        ("【增加】\n1000482731/瞿秋月/500199198205123456", Kind.PERSON_NO, ["1000482731"]),
        ("卡62 1234：6222 0803 2905 5821 441", Kind.BANK_CARD, ["6222 0803 2905 5821 441"]),
        ("单位账号31655882013407351526", Kind.BANK_CARD, []),
        ("住院号88123，社保卡芯片卡号12345678901", Kind.SSC_CARD, []),
        ("批次500199491231002", Kind.RESIDENT_ID, []),
    ],
)
def test_labels_and_places(text: str, kind: Kind, values: list[str]) -> None:
    reading = read(text)
    found = resolve(reading.text, match_rules(reading))
    assert [text[d.start : d.end] for d in found if d.kind is kind] == values
