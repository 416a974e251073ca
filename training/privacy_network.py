"""The network of the sequence model and its training: an encoder of pieces, convolutions over characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from models.privacy.lac import NO_WORD
from models.privacy.sequence_features import (
    CHARACTERS,
    FIELD_LABELS,
    LABELS,
    PAIR_HASHES,
    PAIRS,
    PIECES,
    WORDS,
    Numbers,
    piece_rows,
)
from models.privacy.sequence_pieces import NOTHING, UNKNOWN
from models.privacy.sequence_tags import TAGS
from training.privacy_dataset import Rows
from training.privacy_encoder import WIDTH, Encoder

_VOID = -1e4
_NO_TAG = -1


@dataclass(frozen=True, slots=True)
class Shape:
    """Widths of the network: ``dilations`` one a convolution of three, ``inner`` units of a layer."""

    character: int
    pair: int
    word: int
    label: int
    hidden: int
    dilations: tuple[int, ...]
    layers: int
    inner: int


@dataclass(frozen=True, slots=True)
class Regime:
    """How it is trained. Each ``*_loss`` is the share of windows or characters that lose a feature.

    ``shares`` says how much of every batch comes from each source of texts, 0 for nothing; ``alone`` is the
    share of windows that end with their text, as the product reads it, where others run on into the next.
    ``threads`` belong to the result, since sums are split over them.
    """

    seed: int
    steps: int
    window: int
    batch: int
    rate: float
    encoder_rate: float
    dropout: float
    character_loss: float
    pair_loss: float
    word_loss: float
    label_loss: float
    piece_loss: float
    alone: float
    shares: tuple[float, ...]
    threads: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows as tensors: rows of characters (4, batch, window), their pieces, and tags to learn.

    ``there`` (batch, 1, window) is 1 where a character stands and 0 behind the end of a text.
    """

    rows: torch.Tensor
    there: torch.Tensor
    pieces: torch.Tensor
    piece_labels: torch.Tensor
    mask: torch.Tensor
    piece_of: torch.Tensor
    tags: torch.Tensor


class Network(nn.Module):  # type: ignore[misc]
    """Tags for windows of characters."""

    def __init__(self, characters: int, pieces: int, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.tables = nn.ModuleList(
            [
                nn.Embedding(characters, shape.character),
                nn.Embedding(PAIRS, shape.pair),
                nn.Embedding(NO_WORD + 1, shape.word),
                nn.Embedding(LABELS, shape.label),
            ]
        )
        self.encoder = Encoder(pieces, shape.layers, shape.inner, dropout)
        self.narrowed = nn.Linear(WIDTH, shape.hidden)
        width = shape.character + shape.pair + shape.word + shape.label
        self.first = nn.Conv1d(width, shape.hidden, 3, padding=1)
        self.layers = nn.ModuleList(
            [nn.Conv1d(shape.hidden, shape.hidden, 3, padding=d, dilation=d) for d in shape.dilations]
        )
        self.last = nn.Conv1d(shape.hidden, TAGS, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, batch: Batch) -> torch.Tensor:
        """Return logits (batch, `TAGS`, window)."""
        seen = torch.cat([table(row) for table, row in zip(self.tables, batch.rows, strict=True)], dim=2)
        hidden = self.first(self.dropout(seen).transpose(1, 2) * batch.there)
        read = self.narrowed(self.encoder(batch.pieces, batch.piece_labels, batch.mask)).float()
        of = batch.piece_of[:, :, None].expand(-1, -1, read.shape[2])
        hidden = functional.relu(hidden + torch.gather(read, 1, of).transpose(1, 2))
        for layer in self.layers:
            # Behind the end of a text nothing stands, as the padding of the shipped graph has it.
            hidden = hidden + functional.relu(layer(self.dropout(hidden * batch.there)))
        return self.last(hidden)


def train(network: Network, sources: Sequence[Rows], regime: Regime) -> list[float]:
    """Train the network in place on windows drawn from ``sources``; return its loss by hundred steps."""
    torch.manual_seed(regime.seed)
    torch.set_num_threads(regime.threads)
    torch.set_flush_denormal(True)
    try:
        return _trained(network, sources, regime)
    finally:
        # It is a state of the processor: left on, it would change the arithmetic of everything that follows.
        torch.set_flush_denormal(False)


def _trained(network: Network, sources: Sequence[Rows], regime: Regime) -> list[float]:
    network.train()
    optimiser = _optimiser(network, regime)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        [group["lr"] for group in optimiser.param_groups],
        total_steps=max(regime.steps, 2),
        pct_start=0.1,
    )
    losses: list[float] = []
    recent: list[float] = []
    for batch in _batches(sources, regime):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            made = network(batch)
        loss = functional.cross_entropy(made.float(), batch.tags, ignore_index=_NO_TAG)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        recent.append(float(loss.detach()))
        if len(recent) == 100:
            losses.append(sum(recent) / 100)
            recent.clear()
    network.eval()
    return losses


def _optimiser(network: Network, regime: Regime) -> torch.optim.Optimizer:
    encoder = list(network.encoder.parameters())
    known = {id(parameter) for parameter in encoder}
    others = [parameter for parameter in network.parameters() if id(parameter) not in known]
    groups = [{"params": others, "lr": regime.rate}, {"params": encoder, "lr": regime.encoder_rate}]
    return torch.optim.AdamW(groups, weight_decay=0.01, fused=True)


def _batches(sources: Sequence[Rows], regime: Regime) -> Iterator[Batch]:
    rng = np.random.default_rng(regime.seed)
    used = [(source, share) for source, share in zip(sources, regime.shares, strict=True) if share]
    shares = np.array([share for _, share in used]) / sum(regime.shares)
    for _ in range(regime.steps):
        drawn = [
            _drawn(source, int(count), regime, rng)
            for (source, _), count in zip(used, rng.multinomial(regime.batch, shares), strict=True)
        ]
        rows = _damaged(np.concatenate([rows for rows, _ in drawn], axis=1), regime, rng)
        tags = np.concatenate([tags for _, tags in drawn])
        rows[PIECES] = np.where(tags == _NO_TAG, NOTHING, rows[PIECES])
        yield _batch(rows, tags)


def _drawn(source: Rows, count: int, regime: Regime, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Return rows (`ROWS`, count, window) and tags (count, window) of windows drawn from one source."""
    starts = rng.integers(0, len(source.tags) - regime.window, count)
    ends = np.full(count, len(source.tags))
    alone = rng.random(count) < regime.alone
    # Texts that are alone are drawn by number, not by length, so that single lines get their share.
    texts = rng.integers(0, len(source.edges) - 1, count)
    first, last = source.edges[texts], source.edges[texts + 1] - 1
    inside = first + (rng.random(count) * np.maximum(last - first - regime.window // 2, 1)).astype(np.int64)
    starts = np.where(alone, np.minimum(inside, len(source.tags) - regime.window), starts)
    ends = np.where(alone, last, ends)
    places = starts[:, None] + np.arange(regime.window)
    tags = np.where(places < ends[:, None], source.tags[places], _NO_TAG).astype(np.int64)
    return source.features[:, places].astype(np.int64), tags


def _damaged(rows: Numbers, regime: Regime, rng: np.random.Generator) -> Numbers:
    shape = rows.shape[1:]
    for row, loss, lost in (
        (CHARACTERS, regime.character_loss, UNKNOWN),
        (PAIR_HASHES, regime.pair_loss, 0),
    ):
        rows[row] = np.where(rng.random(shape) < loss, lost, rows[row])
    for row, loss, lost in ((WORDS, regime.word_loss, NO_WORD), (FIELD_LABELS, regime.label_loss, 0)):
        rows[row] = np.where(rng.random((shape[0], 1)) < loss, lost, rows[row])
    begins = rows[PIECES] != NOTHING
    rows[PIECES] = np.where((rng.random(shape) < regime.piece_loss) & begins, UNKNOWN, rows[PIECES])
    return rows


def _batch(rows: Numbers, tags: Numbers) -> Batch:
    windows = [piece_rows(rows[:, i]) for i in range(rows.shape[1])]
    longest = -(-max(len(window.pieces) for window in windows) // 8) * 8
    pieces = np.zeros((len(windows), longest), dtype=np.int64)
    labels = np.zeros_like(pieces)
    mask = np.full((len(windows), 1, 1, longest), _VOID, dtype=np.float32)
    for i, window in enumerate(windows):
        count = len(window.pieces)
        pieces[i, :count], labels[i, :count], mask[i, :, :, :count] = window.pieces, window.labels, 0.0
    piece_of = np.stack([window.piece_of for window in windows])
    there = (tags != _NO_TAG).astype(np.float32)[:, None]
    return Batch(*map(torch.from_numpy, (rows[:PIECES], there, pieces, labels, mask, piece_of, tags)))
