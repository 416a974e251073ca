"""What is told: signals of single rules, and the alert they are joined to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.supervision.rules import Rules

MOST_EVIDENCE = 400


class Severity(StrEnum):
    HIGH = "高"
    MEDIUM = "中"
    LOW = "低"


@dataclass(frozen=True, slots=True)
class Signal:
    """One rule about one account: ``score`` is -log10 of the chance under ordinary work, at most 30.

    ``says`` is a Chinese sentence of numbers and times; ``seqs`` are entries of the ledger. ``about`` is the
    keyed mark of what the looks have in common, '' where that is nothing. Weak ones speak only with others.
    """

    rule: str
    account: str
    day: date
    score: float
    says: str
    seqs: tuple[int, ...]
    about: str = ""
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """What a supervisor reads. ``accounts`` are those it is about, none of whom may see or judge it.

    ``matter`` tells the alerts of one day apart: an account, a person many looked at (keyed mark), a team.
    """

    day: date
    accounts: tuple[str, ...]
    rules: tuple[str, ...]
    severity: Severity
    score: float
    explanation: str
    seqs: tuple[int, ...]
    matter: str

    @property
    def key(self) -> str:
        """The same for the same matter, so that a second scan of one day adds to the alert of the first."""
        return f"{self.day.isoformat()}|{self.matter}"


def alert_of(signals: Sequence[Signal], rules: Rules, matter: str) -> Alert:
    """Join signals of one day into one alert, the strongest rule first."""
    ordered = sorted(signals, key=lambda s: (s.weak, -s.score, s.rule, s.account))
    accounts = tuple(sorted({s.account for s in ordered}))
    # The strongest rule counts in full, others as support: they often see the same looks.
    best: dict[str, float] = {}
    for s in ordered:
        best[s.rule] = max(best.get(s.rule, 0.0), min(s.score, 20.0))
    score = max(best.values()) + 0.5 * (sum(best.values()) - max(best.values()))
    said = dict.fromkeys(s.says for s in ordered)
    sentence = _jointly(ordered, accounts) if matter.startswith("team:") else "；".join(said)
    return Alert(
        day=ordered[0].day,
        accounts=accounts,
        rules=tuple(dict.fromkeys(s.rule for s in ordered)),
        severity=_severity(score, rules),
        score=round(score, 2),
        explanation=sentence + "。",
        seqs=tuple(sorted({seq for s in ordered for seq in s.seqs}))[:MOST_EVIDENCE],
        matter=matter,
    )


def _jointly(signals: Sequence[Signal], accounts: Sequence[str]) -> str:
    first = next(iter(dict.fromkeys(s.says for s in signals)))
    return f"同一单位的 {len(accounts)} 个账号同日情形相同，可能是没有登记的批量任务。其中一个：{first}"


def _severity(score: float, rules: Rules) -> Severity:
    if score >= rules.high:
        return Severity.HIGH
    return Severity.MEDIUM if score >= rules.medium else Severity.LOW
