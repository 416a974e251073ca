"""A question as it is put, and the answer to it, masked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date

from indexer.facets import Facets
from indexer.marking import Span
from indexer.understanding.pieces import Piece
from models.access.principal import Principal
from models.access.scope import AllOf, InsuranceIn, MaterialIn, Predicate, RegionIn, YearBetween
from models.errors import InvalidInput

MAX_LIMIT = 100
MAX_QUERY_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a question; an empty field narrows nothing. Years are inclusive."""

    insurance_types: tuple[str, ...] = ()
    material_types: tuple[str, ...] = ()
    region_prefix: str = ""
    first_year: int | None = None
    last_year: int | None = None

    def predicate(self) -> Predicate:
        parts: list[Predicate] = []
        if self.insurance_types:
            parts.append(InsuranceIn(self.insurance_types))
        if self.material_types:
            parts.append(MaterialIn(self.material_types))
        if self.region_prefix:
            parts.append(RegionIn((self.region_prefix,)))
        if self.first_year is not None or self.last_year is not None:
            parts.append(YearBetween(self.first_year or 0, self.last_year or 9999))
        return AllOf(tuple(parts))


@dataclass(frozen=True, slots=True)
class Query:
    """A question in plain Chinese; ``limit`` 1–100; ``today`` resolves 前年 and the like.

    ``ignored`` and ``only``: pieces (``years:0``) or kinds (``years``) of what the question is
    understood to say that shall not count, or shall narrow the answer instead of ordering it.
    ``cursor`` continues an earlier answer to the same question.
    """

    text: str
    limit: int = 10
    filters: Filters = field(default_factory=Filters)
    today: date | None = None
    ignored: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    cursor: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidInput(f"条数应在 1 到 {MAX_LIMIT} 之间。")
        if len(self.text) > MAX_QUERY_CHARACTERS:
            raise InvalidInput(f"检索词过长，请控制在 {MAX_QUERY_CHARACTERS} 字以内。")

    def identity(self, principal: Principal) -> str:
        """Return what a cursor is bound to: who asks, why, and what; page sizes may differ."""
        f = self.filters
        narrowed = [f.insurance_types, f.material_types, f.region_prefix, f.first_year, f.last_year]
        asked = [self.text, narrowed, sorted(self.ignored), sorted(self.only)]
        return json.dumps([principal.subject, principal.purpose, asked])


@dataclass(frozen=True, slots=True)
class MaskedHit:
    """One document as the principal may see it; ``reasons`` say in Chinese why it was found.

    ``title_marks`` and ``passage_marks`` are words of the question in title and passage as shown;
    ``words`` are those words themselves.
    """

    doc_id: str
    source_id: str
    archive_no: str | None
    title: str
    passage: str
    page_no: int
    insurance_types: tuple[str, ...]
    material_type: str | None
    year: int | None
    region: str
    reasons: tuple[str, ...]
    title_marks: tuple[Span, ...] = ()
    passage_marks: tuple[Span, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of hits, best first, and what the question was understood to say.

    ``facets`` count the visible documents that match the filters; ``next_cursor`` is None on the
    last page; ``did_you_mean`` are other wordings, made from public words alone.
    """

    hits: tuple[MaskedHit, ...] = ()
    understood: tuple[Piece, ...] = ()
    ignored: frozenset[str] = frozenset()
    """Names of the pieces above that were switched off."""
    filtering: frozenset[str] = frozenset()
    """Names of the pieces above that narrow the answer."""
    simplified: bool = False
    """Whether traditional characters were read as simplified ones."""
    facets: Facets = field(default_factory=Facets)
    next_cursor: str | None = None
    did_you_mean: tuple[str, ...] = ()
