"""The pieces a question was understood to hold: preferences, unless the asker makes one a filter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from models.access.scope import InsuranceIn, MaterialIn, Predicate, RegionIn, YearBetween


class PieceKind(StrEnum):
    YEARS = "years"
    REGION = "region"
    INSURANCE = "insurance"
    MATERIAL = "material"
    ARCHIVE_NO = "archive_no"
    DOCUMENT_NO = "document_no"
    EMPLOYER = "employer"
    IDENTITY = "identity"
    PERSON = "person"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    PieceKind.YEARS: "年份",
    PieceKind.REGION: "地区",
    PieceKind.INSURANCE: "险种",
    PieceKind.MATERIAL: "材料类型",
    PieceKind.ARCHIVE_NO: "档号",
    PieceKind.DOCUMENT_NO: "文号",
    PieceKind.EMPLOYER: "单位",
    PieceKind.IDENTITY: "证件号码",
    PieceKind.PERSON: "姓名",
}
_FACTS = frozenset({PieceKind.YEARS, PieceKind.REGION, PieceKind.INSURANCE, PieceKind.MATERIAL})


@dataclass(frozen=True, slots=True)
class Piece:
    """One understood stretch of the question, code points ``start``–``end``, half-open.

    ``values``: first and last year; region codes; names of insurances or materials; the number or
    employer as it is looked for. Empty for names and numbers of people: their value goes nowhere.
    ``meaning`` is what people are shown; it never repeats the question's own words.
    """

    kind: PieceKind
    start: int
    end: int
    values: tuple[str, ...]
    meaning: str
    strict: bool = False
    """Whether the question itself says 只要: then it is a filter."""

    @property
    def name(self) -> str:
        """What the asker calls the piece by to switch it off: ``years:0``."""
        return f"{self.kind}:{self.start}"

    def is_called(self, names: frozenset[str]) -> bool:
        """Whether the piece or its whole kind is among ``names``."""
        return self.name in names or self.kind in names

    @property
    def filters(self) -> bool:
        """Whether the piece speaks of something a document can be filtered by."""
        return self.kind in _FACTS

    def predicate(self) -> Predicate:
        """Return the documents the piece speaks of.

        Raises:
            ValueError: the piece is looked for in the text and speaks of no fact.
        """
        match self.kind:
            case PieceKind.YEARS:
                return YearBetween(int(self.values[0]), int(self.values[1]))
            case PieceKind.REGION:
                return RegionIn(self.values)
            case PieceKind.INSURANCE:
                return InsuranceIn(self.values)
            case PieceKind.MATERIAL:
                return MaterialIn(self.values)
            case _:
                raise ValueError(f"{self.kind} is no fact of a document")
