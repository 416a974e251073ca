"""Finding people: the names and numbers of a question, looked up inside what the asker may see.

What is found follows from the question and the visible documents alone, so nobody can tell a person whose
documents are hidden from one who has none. Nothing is counted, and no value leaves this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer.indexing import ServedIndex
from indexer.store.persons_port import PersonIndex, PersonKey
from indexer.understanding.people import PersonTerm, meant, person_terms
from indexer.understanding.pieces import Piece
from indexer.understanding.question import Understanding
from models.access.facts import FactsTable
from models.access.principal import Duty, Principal
from models.access.visible import VisibleSet
from models.privacy.blind_index import PersonRole, Use, bucket_of

_AT_MOST = 60_000
"""Tokens computed for one question: pieces times places in reach. Beyond, the last pieces of an overlong
question are not looked up."""
_MARKS_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Held:
    """What a document has to do with the people asked for: how many of them, and how closely at best."""

    terms: int = 0
    role: PersonRole = PersonRole.MENTIONED

    @property
    def order(self) -> tuple[int, int]:
        """Most people first, then as holder, then as one mentioned."""
        return -self.terms, int(self.role)


@dataclass(frozen=True, slots=True)
class People:
    """What the look-up gave: document positions by number and by name, and the question's pieces.

    ``marks``: keyed hashes for the ledger, one per person asked for.
    """

    by_number: Mapping[int, Held] = field(default_factory=dict)
    by_name: Mapping[int, Held] = field(default_factory=dict)
    pieces: tuple[Piece, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    """Of the terms by which somebody was found; they are no words to search by."""
    marks: tuple[str, ...] = ()

    def blanked(self, text: str) -> str:
        """Return the text without the names and numbers by which somebody was found, of the same length."""
        for start, end in self.spans:
            text = text[:start] + " " * (end - start) + text[end:]
        return text


NOBODY = People()


@dataclass(frozen=True, slots=True)
class PersonFinder:
    """Looks people up for those whose post has the duty."""

    index: PersonIndex

    def people(
        self,
        text: str,
        understood: Understanding,
        seen: tuple[ServedIndex, VisibleSet] | None,
        who: Principal,
    ) -> tuple[People, Understanding]:
        """Return who of the question is in which visible document, and what the question says with them.

        ``seen`` None: an empty archive, which says of the question what one says that shows nothing.
        """
        if Duty.FIND_PERSON not in who.duties:
            return NOBODY, understood
        terms = [term for term in person_terms(text, understood.pieces) if term.counts]
        found = self._found(terms, *seen) if seen else {}
        chosen = meant([term for term in terms if term in found])
        told = meant([*chosen, *(t for t in terms if t.likely and not _crosses(t, chosen))])
        pieces = tuple(term.piece for term in told)
        counting = [t for t in chosen if not t.piece.is_called(understood.ignored)]
        people = People(
            by_number=_held([found[t] for t in counting if t.use is Use.NUMBER]),
            by_name=_held([found[t] for t in counting if t.use is Use.NAME]),
            pieces=pieces,
            spans=tuple((t.start, t.end) for t in counting),
            marks=self._marks([t for t in told if not t.piece.is_called(understood.ignored)]),
        )
        return people, understood.with_people(pieces)

    def _found(
        self, terms: Sequence[PersonTerm], served: ServedIndex, among: VisibleSet
    ) -> dict[PersonTerm, dict[int, PersonRole]]:
        """Return, of each term that is anybody's, the visible documents that hold the person."""
        visible = documents_of(served, among)
        buckets = _buckets(served.facts, visible)
        asked = [(term, PersonKey(term.use, key)) for term in terms for key in term.keys]
        asked = asked[: _AT_MOST // max(1, len(buckets))]
        made: dict[PersonTerm, dict[int, PersonRole]] = {}
        for found in self.index.find([key for _, key in asked], buckets) if asked and buckets else ():
            position = served.facts.row_of.get(found.doc_id)
            if position is not None and visible[position]:
                documents = made.setdefault(asked[found.position][0], {})
                documents[position] = min(found.role, documents.get(position, found.role))
        return made

    def _marks(self, terms: Sequence[PersonTerm]) -> tuple[str, ...]:
        marks = (self.index.mark(PersonKey(term.use, term.keys[-1])) for term in terms)
        return tuple(dict.fromkeys(marks))[:_MARKS_AT_MOST]


def documents_of(served: ServedIndex, among: VisibleSet) -> NDArray[np.bool_]:
    """Return the documents of the allowed rows: bool, shape (documents,)."""
    visible = np.zeros(len(served.doc_ids), dtype=np.bool_)
    visible[served.doc_of_row[among.row_numbers]] = True
    return visible


def _buckets(facts: FactsTable, visible: NDArray[np.bool_]) -> list[str]:
    """Return the salts of the visible documents: as many as there are lines and 地市 among them."""
    regions = len(facts.region.words)
    pairs = np.zeros(len(facts.lines.words) * regions, dtype=np.bool_)
    pairs[facts.lines.codes[visible] * regions + facts.region.codes[visible]] = True
    numbers = (divmod(int(pair), regions) for pair in np.flatnonzero(pairs))
    return sorted(
        {
            bucket_of([w for w in facts.lines.words[line].split("、") if w], facts.region.words[region])
            for line, region in numbers
        }
    )


def _held(found: Sequence[Mapping[int, PersonRole]]) -> dict[int, Held]:
    """Return what each document has to do with several terms together."""
    made: dict[int, Held] = {}
    for documents in found:
        for position, role in documents.items():
            before = made.get(position, Held())
            made[position] = Held(before.terms + 1, min(before.role, role))
    return made


def _crosses(term: PersonTerm, chosen: Sequence[PersonTerm]) -> bool:
    return any(term.start < other.end and other.start < term.end for other in chosen)
