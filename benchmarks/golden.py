"""`make bench-golden`: questions to a generated archive, answered by the whole program, per kind of question.

Three rows a kind: without anything understood, with years alone, with all that is understood. A question
of the kind `nothing` is asked by an account that may not see the document it is about: it passes where
every hit lies inside that account's scope and the document is not among them.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from api.bootstrap import Archive
from api.settings import Settings
from indexer.answers import Query
from indexer.catalogue import Row
from indexer.deposits import RecordDeposit
from indexer.understanding.pieces import PieceKind
from models.access.policy import scope_of
from models.access.principal import Principal, Role
from models.access.scope import holds
from models.archive.levels import AccessLevel
from training.synthetic.archive import archive_documents
from training.synthetic.documents import SyntheticDocument
from training.synthetic.queries import QueryKind, SyntheticQuery, queries_for

DOCUMENTS, SEED = 300, 20261130
DEPTH = 10
TODAY = date(2026, 1, 15)
_ALL = frozenset(kind.value for kind in PieceKind)
VARIANTS = {"nothing understood": _ALL, "years alone": _ALL - {"years"}, "all understood": frozenset[str]()}
OFFICER = Principal(
    "golden",
    frozenset({Role.PRIVACY_OFFICER}),
    None,
    tuple(str(n) for n in range(11, 66)),
    AccessLevel.SENSITIVE,
    "隐私检查",
)
"""The one role that sees both lines; all regions, so that it sees every catalogued document."""


@dataclass(frozen=True, slots=True)
class Score:
    hit: float
    reciprocal_rank: float


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else SEED
    documents = list(archive_documents(count, seed))
    asked = queries_for(documents, seed)
    with tempfile.TemporaryDirectory() as scratch:
        archive = Archive(Settings(state=Path(scratch) / "state", ocr=False), via="bench")
        take_in(archive, documents)
        _print(asked, archive, documents)
    print(f"\n{count} documents of seed {seed}, {len(asked)} questions, of which counted per kind above")


def take_in(archive: Archive, documents: Sequence[SyntheticDocument]) -> None:
    """Store generated documents as records and bring the index up to date."""
    deposits = (
        RecordDeposit(d.source_id, d.catalogue.title or "", "\n".join(d.pages), Row(d.catalogue))
        for d in documents
    )
    kinds = Counter(outcome.kind.value for outcome in archive.ingestor.ingest(deposits))
    archive.index.catch_up()
    print(dict(kinds), file=sys.stderr)


def _print(asked: Sequence[SyntheticQuery], archive: Archive, documents: Sequence[SyntheticDocument]) -> None:
    findable = frozenset(findable_ids(archive, documents).values())
    told = _told_apart(documents)
    print(f"{'kind':<26}{'understood':<22}{'questions':>10}{'hit@10':>9}{'MRR@10':>9}")
    for kind in (QueryKind.KNOWN_ITEM, QueryKind.WRONG_INSURANCE, QueryKind.TOPICAL, QueryKind.COLLOQUIAL):
        for variant, ignored in VARIANTS.items():
            scores: defaultdict[str, list[Score]] = defaultdict(list)
            for query in (q for q in asked if q.kind is kind):
                relevant = frozenset(query.relevant) & findable
                if relevant:
                    score = _score(archive, query, relevant, ignored)
                    scores[kind].append(score)
                    if kind is QueryKind.KNOWN_ITEM and frozenset(query.relevant) in told:
                        scores["… told apart by matter"].append(score)
            for name, row in scores.items():
                print(f"{name:<26}{variant:<22}{len(row):>10}{_mean(row)}")
    passed = [_finds_nothing(archive, q) for q in asked if q.kind is QueryKind.NOTHING]
    print(f"{QueryKind.NOTHING:<26}{'all understood':<22}{len(passed):>10}{sum(passed) / len(passed):>9.4f}")


def _mean(scores: Sequence[Score]) -> str:
    hit = sum(s.hit for s in scores) / len(scores)
    return f"{hit:>9.4f}{sum(s.reciprocal_rank for s in scores) / len(scores):>9.4f}"


def findable_ids(archive: Archive, documents: Sequence[SyntheticDocument]) -> dict[str, str]:
    """Return document and source ids of what `OFFICER` may see: the others are another question."""
    ids = _ids(archive, documents)
    scope = scope_of(OFFICER, datetime.now(UTC))
    facts = archive.store.facts(ids)
    return {doc_id: source for doc_id, source in ids.items() if holds(scope, facts[doc_id])}


def _ids(archive: Archive, documents: Sequence[SyntheticDocument]) -> Mapping[str, str]:
    served = archive.index.served()
    known = archive.store.documents(served.doc_ids) if served else {}
    sources = {d.source_id for d in documents}
    return {doc_id: d.source_id for doc_id, d in known.items() if d.source_id in sources}


def _told_apart(documents: Sequence[SyntheticDocument]) -> frozenset[frozenset[str]]:
    """Return the sets of documents that material and year alone tell from all others.

    These are found for certain even where the holder's name is of no help.
    """
    groups: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for document in documents:
        formed = document.catalogue.formed_on
        groups[document.material_type, formed.year if formed else 0].add(document.source_id)
    return frozenset(frozenset(group) for group in groups.values())


def _score(
    archive: Archive, query: SyntheticQuery, relevant: frozenset[str], ignored: frozenset[str]
) -> Score:
    found = archive.searcher.search(Query(query.text, DEPTH, today=TODAY, ignored=ignored), OFFICER)
    rank = next((n for n, hit in enumerate(found, start=1) if hit.source_id in relevant), None)
    return Score(float(rank is not None), 1.0 / rank if rank else 0.0)


def _finds_nothing(archive: Archive, query: SyntheticQuery) -> bool:
    line, region, clearance = query.line, query.region, query.clearance
    stranger = Principal(
        "stranger",
        frozenset({Role.CLERK}),
        line,
        (region or "",),
        clearance or AccessLevel.SENSITIVE,
        "业务经办",
    )
    target = query.query_id.removeprefix("none-")
    hits = archive.searcher.search(Query(query.text, DEPTH, today=TODAY), stranger)
    facts = archive.store.facts([hit.doc_id for hit in hits])
    scope = scope_of(stranger, datetime.now(UTC))
    return all(hit.source_id != target and holds(scope, facts[hit.doc_id]) for hit in hits)


if __name__ == "__main__":
    main()
