"""The text generator of the sequence model and a whole small run of its training."""

import random
from itertools import pairwise
from pathlib import Path

import pytest

from models.artifacts import verify
from models.privacy.detections import DetectionKind
from models.privacy.lac import untagged
from models.privacy.layout import read
from models.privacy.sequence import NAME, SHORT, SHORT_NAME, SequenceTagger
from training.privacy_dataset import alphabet_of, examples
from training.privacy_fit import FitConfig, Written, builtin_config, fit, with_figures
from training.privacy_network import Regime, Shape
from training.privacy_texts.cast import Cast
from training.privacy_texts.damage import damaged
from training.privacy_texts.documents import carried, generate
from training.privacy_texts.grammar import documents, expand, rules
from training.privacy_texts.names import STYLES, NameMaker
from training.synthetic.markup import spans_of, text_of


def test_at_least_sixty_kinds_of_documents() -> None:
    assert len(documents()) >= 60


@pytest.mark.parametrize("rule", sorted(rules()))
def test_every_rule_can_be_written_out(rule: str) -> None:
    rng = random.Random(rule)
    cast = Cast(rng)
    written = [text_of(expand(rule, cast.slot, rng)) for _ in range(40)]
    assert all(written)
    assert not any(mark in "".join(written) for mark in "{}<>⏎")


def test_texts_depend_on_seed_and_number_alone() -> None:
    longer = list(generate(12, 5))
    assert list(generate(7, 5)) == longer[:7]
    assert list(generate(7, 6)) != longer[:7]


def test_spans_are_in_order_and_hold_something() -> None:
    for text, spans in generate(150, 8):
        assert all(text[start:end].strip() for start, end, _ in spans)
        assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_damage_keeps_every_value_in_its_span() -> None:
    for seed in range(60):
        rng = random.Random(seed)
        cast = Cast(rng)
        pieces = expand("doc_discharge", cast.slot, rng)
        kinds = [kind for _, _, kind in spans_of(pieces)]
        assert [kind for _, _, kind in spans_of(damaged(pieces, rng))] == kinds


@pytest.mark.parametrize("style", sorted(set(STYLES)))
def test_names_vary(style: str) -> None:
    maker = NameMaker(random.Random(1), style)
    made = [maker.name("女") for _ in range(200)]
    assert len(set(made)) > 120
    assert all(name.strip() == name and len(name) >= 2 for name in made)


def test_a_statute_carries_a_name() -> None:
    pieces = carried("用人单位应当为职工缴纳工伤保险费。", Cast(random.Random(2)))
    assert [kind for _, _, kind in spans_of(pieces)] == [DetectionKind.PERSON]
    assert text_of(pieces).startswith("用人单位应当为")


def test_statutes_go_in_without_spans() -> None:
    law = "国家建立社会保险制度。"
    assert (law, ()) in examples(3, 0, 1, [law], 1.0)


def test_rare_characters_have_no_number() -> None:
    assert alphabet_of(["张张张三三三", "囍\ud800\ud800\ud800"]) == "三张"


@pytest.mark.parametrize("name", [NAME, SHORT_NAME])
def test_the_shipped_runs_can_be_read(name: str) -> None:
    config = builtin_config(name)
    assert config.name == name
    assert all(len(regime.shares) == 1 + len(config.written) for regime in config.regimes)


def test_a_short_text_of_the_short_run_is_one_that_is_read_by_both() -> None:
    assert builtin_config(SHORT_NAME).longest == SHORT


@pytest.mark.slow
def test_a_small_run_twice_gives_the_same_verified_model(tmp_path: Path) -> None:
    shape = Shape(character=8, pair=8, word=4, label=4, hidden=16, dilations=(1, 2), layers=1, inner=64)
    regime = Regime(
        seed=1, steps=6, window=64, batch=4, rate=0.01, encoder_rate=0.001, dropout=0.1, character_loss=0.1,
        pair_loss=0.1, word_loss=0.1, label_loss=0.1, piece_loss=0.1, alone=0.5, shares=(0.5, 0.5), threads=1,
    )  # fmt: skip
    config = FitConfig("small", 3, 40, 2, 1.0, (Written(("lines",), 30),), shape, (regime, regime), 2, 2)
    first = fit(config, ["国家建立社会保险制度。"], tmp_path / "first")
    second = fit(config, ["国家建立社会保险制度。"], tmp_path / "second")
    assert first.manifest.files == second.manifest.files
    assert verify(first.folder).version == "small"
    assert with_figures(first.folder, {"全部": {"F1": 0.5}}).files == second.manifest.files
    assert "| 全部 | 0.5 |" in (first.folder / "MODEL_CARD.md").read_text("utf-8")
    text = "姓名：张三"
    assert isinstance(SequenceTagger.load(first.folder).guesses(read(text), untagged(text).words), list)
