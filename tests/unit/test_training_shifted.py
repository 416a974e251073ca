"""Texts made harder, and those that are learnt from without the insurance's name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.dataset import Example, Source
from training.rows import Rows
from training.shifted import shifted, taught, unnamed

NAMED = Example("失业保险金怎么领", "失业", (), None, "question", Source.WRITTEN, "g", "g", held_out=False)


def many(count: int, text: str = "第{}个人问失业保险金怎么领") -> list[Example]:
    return [replace(NAMED, text=text.format(number)) for number in range(count)]


def test_a_share_is_learnt_again_without_the_name() -> None:
    examples = many(1000)
    learnt = taught(examples, 0.35, 0.35)
    assert learnt[:1000] == examples
    again = learnt[1000:]
    assert 300 < len(again) < 400
    assert all("失业" not in e.text and e.label == "失业" and e.group == "g" for e in again)
    assert taught(examples, 0.35, 0.35) == learnt


def test_a_larger_share_takes_part_in_prediction_sets_alone() -> None:
    again = taught(many(1000), 0.1, 0.5)[1000:]
    assert [e.text for e in again if not e.measured_only] == [
        e.text for e in taught(many(1000), 0.1, 0.0)[1000:]
    ]
    assert 450 < len(again) < 550
    rows = Rows(again, np.zeros((len(again), 1)), np.zeros((len(again), 1), dtype=np.float32))
    assert [e for e in again if not e.measured_only] == rows.taught().examples


def test_nothing_held_out_is_learnt_and_nothing_twice() -> None:
    held = [replace(e, held_out=True) for e in many(50)]
    assert taught(held, 1.0, 1.0) == []
    nameless = many(50, "第{}个人问每月领多少")
    assert taught(nameless, 1.0, 1.0) == nameless
    assert taught([replace(NAMED, text="养老保险?")], 1.0, 0.0) == [replace(NAMED, text="养老保险?")]


def test_shifts_keep_the_label() -> None:
    made = shifted(many(20), 1)
    assert set(made) == {"misread", "unnamed", "colloquial"}
    assert all(e.label == "失业" for group in made.values() for e in group)
    assert unnamed("工伤认定和社保卡") == "认定和卡"
