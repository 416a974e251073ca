from __future__ import annotations

import random
import re
from collections import Counter, defaultdict

import pytest

from models.archive.taxonomy import insurance_types, material_types
from training.questions.families import families
from training.questions.generate import generate
from training.questions.wording import fill, is_held_out, typed

ONE_EACH = {"question": 1, "headline": 1, "statute": 1, "provision": 1, "narrative": 1, "term": 1}


def test_every_template_and_every_slot_value_resolves() -> None:
    rng = random.Random(1)
    for family in families():
        values = [value for words in family.slots.values() for value in words]
        for template in (*family.templates, *values):
            said = fill(template, family.slots, rng)
            assert "{" not in said, (family.name, template)
            assert "}" not in said, (family.name, template)


def test_no_template_is_written_twice() -> None:
    counted = Counter(t for f in families() if f.kind != "provision" for t in f.templates)
    assert [template for template, count in counted.items() if count > 1] == []


def test_slots_that_name_each_other_are_an_error() -> None:
    with pytest.raises(RecursionError):
        fill("{a}", {"a": ["{b}"], "b": ["{a}"]}, random.Random(0))
    with pytest.raises(KeyError):
        fill("{没有}", {}, random.Random(0))


def test_every_label_is_spoken_of_in_every_manner() -> None:
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for made in generate(ONE_EACH, 3, split=True):
        kinds[made.label].add(made.kind)
    assert set(kinds) == set(insurance_types())
    for label, seen in kinds.items():
        assert seen >= {"question", "headline", "statute", "provision", "narrative"}, label


def test_every_material_is_asked_for() -> None:
    asked = {made.material for made in generate(ONE_EACH, 3, split=True)}
    assert asked == {None, *material_types()}


def test_the_same_seed_says_the_same_and_another_does_not() -> None:
    first, again, other = (list(generate(ONE_EACH, seed, split=True)) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_a_template_lies_in_one_part() -> None:
    parts: defaultdict[str, set[bool]] = defaultdict(set)
    for made in generate({**ONE_EACH, "question": 4, "provision": 2}, 3, split=True):
        parts[made.group].add(made.held_out)
    assert all(len(part) == 1 for part in parts.values())
    assert {part for both in parts.values() for part in both} == {True, False}


def test_held_out_texts_use_only_held_out_words() -> None:
    slots = {"job": [f"工作{i}" for i in range(60)]}
    rng = random.Random(2)
    kept = {fill("{job}", slots, rng, held_out=True) for _ in range(300)}
    rest = {fill("{job}", slots, rng, held_out=False) for _ in range(300)}
    assert kept
    assert rest
    assert not kept & rest
    assert all(is_held_out(value, 1 / 3) for value in kept)


def test_typing_in_a_hurry_changes_no_more_than_signs_and_one_character() -> None:
    text = "我妈在老家住院，医保能报销吗？"
    han = re.sub(r"[^\u4e00-\u9fff]", "", text)
    for seed in range(200):
        worn = re.sub(r"[^\u4e00-\u9fff]", "", typed(text, random.Random(seed)))
        assert len(worn) == len(han)
        assert sum(a != b for a, b in zip(worn, han, strict=True)) <= 1
    assert len({typed(text, random.Random(seed)) for seed in range(200)}) > 3


def test_nothing_looks_like_somebodys_number() -> None:
    texts = [made.text for made in generate({**ONE_EACH, "question": 3}, 11, split=False)]
    assert not [text for text in texts if re.search(r"\d{7,}", text)]
