"""The rules as data: `supervision.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import time
from functools import cache
from importlib.resources import files
from typing import Any

from models.supervision.looks import Kind, minute_of


@dataclass(frozen=True, slots=True)
class CountRule:
    """A number per account and day; told where it is far above what is usual. `says` are in Chinese."""

    id: str
    title: str
    feature: str
    floor: int
    times: float
    window_days: int
    floor_window: int
    times_window: float
    says: str
    says_window: str


@dataclass(frozen=True, slots=True)
class GroupRule:
    """Many people who have one thing in common (``feature`` of `Opened`)."""

    id: str
    title: str
    feature: str
    floor: int
    window_days: int
    floor_window: int
    days: int
    times: float
    says: str


@dataclass(frozen=True, slots=True)
class WalkRule:
    """Neighbouring archive numbers, one after another or as a block."""

    title: str
    step: int
    chain: int
    chain_window: int
    block: int
    block_window: int
    window_days: int
    around: int
    says: str


@dataclass(frozen=True, slots=True)
class OwnRule:
    title: str
    score: float
    names: int
    says: str


@dataclass(frozen=True, slots=True)
class CrowdRule:
    title: str
    window_days: int
    accounts: int
    accounts_apart: int
    offices: int
    others: int
    asked_days: int
    asked_anyway: float
    asked_dispersion: float
    asked_tail: float
    score: float
    says: str


@dataclass(frozen=True, slots=True)
class DormantRule:
    title: str
    days: int
    within_days: int
    people: int
    score: float
    says: str


@dataclass(frozen=True, slots=True)
class OneCaseRule:
    title: str
    people: int
    score: float
    says: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """How counts are compared; see the comments of the table."""

    tail: float
    weak_tail: float
    together: float
    weak_share: float
    history_days: int
    baseline_days: int
    learning_days: int
    peer_weight_days: float
    smallest_dispersion: float
    window_dispersion: float
    most_of_a_busy_day: float
    quiet_days: int


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything of the table; ``opens`` and ``closes`` are minutes since midnight."""

    statistics: Statistics
    opens: int
    closes: int
    high: float
    medium: float
    counts: tuple[CountRule, ...]
    groups: tuple[GroupRule, ...]
    walk: WalkRule
    own: OwnRule
    crowd: CrowdRule
    dormant: DormantRule
    onecase: OneCaseRule

    def title_of(self, rule: str) -> str:
        """Return the Chinese name of a rule by its id."""
        listed = {row.id: row.title for row in self.counts} | {row.id: row.title for row in self.groups}
        return listed[rule] if rule in listed else str(getattr(self, rule).title)


@cache
def supervision_rules() -> Rules:
    """Return the rules of the shipped table."""
    table = _table()
    return Rules(
        statistics=Statistics(**table["statistics"]),
        opens=minute_of(time.fromisoformat(table["hours"]["opens"])),
        closes=minute_of(time.fromisoformat(table["hours"]["closes"])),
        high=table["severity"]["high"],
        medium=table["severity"]["medium"],
        counts=tuple(CountRule(**row) for row in table["count"]),
        groups=tuple(GroupRule(**row) for row in table["group"]),
        walk=WalkRule(**table["walk"]),
        own=OwnRule(**table["own"]),
        crowd=CrowdRule(**table["crowd"]),
        dormant=DormantRule(**table["dormant"]),
        onecase=OneCaseRule(**table["onecase"]),
    )


@cache
def _kinds() -> dict[str, Kind]:
    return {action: Kind(kind) for kind, actions in _table()["kinds"].items() for action in actions}


def kind_of(action: str) -> Kind:
    """Return what an action of the ledger is to supervision; OTHER for what opens nothing."""
    return Kind.REVEAL if action.startswith("reveal") else _kinds().get(action, Kind.OTHER)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("models") / "reference" / "supervision.toml").read_text("utf-8"))
