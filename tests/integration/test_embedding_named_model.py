"""A site may name its own model: here a tiny random one, in a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.embedding.e5s1 import Shape
from models.embedding.layout import write_layout
from models.embedding.sentence_transformer import SentenceTransformerEmbedder
from models.errors import ModelUnavailable

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", *"社保养老失业医疗", "<mask>"]


def tiny_model(folder: Path, seed: int) -> str:
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    write_layout(folder, Shape(16, 1, 2, 32, 0, 512, 2, 1e-12), PIECES, [-1.0] * len(PIECES))
    BertModel(BertConfig.from_json_file(folder / "config.json"), add_pooling_layer=False).save_pretrained(
        folder
    )
    return str(folder)


def test_a_folder_is_loaded_as_it_is(tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder.load(tiny_model(tmp_path / "m", 1), tmp_path / "cache")
    rows = embedder.embed_passages(["社保", "养老", "失业医疗社保养老", ""])
    assert (embedder.space.model, embedder.space.dimension) == (str(tmp_path / "m"), 16)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert rows[2] == pytest.approx(embedder.embed_passages(["失业医疗社保养老"])[0], abs=1e-5)
    assert not (tmp_path / "cache").exists()


def test_other_weights_are_another_space(tmp_path: Path) -> None:
    first, same, other = (
        SentenceTransformerEmbedder.load(tiny_model(tmp_path / "m", seed), tmp_path).space
        for seed in (1, 1, 2)
    )
    assert first == same
    assert first.revision != other.revision
    assert first.model == other.model


@pytest.mark.parametrize("model", ["/no/such/folder", "./nothing", "builtin:bge", "a/b/c"])
def test_what_does_not_exist_is_named_with_the_way_out(tmp_path: Path, model: str) -> None:
    with pytest.raises(ModelUnavailable) as refused:
        SentenceTransformerEmbedder.load(model, tmp_path)
    assert model in refused.value.detail
    assert "builtin:e5-small-zh" in refused.value.detail


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable) as refused:
        SentenceTransformerEmbedder.load(str(tmp_path), tmp_path)
    assert str(tmp_path) in refused.value.detail


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "m", 1)
    (tmp_path / "m" / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelUnavailable, match="builtin:e5-small-zh"):
        SentenceTransformerEmbedder.load(model, tmp_path)
