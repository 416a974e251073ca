"""Marked texts: what is marked, where, and what is refused."""

from __future__ import annotations

import pytest

from models.privacy.detections import DetectionKind
from training.privacy_texts.marked import faults, parse

SOURCE = """=== a-1 letter
{{PERSON:王  强}}同志：号码{{RESIDENT_ID:500199
19630715116X}}已登记。

=== a-2 none
没有。
"""


def test_spans_hold_the_values_and_nothing_else() -> None:
    first, second = parse(SOURCE)
    assert [(first.text[a:b], kind) for a, b, kind in first.spans] == [
        ("王  强", DetectionKind.PERSON),
        ("500199\n19630715116X", DetectionKind.RESIDENT_ID),
    ]
    assert (first.text_id, first.form) == ("a-1", "letter")
    assert (second.text, second.spans) == ("没有。", ())


@pytest.mark.parametrize(
    "body",
    [
        "{{PERSON:王强}",
        "王强}}",
        "{{NAME:王强}}",
        "{{PERSON: 王强}}",
        "{{PERSON:王{{PERSON:强}}}}",
        "{{PERSON:}}",
    ],
)
def test_a_bad_mark_is_refused_by_the_name_of_its_text(body: str) -> None:
    with pytest.raises(ValueError, match="x-9"):
        list(parse(f"=== x-9 line\n{body}\n"))


def test_text_without_a_head_is_refused() -> None:
    with pytest.raises(ValueError, match="first head"):
        list(parse("无头\n=== a b\n正文\n"))


def test_faults_name_repeated_ids_and_numbers_of_real_counties() -> None:
    county = "500103" + "196307151164"
    texts = list(parse(f"=== a none\n{county}\n=== a none\n500199196307151164\n"))
    assert faults(texts) == ["a: id used 2 times", "a: an identity number of an assigned county"]
