"""A question and everything understood from it. Pure: no document, no index, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from indexer.understanding.identity import identity_spans, without_identity
from indexer.understanding.numbers import employer_pieces, number_pieces
from indexer.understanding.pieces import Piece, PieceKind
from indexer.understanding.regions import most_specific, region_pieces
from indexer.understanding.words import question_words, word_pieces
from indexer.understanding.years import Years, spans_of_years
from models.access.scope import AllOf, InsuranceIn, MaterialIn, Predicate, RegionIn, YearBetween
from models.text.normalisation import normalise


@dataclass(frozen=True, slots=True)
class Understanding:
    """``text``: what is searched, identity terms blanked; ``pieces`` in text order, all that were seen.

    Names and further numbers of people are added (`with_people`) once they were looked up.

    ``ignored``: those the asker switched off; ``filtering``: those that narrow instead of prefer.
    """

    text: str
    pieces: tuple[Piece, ...]
    ignored: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()

    def active(self, *kinds: PieceKind) -> list[Piece]:
        """Return the pieces of these kinds that count."""
        return [p for p in self.pieces if p.kind in kinds and not p.is_called(self.ignored)]

    def is_filter(self, piece: Piece) -> bool:
        """Whether an active piece narrows the answer instead of ordering it."""
        return piece.filters and (piece.strict or piece.is_called(self.only))

    def predicate(self, kind: PieceKind, *, filtering: bool) -> Predicate | None:
        """Return what the active pieces of a kind ask for together, None where there are none."""
        pieces = [p for p in self.active(kind) if not filtering or self.is_filter(p)]
        if not pieces:
            return None
        values = tuple(dict.fromkeys(value for piece in pieces for value in piece.values))
        match kind:
            case PieceKind.YEARS:
                spans = [Years(int(p.values[0]), int(p.values[1])) for p in pieces]
                return YearBetween(min(y.first for y in spans), max(y.last for y in spans))
            case PieceKind.REGION:
                return RegionIn(most_specific(pieces))
            case PieceKind.INSURANCE:
                return InsuranceIn(values)
            case PieceKind.MATERIAL:
                return MaterialIn(values)
            case _:
                return None

    def with_people(self, people: Sequence[Piece]) -> Understanding:
        """Return the same with what was looked up; a place or word inside a name is none any more."""
        names = [p for p in people if not p.is_called(self.ignored)]
        kept = [
            p
            for p in self.pieces
            if not any(_overlap(p, one) for one in (people if p.kind is PieceKind.IDENTITY else names))
            or (p.kind is not PieceKind.IDENTITY and (not p.filters or self.is_filter(p)))
        ]
        ordered = sorted([*kept, *people], key=lambda p: (p.start, p.end, p.kind))
        return replace(self, pieces=tuple(ordered))

    def filter(self) -> Predicate:
        """Return what the asker stated as a filter; everything where nothing was."""
        found = (self.predicate(kind, filtering=True) for kind in PieceKind)
        return AllOf(tuple(predicate for predicate in found if predicate is not None))


def understand(
    text: str,
    today: date,
    own_regions: Sequence[str] = (),
    *,
    ignored: frozenset[str] = frozenset(),
    only: frozenset[str] = frozenset(),
) -> Understanding:
    """Return what a question says; ``today`` resolves 前年, ``own_regions`` decide between namesakes."""
    plain = normalise(text)
    pieces = [*number_pieces(plain)]
    searched = _with_numbers(text, pieces)
    rest = _blanked(normalise(searched), pieces)
    pieces += [Piece(PieceKind.IDENTITY, s, e, (), "未用于检索") for s, e in _identities(text, pieces)]
    pieces += [
        Piece(PieceKind.YEARS, s, e, (str(y.first), str(y.last)), _years(y))
        for s, e, y in spans_of_years(rest, today)
    ]
    employers = list(employer_pieces(rest))
    pieces += employers
    rest = _blanked(rest, [p for p in employers if len(p.values[0]) > 6])
    pieces += [*region_pieces(rest, own_regions), *word_pieces(rest)]
    ordered = sorted((_strict(p, plain) for p in pieces), key=lambda p: (p.start, p.end, p.kind))
    return Understanding(searched, tuple(ordered), ignored, only)


def _identities(text: str, numbers: Sequence[Piece]) -> Iterator[tuple[int, int]]:
    yield from identity_spans(_blanked(text, numbers))


def _with_numbers(text: str, numbers: Sequence[Piece]) -> str:
    """Return the text without identity terms; an archive number is none, whatever its digits."""
    clean = without_identity(_blanked(text, numbers))
    for piece in numbers:
        clean = clean[: piece.start] + text[piece.start : piece.end] + clean[piece.end :]
    return clean


def _blanked(text: str, pieces: Sequence[Piece]) -> str:
    for piece in pieces:
        text = text[: piece.start] + " " * (piece.end - piece.start) + text[piece.end :]
    return text


def _overlap(one: Piece, other: Piece) -> bool:
    return one.start < other.end and other.start < one.end


def _years(years: Years) -> str:
    if years.first == years.last:
        return f"{years.first}年"
    return f"{years.first}–{years.last}年" if years.first > 1900 else f"{years.last}年及以前"


def _strict(piece: Piece, plain: str) -> Piece:
    wishes = "|".join(map(re.escape, question_words()["only"]))
    before = plain[max(0, piece.start - 6) : piece.start]
    stated = re.search(f"(?:{wishes})[^,，。;；]{{0,2}}$", before) is not None
    return replace(piece, strict=True) if stated and piece.filters else piece
