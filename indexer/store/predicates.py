"""Predicates as WHERE clauses over ``documents``: never NULL, so that NOT means the rest."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import assert_never

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select, true

from indexer.store.tables import DocumentRow
from models.access.scope import (
    AllOf,
    AnyOf,
    CaseIn,
    DocumentIn,
    InsuranceIn,
    LevelAtMost,
    LineIs,
    LineUnknown,
    MaterialIn,
    Predicate,
    RegionIn,
    StateIn,
    YearBetween,
)
from models.archive.levels import Line
from models.archive.regions import is_code

Condition = ColumnElement[bool]


@lru_cache(maxsize=1024)  # a condition never changes, and every look at a document asks for the same few
def where(predicate: Predicate, dialect: str) -> Condition:  # noqa: C901, PLR0911, PLR0912 - one case per predicate
    """Return the condition that holds of a row exactly when the predicate holds of its facts.

    ``dialect``: sqlite or postgresql; they unfold a list in JSON differently.
    """
    match predicate:
        case RegionIn(prefixes):
            codes = (prefix for prefix in prefixes if is_code(prefix))
            return _any(*(DocumentRow.region.startswith(code) for code in codes))
        case LineIs(line):
            return DocumentRow.lines.in_(_lines_with(line))
        case LineUnknown():
            return DocumentRow.lines == ""
        case LevelAtMost(level):
            return DocumentRow.access_level <= int(level)
        case StateIn(states):
            return DocumentRow.state.in_(sorted(state.value for state in states))
        case InsuranceIn(names):
            return _lists_one_of(names, dialect)
        case MaterialIn(names):
            return and_(DocumentRow.material_type.is_not(None), DocumentRow.material_type.in_(names))
        case YearBetween(first, last):
            return _formed_in(first, last)
        case DocumentIn(doc_ids):
            return DocumentRow.doc_id.in_(sorted(doc_ids))
        case CaseIn(case_keys):
            return DocumentRow.case_key.in_(sorted(case_keys - {""}))
        case AllOf(parts):
            return and_(true(), *(where(part, dialect) for part in parts))
        case AnyOf(parts):
            return _any(*(where(part, dialect) for part in parts))
        case _:
            assert_never(predicate)


def _any(*conditions: Condition) -> Condition:
    return or_(false(), *conditions)


def _lines_with(line: Line) -> list[str]:
    """Return the ways the column writes a set of lines that has ``line`` in it."""
    both = ",".join(sorted(Line))
    return [line.value, both]


def _lists_one_of(names: tuple[str, ...], dialect: str) -> Condition:
    column = DocumentRow.insurance_types
    unfold = func.json_each if dialect == "sqlite" else func.jsonb_array_elements_text
    listed = unfold(column).table_valued("value")
    return exists(select(literal(1)).select_from(listed).where(listed.c.value.in_(names))).correlate(
        DocumentRow
    )


def _formed_in(first: int, last: int) -> Condition:
    if first > last or last < date.min.year or first > date.max.year:
        return false()
    begin = date(max(first, date.min.year), 1, 1)
    end = date(min(last, date.max.year), 12, 31)
    return and_(DocumentRow.formed_on.is_not(None), DocumentRow.formed_on.between(begin, end))
