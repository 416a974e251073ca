"""What a post did on one day: sums of its accounts' counts, feature by feature."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

NOT_TAKEN = -1
"""A count of a remembered day on which its feature was not counted yet."""


@dataclass(slots=True)
class PostDay:
    """Lists in the order of the features: accounts counted, their sum, the sum of squares."""

    features: int
    accounts: list[int] = field(init=False)
    total: list[int] = field(init=False)
    squares: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.accounts, self.total, self.squares = ([0] * self.features for _ in range(3))

    def add(self, counts: Sequence[int]) -> None:
        for feature, count in enumerate(counts):
            if count != NOT_TAKEN:
                self.accounts[feature] += 1
                self.total[feature] += count
                self.squares[feature] += count * count


def moments(days: Iterable[PostDay], feature: int) -> tuple[float, float]:
    """Return mean and variance of one account's day, both 0 where no day is known."""
    chosen = list(days)
    people = sum(day.accounts[feature] for day in chosen)
    if not people:
        return 0.0, 0.0
    mean = sum(day.total[feature] for day in chosen) / people
    square = sum(day.squares[feature] for day in chosen) / people
    return mean, max(0.0, square - mean * mean)
