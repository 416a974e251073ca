"""Use case: has what comes in, or what it means, moved? Counts and shares only, small ones untold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from indexer.auditing import audited
from indexer.store.classification_port import ClassificationStore, ClassifiedDocument
from indexer.store.port import AuditLog
from models.access.policy import reach_of, require
from models.access.principal import Duty, Principal
from models.access.scope import EVERYTHING, Predicate
from models.archive.taxonomy import insurance_types
from models.classification.shift import (
    ACCEPTED_WRONG_AT_MOST,
    LEAST_TEXTS,
    Histogram,
    Shift,
    cells_of,
    no_answers,
    shift_of,
    told,
)
from models.errors import Forbidden
from models.privacy.estimates import Estimate, wilson

MONTHS = 12
BASE_MONTHS = 3
"""How many earlier months together a month is compared with."""
_CHINA = timezone(timedelta(hours=8))
_NAMES = {
    "decision": "自动采用与转人工的比例", "probability": "把握程度", "insurance": "险种构成",
    "pages": "页数", "carrier": "载体",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MonthShift:
    """One month against the artefact's reference and against the months before; ``documents`` None: few."""

    month: str
    documents: int | None
    against_artifact: tuple[Shift, ...]
    against_earlier: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class LabelRow:
    """Of what people looked at: how often a label was said and how often it was right to; None: few."""

    label: str
    predicted: int | None
    true: int | None
    changed: int | None


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """``accepted_wrong``: share of the sample of accepted answers that people corrected; None: too few.

    ``alerts``: Chinese sentences, empty where nothing moved. ``artifact``: whose answers these are.
    """

    artifact: str
    months: tuple[MonthShift, ...]
    labels: tuple[LabelRow, ...]
    label_shift: Shift | None
    accepted_wrong: Estimate | None
    alerts: tuple[str, ...]


@dataclass(slots=True)
class ClassificationShift:
    """Watches; every look is audited. ``reference``: histograms of the served artefact, may be empty."""

    store: ClassificationStore
    standing: Callable[[Principal], Principal]
    audit: AuditLog
    clock: Callable[[], datetime]
    reference: Callable[[], Mapping[str, Histogram]]
    via: str = "http"

    def report(self, principal: Principal) -> ShiftReport:
        """Return the report: a reviewer's over what is in scope, an operator's over the archive.

        Raises:
            Forbidden: the principal has neither the duty to review nor to operate.
        """
        now = self.clock()
        _require_either(principal, now)
        operates = Duty.OPERATE in principal.duties
        scope = EVERYTHING if operates else reach_of(self.standing(principal), now)
        with audited(
            self.audit, principal, via=self.via, action="classification_drift", about="drift", at=now
        ):
            return self._report(scope)

    def _report(self, scope: Predicate) -> ShiftReport:
        """Count in one pass: an archive of any size is never held in memory."""
        truths = {r.doc_id: r.truth.insurance_types for r in self.store.reviews() if r.truth is not None}
        tallies: dict[str, _Tally] = defaultdict(_Tally)
        latest, artifact = datetime.min.replace(tzinfo=UTC), ""
        for document in self.store.documents(scope):
            named = document.predicted.artifact
            tallies[named].add(document, truths.get(document.facts.doc_id))
            if document.deposited_at > latest:
                latest, artifact = document.deposited_at, named
        own = tallies[artifact]
        months, labels = _months(own.months, self.reference()), _label_shift(own.judged)
        wrong = _accepted_wrong(own.judged)
        alerts = _alerts(months[-1:], labels, wrong)
        return ShiftReport(artifact, months, _label_rows(own.judged), labels, wrong, alerts)


@dataclass(slots=True)
class _Tally:
    """What one artefact said, by month, and where people looked at it."""

    months: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    judged: list[tuple[ClassifiedDocument, tuple[str, ...]]] = field(default_factory=list)

    def add(self, document: ClassifiedDocument, truth: tuple[str, ...] | None) -> None:
        month = f"{document.deposited_at.astimezone(_CHINA):%Y-%m}"
        counts = self.months.setdefault(month, {**no_answers(), "pages": Counter(), "carrier": Counter()})
        pages = str(min(document.page_count, 10).bit_length())  # 1, 2-3, 4-7, 8 and more
        cells = cells_of(document.predicted) | {"pages": pages, "carrier": document.carrier.value}
        for name, cell in cells.items():
            counts[name][cell] += 1
        if truth is not None:
            self.judged.append((document, truth))


def _require_either(principal: Principal, now: datetime) -> None:
    try:
        require(principal, Duty.REVIEW, now)
    except Forbidden:
        require(principal, Duty.OPERATE, now)


def _months(
    counted: Mapping[str, Mapping[str, Counter[str]]], reference: Mapping[str, Histogram]
) -> tuple[MonthShift, ...]:
    months = sorted(counted)
    rows = []
    for place, month in enumerate(months):
        before = [counted[earlier] for earlier in months[max(0, place - BASE_MONTHS) : place]]
        own = counted[month]
        together = {name: sum((m[name] for m in before), Counter[str]()) for name in own} if before else {}
        rows.append(
            MonthShift(
                month, told(own["decision"].total()), _compared(reference, own), _compared(together, own)
            )
        )
    return tuple(rows[-MONTHS:])


def _compared(before: Mapping[str, Histogram], now: Mapping[str, Histogram]) -> tuple[Shift, ...]:
    found = (shift_of(name, before[name], now[name]) for name in now if name in before)
    return tuple(shift for shift in found if shift is not None)


def _label_rows(judged: Sequence[tuple[ClassifiedDocument, tuple[str, ...]]]) -> tuple[LabelRow, ...]:
    said = Counter(d.predicted.insurance_type for d, _ in judged)
    true = Counter(truth[0] for _, truth in judged)
    changed = Counter(d.predicted.insurance_type for d, truth in judged if not _right(d, truth))
    return tuple(
        LabelRow(label, told(said[label]), told(true[label]), told(changed[label]))
        for label in insurance_types()
        if said[label] or true[label]
    )


def _label_shift(judged: Sequence[tuple[ClassifiedDocument, tuple[str, ...]]]) -> Shift | None:
    nothing = dict.fromkeys(insurance_types(), 0)
    said = nothing | Counter(d.predicted.insurance_type for d, _ in judged)
    return shift_of("labels", said, nothing | Counter(truth[0] for _, truth in judged))


def _accepted_wrong(judged: Sequence[tuple[ClassifiedDocument, tuple[str, ...]]]) -> Estimate | None:
    sample = [_right(d, truth) for d, truth in judged if d.sampled]
    return wilson(sample.count(False), len(sample)) if len(sample) >= LEAST_TEXTS else None


def _right(document: ClassifiedDocument, truth: tuple[str, ...]) -> bool:
    return document.predicted.insurance_type in truth


def _alerts(latest: Sequence[MonthShift], labels: Shift | None, wrong: Estimate | None) -> tuple[str, ...]:
    told_of = []
    for month in latest:
        for shifts, base in ((month.against_artifact, "模型基准"), (month.against_earlier, "此前几个月")):
            told_of += [
                f"{month.month} 月来件的{_NAMES[s.name]}与{base}相比变化明显（PSI {s.psi:.2f}）。"
                for s in shifts
                if s.alert
            ]
    if labels is not None and labels.alert:
        told_of.append(f"人工复核后的险种构成与自动分类相差明显（PSI {labels.psi:.2f}），请考虑重新训练。")
    if wrong is not None and wrong.low > ACCEPTED_WRONG_AT_MOST:
        told_of.append(
            f"自动采用的抽查中至少 {wrong.low:.0%} 有误，超过承诺的 {ACCEPTED_WRONG_AT_MOST:.0%}，"
            "请停用自动采用或换用模型。"
        )
    return tuple(told_of)
