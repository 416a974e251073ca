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

    ``shares`` says how much of every batch comes from each source of texts; ``threads`` belong to the result,
    since sums are split over them.
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
    shares: tuple[float, ...]
    threads: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows as tensors: rows of characters (4, batch, window), their pieces, and tags to learn."""

    rows: torch.Tensor
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
        hidden = self.first(self.dropout(seen).transpose(1, 2))
        read = self.narrowed(self.encoder(batch.pieces, batch.piece_labels, batch.mask)).float()
        of = batch.piece_of[:, :, None].expand(-1, -1, read.shape[2])
        hidden = functional.relu(hidden + torch.gather(read, 1, of).transpose(1, 2))
        for layer in self.layers:
            hidden = hidden + functional.relu(layer(self.dropout(hidden)))
        return self.last(hidden)


def train(network: Network, sources: Sequence[Rows], regime: Regime) -> list[float]:
    """Train the network in place on windows drawn from ``sources``; return its loss by hundred steps."""
    torch.manual_seed(regime.seed)
    torch.set_num_threads(regime.threads)
    torch.set_flush_denormal(True)
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
        loss = functional.cross_entropy(made.float(), batch.tags)
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
    shares = np.array(regime.shares) / sum(regime.shares)
    within = np.arange(regime.window)
    for _ in range(regime.steps):
        seen, tags = [], []
        for source, count in zip(sources, rng.multinomial(regime.batch, shares), strict=True):
            last = len(source.tags) - regime.window
            places = rng.integers(0, last, count)[:, None] + within
            seen.append(source.features[:, places])
            tags.append(source.tags[places])
        rows = _damaged(np.concatenate(seen, axis=1).astype(np.int64), regime, rng)
        yield _batch(rows, np.concatenate(tags).astype(np.int64))


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
    return Batch(*map(torch.from_numpy, (rows[:PIECES], pieces, labels, mask, piece_of, tags)))
