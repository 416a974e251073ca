"""Worlds: papers, what happens to them, who asks; and the two archives every answer must agree in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from indexer.deposits import RecordDeposit
from indexer.preparation import Preparer, ReadDocument, StageClock
from indexer.reclassification import becomes
from indexer.renditions import RECORD_MEDIA_TYPE
from indexer.store.access_port import GrantRecord
from indexer.store.classification_port import Claim, ClassificationReview, ReviewVerdict, Truth
from indexer.store.database import exclusive
from indexer.store.epochs import facts_changed
from indexer.store.persons_writing import renew
from indexer.store.port import PreparedDocument
from indexer.store.tables import DocumentRow
from models.access.grants import Grant
from models.access.policy import reach_of
from models.access.principal import Principal, Role, role_rules
from models.access.scope import holds
from models.archive.documents import Page
from models.archive.levels import AccessLevel, Line
from tests.assembly import record
from tests.fakes_classifier import KeywordClassifier
from tests.fakes_embedding import BigramEmbedder
from tests.fakes_privacy import FakeDetector
from tests.strategies import NOW
from tests.worlds.archive import WorldArchive

_MEDIA, _OPEN_NAME = RECORD_MEDIA_TYPE, False  # ids of records hold no personal data
_PREPARER = Preparer(FakeDetector(), KeywordClassifier(), BigramEmbedder(), "500111")


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as it came, and what has become of it; ``None`` leaves a fact as it came."""

    source_id: str
    text: str
    title: str
    metadata: tuple[tuple[str, str | None], ...]
    state: str | None = None
    region: str | None = None
    level: int | None = None
    reviewed: tuple[str, ...] = ()
    """Insurances a reviewer has found it to be, one after another: all are told."""

    @property
    def deposit(self) -> RecordDeposit:
        return record(self.source_id, self.text, title=self.title, metadata=dict(self.metadata))


@dataclass(frozen=True, slots=True)
class Permit:
    """A grant to read one paper."""

    who: str
    source_id: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to one paper: or, where ``fact`` is 'index', to the index."""

    number: int
    fact: str
    value: str | int | None = None


def _person(name: str, role: Role, line: Line | None, region: str, level: AccessLevel) -> Principal:
    return Principal(name, frozenset({role}), line, (region,), level, role_rules()[role].purposes[0])


PEOPLE: Mapping[str, Principal] = {
    p.subject: p
    for p in (
        _person("clerk", Role.CLERK, Line.HRSS, "5001", AccessLevel.INTERNAL),
        _person("medical-clerk", Role.CLERK, Line.MEDICAL, "500111", AccessLevel.SENSITIVE),
        _person("reviewer", Role.REVIEWER, Line.HRSS, "50", AccessLevel.INTERNAL),
        _person("archivist", Role.ARCHIVIST, Line.HRSS, "500111", AccessLevel.SENSITIVE),
        _person("officer", Role.PRIVACY_OFFICER, None, "500112", AccessLevel.SENSITIVE),
        _person("supervisor", Role.SUPERVISOR, None, "50", AccessLevel.SENSITIVE),
    )
}
"""One account of each kind of sight, and one of none; administrators see sums alone, of everything."""


def prepared(papers: Sequence[Paper]) -> dict[str, PreparedDocument]:
    """Return every paper, read and embedded, by its source: ids are the same in every archive it goes to."""
    read = [
        ReadDocument(
            d.source_id, d.title, (Page(1, d.text),), d.fingerprint, RECORD_MEDIA_TYPE, d.row, _OPEN_NAME
        )
        for d in (paper.deposit for paper in papers)
    ]
    made = _PREPARER.prepare(read, StageClock()) if read else []
    return {paper.source_id: document for paper, document in zip(papers, made, strict=True)}


@dataclass(slots=True)
class Standing:
    """An archive with the papers it holds, in the order they came."""

    archive: WorldArchive
    known: dict[str, PreparedDocument]
    papers: list[Paper]

    def fill(self, permits: Sequence[Permit]) -> None:
        """Take in the papers with all that has become of them, then the grants to those that are there."""
        known, space = [self.known[p.source_id] for p in self.papers], BigramEmbedder().space
        if known:
            self.archive.store.add(known, space)
        for paper in self.papers:
            self._settle(paper)
        here = {p.source_id for p in self.papers}
        for number, permit in enumerate(permits):
            if permit.source_id in here:
                ids = frozenset({self.id_of(permit.source_id)})
                grant = Grant(f"01930000-0000-7000-8000-{number:012}", ids, "", NOW + timedelta(days=1))
                self.archive.access.add_grant(GrantRecord(grant, permit.who, "", "协查", "", NOW, None))

    def happen(self, event: Event) -> None:
        """Let it happen, live."""
        if event.fact == "index" or not self.papers:
            self.archive.index.rebuild(self.archive.embedder, lambda _: None)
            return
        number = event.number % len(self.papers)
        paper = self.papers[number]
        reviewing = event.fact == "reviewed"
        changed: dict[str, Any] = {event.fact: (event.value,) if reviewing else event.value}
        self._settle(replace(Paper(paper.source_id, "", "", ()), **changed))
        if reviewing:
            changed = {"reviewed": (*paper.reviewed, event.value)}
        self.papers[number] = replace(paper, **changed)

    def arrive(self, paper: Paper) -> None:
        """Take in one more, into a generation of its own."""
        self.archive.store.add([self.known[paper.source_id]], BigramEmbedder().space)
        self.papers.append(paper)
        self._settle(paper)

    def id_of(self, source_id: str) -> str:
        return self.known[source_id].document.doc_id

    def visible_to(self, principal: Principal) -> tuple[Paper, ...]:
        """Return the papers within the principal's reach just now, in the order they came."""
        store = self.archive.store
        reach = reach_of(store.standing(principal), NOW)
        facts = store.facts([self.id_of(p.source_id) for p in self.papers])
        return tuple(p for p in self.papers if holds(reach, facts[self.id_of(p.source_id)]))

    def _settle(self, paper: Paper) -> None:
        """Make of a stored document what has become of the paper."""
        doc_id = self.id_of(paper.source_id)
        for insurance in paper.reviewed:
            self._review(doc_id, insurance)
        if paper.state is not None:
            self.archive.store.set_state(doc_id, paper.state)
        moved = {"region": paper.region, "access_level": paper.level}
        values = {name: value for name, value in moved.items() if value is not None}
        if values:
            with exclusive(self.archive.engine) as session:
                session.execute(update(DocumentRow).where(DocumentRow.doc_id == doc_id).values(**values))
                renew(session, self.archive.sealer, doc_id)
                facts_changed(session)

    def _review(self, doc_id: str, insurance: str) -> None:
        reviews, truth = self.archive.classification_records, Truth((insurance,), None)
        document = reviews.document(doc_id)
        reviews.claim(Claim(doc_id, "r", NOW, NOW + timedelta(minutes=30)))
        verdict = ReviewVerdict.CORRECTED
        review = ClassificationReview(doc_id, verdict, "r", NOW, truth, document.predicted)
        reviews.decide(review, becomes(document, truth))


def differing(one: Iterator[tuple[str, str]], other: Iterator[tuple[str, str]]) -> str | None:
    """Return the first that is answered otherwise, with both answers; None where all are alike."""
    for (asked, here), (same, there) in zip(one, other, strict=True):
        assert asked == same
        if here != there:
            return f"{asked}\n{here}\n{there}"
    return None
