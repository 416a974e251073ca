"""Findings added up for the archive report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from indexer.store.reviews_port import DocumentPrivacy, StoredFinding, Verdict
from models.privacy.bands import needs_review
from models.privacy.classes import class_of, privacy_classes
from models.privacy.denied import DENIED, REVIEWED
from models.privacy.detections import DetectionKind
from models.privacy.drift import Drift, MonthlyShare, drifts
from models.privacy.estimates import document_recall, wilson
from models.privacy.report import (
    ClassRow,
    KindRow,
    MonthRow,
    ReviewState,
    SecondLook,
    Totals,
)

ANY_CLASS, CONFIRMED_SHARE = "任何个人信息", "复核准确率"
_CHINA = timezone(timedelta(hours=8))
_BY_VERDICT = {
    Verdict.CONFIRMED: ReviewState.CONFIRMED,
    Verdict.FALSE_POSITIVE: ReviewState.REJECTED,
    Verdict.WRONG_KIND: ReviewState.RETYPED,
    Verdict.MISSED: ReviewState.ADDED,
}


def by_people(finding: StoredFinding) -> bool:
    """Whether people found it, not the pass."""
    return finding.detection.recognizer in {DENIED, REVIEWED}


def state_of(finding: StoredFinding) -> ReviewState:
    """Return where the finding stands: the last verdict, else added by people, else open."""
    if finding.verdict is not None:
        return _BY_VERDICT[finding.verdict]
    return ReviewState.ADDED if by_people(finding) else ReviewState.OPEN


def is_doubtful(finding: StoredFinding) -> bool:
    """Whether it is open and less than sure: a person should look at it first."""
    return state_of(finding) is ReviewState.OPEN and needs_review(finding.detection)


def totals_of(findings: Iterable[StoredFinding]) -> Totals:
    counted = Counter[str]()
    for finding in findings:
        counted[state_of(finding).value] += 1
        counted["needs_review"] += is_doubtful(finding)
    return Totals(**counted)


@dataclass(slots=True)
class _Group:
    findings: int = 0
    documents: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)

    def add(self, doc_id: str, finding: StoredFinding) -> None:
        self.findings += 1
        self.documents.add(doc_id)
        self.values.add(finding.value_key)


@dataclass(slots=True)
class Tally:
    """Counts over the documents of ``months`` (document id to month of intake); others are left out."""

    months: Mapping[str, str]
    kinds: dict[DetectionKind, _Group] = field(default_factory=lambda: defaultdict(_Group))
    classes: dict[str, _Group] = field(default_factory=lambda: defaultdict(_Group))
    states: Counter[str] = field(default_factory=Counter)
    right: Counter[object] = field(default_factory=Counter)
    judged: Counter[object] = field(default_factory=Counter)
    monthly: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    holding: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """Documents by month and class, those with a finding of any class under "任何个人信息"."""
    personal: set[str] = field(default_factory=set)
    sensitive: set[str] = field(default_factory=set)
    machine: set[str] = field(default_factory=set)
    human: set[str] = field(default_factory=set)

    def add(self, doc_id: str, finding: StoredFinding) -> None:
        month = self.months.get(doc_id)
        if month is None:
            return
        kind = finding.detection.kind
        state, row = state_of(finding), class_of(kind)
        self.states[state.value] += 1
        self.states["needs_review"] += is_doubtful(finding)
        self.kinds[kind].add(doc_id, finding)
        self.classes[row.class_35273].add(doc_id, finding)
        self.monthly[month][row.class_35273] += 1
        for name in (row.class_35273, ANY_CLASS) if row.personal else ():
            self.holding[month, name].add(doc_id)
        (self.human if by_people(finding) else self.machine).add(doc_id)
        if state is not ReviewState.REJECTED and row.personal:
            self.personal.add(doc_id)
            if row.sensitive:
                self.sensitive.add(doc_id)
        if not by_people(finding) and finding.verdict is not None:
            for key in (finding.kind_before or kind, month):
                self.judged[key] += 1
                self.right[key] += finding.verdict is Verdict.CONFIRMED

    def totals(self) -> Totals:
        return Totals(**self.states)

    def kind_rows(self) -> tuple[KindRow, ...]:
        """Return a row per kind found or judged, most findings first."""
        kinds = {*self.kinds, *(key for key in self.judged if isinstance(key, DetectionKind))}
        rows = [
            KindRow(
                kind,
                (group := self.kinds.get(kind) or _Group()).findings,
                len(group.documents),
                len(group.values),
                wilson(self.right[kind], self.judged[kind]),
            )
            for kind in kinds
        ]
        return tuple(sorted(rows, key=lambda row: (-row.findings, row.kind)))

    def class_rows(self, persons: Mapping[str, set[str]]) -> tuple[ClassRow, ...]:
        """Return a row per class; ``persons``: document id to the persons known by number in it."""
        return tuple(
            ClassRow(
                name,
                group.findings,
                len(group.documents),
                len(group.values),
                len(set[str]().union(*(persons.get(doc_id, set()) for doc_id in group.documents))),
            )
            for name, group in sorted(self.classes.items(), key=lambda pair: (-pair[1].findings, pair[0]))
        )

    def month_rows(self) -> tuple[MonthRow, ...]:
        documents = Counter(self.months.values())
        return tuple(
            MonthRow(
                month,
                documents[month],
                dict(sorted(self.monthly[month].items())),
                self.judged[month],
                wilson(self.right[month], self.judged[month]),
            )
            for month in sorted(documents)
        )

    def drifts(self) -> tuple[Drift, ...]:
        """Compare the latest month's shares of documents by class, and of findings confirmed, with before."""
        documents = Counter(self.months.values())
        names = {name for _, name in self.holding}
        shares = [
            MonthlyShare(month, name, len(self.holding[month, name]), count)
            for month, count in documents.items()
            for name in names
        ]
        shares += [
            MonthlyShare(month, CONFIRMED_SHARE, self.right[month], self.judged[month]) for month in documents
        ]
        return drifts(shares)

    def second_look(self, documents: Iterable[DocumentPrivacy], looks: Iterable[str]) -> SecondLook:
        clean = [d for d in documents if d.facts.doc_id not in self.machine]
        sampled = {d.facts.doc_id for d in sample_of(clean)}
        looked = sampled & set(looks)
        missed = len(looked & self.human)
        recall = document_recall(len(self.machine), len(clean), len(looked), missed)
        return SecondLook(len(clean), len(sampled), len(looked), missed, recall)


def sample_of(clean: Iterable[DocumentPrivacy]) -> list[DocumentPrivacy]:
    """Return the share of the documents that is looked at again: by keyed hash, so nobody can steer it.

    A document once in the sample stays in it; of any documents at all, there is at least one.
    """
    ordered = sorted(clean, key=lambda d: d.sample_key)
    limit = int(privacy_classes().limits.sample_share * 16**8)
    return [d for place, d in enumerate(ordered) if place == 0 or int(d.sample_key[:8], 16) < limit]


def month_of(at: datetime) -> str:
    return f"{at.astimezone(_CHINA):%Y-%m}"
