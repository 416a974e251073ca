"""Predicates over documents: what a principal may see, and what a question narrows it to.

A predicate is evaluated in three ways that a property test holds equal: ``holds`` on one document,
``rows`` on columns (the allow-bitmap that both legs of a search work inside) and, in the store, a WHERE
clause (the reference monitor).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from models.access.facts import DocumentFacts, FactsTable
from models.archive.documents import DocumentState
from models.archive.levels import AccessLevel, Line
from models.archive.regions import within


@dataclass(frozen=True, slots=True)
class RegionIn:
    """Region code starts with one of the prefixes (分级负责)."""

    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineIs:
    """The document belongs to this line, alone or together with the other."""

    line: Line


@dataclass(frozen=True, slots=True)
class LineUnknown:
    """Neither catalogue nor insurance type decides the line."""


@dataclass(frozen=True, slots=True)
class LevelAtMost:
    level: AccessLevel


@dataclass(frozen=True, slots=True)
class StateIn:
    states: frozenset[DocumentState]


@dataclass(frozen=True, slots=True)
class InsuranceIn:
    """One of the document's insurance types is among these."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MaterialIn:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class YearBetween:
    """Formed in first–last, both included; an unknown year is never inside."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class DocumentIn:
    """One of these documents."""

    doc_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class CaseIn:
    """Made in one of these cases; a document of no case is in none."""

    case_keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; with no part, everything does."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; with no part, nothing does."""

    parts: tuple[Predicate, ...]


Predicate = (
    RegionIn
    | LineIs
    | LineUnknown
    | LevelAtMost
    | StateIn
    | InsuranceIn
    | MaterialIn
    | YearBetween
    | DocumentIn
    | CaseIn
    | AllOf
    | AnyOf
)

NOTHING = AnyOf(())
EVERYTHING = AllOf(())


def holds(predicate: Predicate, facts: DocumentFacts) -> bool:  # noqa: C901, PLR0911, PLR0912 - one case per predicate
    """Whether one document satisfies the predicate."""
    match predicate:
        case RegionIn(prefixes):
            return any(within(facts.region, prefix) for prefix in prefixes)
        case LineIs(line):
            return line in facts.lines
        case LineUnknown():
            return not facts.lines
        case LevelAtMost(level):
            return facts.access_level <= level
        case StateIn(states):
            return facts.state in states
        case InsuranceIn(names):
            return any(name in facts.insurance_types for name in names)
        case MaterialIn(names):
            return facts.material_type is not None and facts.material_type in names
        case YearBetween(first, last):
            return facts.year is not None and first <= facts.year <= last
        case DocumentIn(doc_ids):
            return facts.doc_id in doc_ids
        case CaseIn(case_keys):
            return facts.case_key != "" and facts.case_key in case_keys
        case AllOf(parts):
            return all(holds(part, facts) for part in parts)
        case AnyOf(parts):
            return any(holds(part, facts) for part in parts)
        case _:
            assert_never(predicate)


def rows(predicate: Predicate, table: FactsTable) -> NDArray[np.bool_]:  # noqa: C901, PLR0911, PLR0912 - one case per predicate
    """Return the rows that satisfy the predicate: bool, shape (table.size,)."""
    match predicate:
        case RegionIn(prefixes):
            return table.region.where([any(within(w, p) for p in prefixes) for w in table.region.words])
        case LineIs(line):
            return table.lines.where([line.value in word.split("、") for word in table.lines.words])
        case LineUnknown():
            return table.lines.where([word == "" for word in table.lines.words])
        case LevelAtMost(level):
            return np.asarray(table.access_level <= int(level))
        case StateIn(states):
            return table.state.where([word in states for word in table.state.words])
        case InsuranceIn(names):
            words = table.insurance_types.words
            return table.insurance_types.where(
                [word != "" and any(name in word.split("、") for name in names) for word in words]
            )
        case MaterialIn(names):
            return table.material_type.where(
                [word != "" and word in names for word in table.material_type.words]
            )
        case YearBetween(first, last):
            return np.asarray((table.year > 0) & (table.year >= first) & (table.year <= last))
        case DocumentIn(doc_ids):
            named = np.zeros(table.size, np.bool_)
            named[[table.row_of[d] for d in doc_ids if d in table.row_of]] = True
            return named
        case CaseIn(case_keys):
            keys = table.case_key
            return keys.where([word != "" and word in case_keys for word in keys.words])
        case AllOf(parts):
            together: NDArray[np.bool_] = np.logical_and.reduce(
                [np.ones(table.size, np.bool_), *(rows(p, table) for p in parts)]
            )
            return together
        case AnyOf(parts):
            either: NDArray[np.bool_] = np.logical_or.reduce(
                [np.zeros(table.size, np.bool_), *(rows(p, table) for p in parts)]
            )
            return either
        case _:
            assert_never(predicate)
