"""The network of the sequence model and its training: embeddings, dilated convolutions, a tag a character."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from models.privacy.lac import NO_WORD
from models.privacy.sequence_features import LABELS, PAIRS, UNKNOWN
from models.privacy.sequence_tags import TAGS
from training.privacy_dataset import Rows


@dataclass(frozen=True, slots=True)
class Shape:
    """Widths of the network; ``dilations`` one a convolution of three characters."""

    character: int
    pair: int
    word: int
    label: int
    hidden: int
    dilations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Regime:
    """How it is trained. Each ``*_loss`` is the share of windows or characters that lose a feature."""

    seed: int
    steps: int
    window: int
    batch: int
    rate: float
    dropout: float
    character_loss: float
    pair_loss: float
    word_loss: float
    label_loss: float


class Network(nn.Module):  # type: ignore[misc]
    """Tags for windows of characters."""

    def __init__(self, characters: int, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.tables = nn.ModuleList(
            [
                nn.Embedding(characters, shape.character),
                nn.Embedding(PAIRS, shape.pair),
                nn.Embedding(NO_WORD + 1, shape.word),
                nn.Embedding(LABELS, shape.label),
            ]
        )
        width = shape.character + shape.pair + shape.word + shape.label
        self.first = nn.Conv1d(width, shape.hidden, 3, padding=1)
        self.layers = nn.ModuleList(
            [nn.Conv1d(shape.hidden, shape.hidden, 3, padding=d, dilation=d) for d in shape.dilations]
        )
        self.last = nn.Conv1d(shape.hidden, TAGS, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return logits (batch, `TAGS`, window) for numbers (4, batch, window)."""
        seen = torch.cat([table(row) for table, row in zip(self.tables, numbers, strict=True)], dim=2)
        hidden = functional.relu(self.first(self.dropout(seen).transpose(1, 2)))
        for layer in self.layers:
            hidden = hidden + functional.relu(layer(self.dropout(hidden)))
        return self.last(hidden)


def trained(rows: Rows, characters: int, shape: Shape, regime: Regime) -> tuple[Network, list[float]]:
    """Return the trained network and its loss by hundred steps."""
    torch.manual_seed(regime.seed)
    # Sums in one fixed order give the same weights again; denormal numbers would only slow them down.
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    network = Network(characters, shape, regime.dropout)
    numbers = np.stack(
        [rows.features.characters, rows.features.pairs, rows.features.words, rows.features.labels]
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=regime.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, regime.rate, total_steps=max(regime.steps, 2), pct_start=0.15
    )
    losses: list[float] = []
    recent: list[float] = []
    for seen, tags in _batches(numbers, rows.tags, regime):
        loss = functional.cross_entropy(network(seen), tags)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        recent.append(float(loss.detach()))
        if len(recent) == 100:
            losses.append(sum(recent) / 100)
            recent.clear()
    return network.eval(), losses


def _batches(
    numbers: np.ndarray, tags: np.ndarray, regime: Regime
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    rng = np.random.default_rng(regime.seed)
    last = numbers.shape[1] - regime.window
    within = np.arange(regime.window)
    for _ in range(regime.steps):
        places = rng.integers(0, last, regime.batch)[:, None] + within
        seen = numbers[:, places]
        shape = seen.shape[1:]
        seen[0] = np.where(rng.random(shape) < regime.character_loss, UNKNOWN, seen[0])
        seen[1] = np.where(rng.random(shape) < regime.pair_loss, 0, seen[1])
        seen[2] = np.where(rng.random((shape[0], 1)) < regime.word_loss, NO_WORD, seen[2])
        seen[3] = np.where(rng.random((shape[0], 1)) < regime.label_loss, 0, seen[3])
        yield torch.from_numpy(seen), torch.from_numpy(tags[places])
