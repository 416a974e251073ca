"""The hand-written texts, the splits they lie in, and the shifts they are measured under."""

from __future__ import annotations

import random
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from models.archive.taxonomy import insurance_types
from training.dataset import Example, Source
from training.questions.written import written_texts
from training.shifted import misread, shifted, unnamed


def _example(text: str, group: str = "a", kind: str = "question") -> Example:
    return Example(text, "工伤", (), None, kind, Source.WRITTEN, group, group, held_out=False)


def test_every_label_is_written_about_and_nothing_twice() -> None:
    written = list(written_texts())
    assert len(written) > 3000
    assert {w.label for w in written} == set(insurance_types())
    assert len({w.text for w in written}) == len(written)
    assert all(w.label not in w.secondary for w in written)


def test_neighbouring_lines_share_a_group() -> None:
    groups = defaultdict(list)
    for written in written_texts():
        groups[written.group].append(written)
    assert all(len(lines) <= 10 for lines in groups.values())


def test_a_group_lies_in_one_fold() -> None:
    folds = {_example(text, "block").fold(4) for text in ("一", "二", "三")}
    assert len(folds) == 1
    assert {_example("一", f"block {i}").fold(4) for i in range(60)} == {0, 1, 2, 3}


def test_names_are_taken_out() -> None:
    assert unnamed("工伤保险待遇和失业保险金，医保报销") == "待遇和，报销"


def test_talk_alone_is_colloquial_and_short_remains_are_left_out() -> None:
    made = shifted(
        [_example("工伤认定去哪里办"), _example("失业金"), _example("工伤台账一览", kind="note")], 3
    )
    assert [e.text for e in made["unnamed"]] == ["认定去哪里办", "台账一览"]
    assert [e.text for e in made["colloquial"]] == ["工伤认定去哪里办", "失业金"]


@given(st.text(alphabet="工伤已未人申请，。 ", max_size=80), st.integers(0, 9))
def test_misreading_keeps_most_and_repeats_itself(text: str, seed: int) -> None:
    once, again = (misread(text, random.Random(seed)) for _ in range(2))
    assert once == again
    assert len(once.replace(" ", "")) <= len(text.replace(" ", "").replace("　", "")) + 1
