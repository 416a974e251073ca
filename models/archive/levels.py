"""Small closed vocabularies of an archive record: line, access level, retention period."""

from __future__ import annotations

from datetime import date
from enum import IntEnum, StrEnum


class Line(StrEnum):
    """Competent chain (条线): human resources and social security, or medical security.

    Source: 社会保险经办条例 arts. 4, 60.
    """

    HRSS = "HRSS"
    MEDICAL = "MEDICAL"

    @property
    def label(self) -> str:
        return {"HRSS": "人社", "MEDICAL": "医保"}[self.value]


class AccessLevel(IntEnum):
    """Access level of a document, lowest first; not a state-secret grade (密级)."""

    PUBLIC = 0
    INTERNAL = 1
    WORK_SECRET = 2
    SENSITIVE = 3

    @property
    def label(self) -> str:
        return _LEVEL_LABELS[self]

    @classmethod
    def of(cls, label: str) -> AccessLevel:
        """Return the level called ``label`` in Chinese; ValueError for any other word."""
        for level, name in _LEVEL_LABELS.items():
            if name == label.strip():
                return level
        raise ValueError("访问级别只能是 公开、内部、工作秘密、敏感 之一")


_LEVEL_LABELS = {
    AccessLevel.PUBLIC: "公开",
    AccessLevel.INTERNAL: "内部",
    AccessLevel.WORK_SECRET: "工作秘密",
    AccessLevel.SENSITIVE: "敏感",
}


class Retention(StrEnum):
    """Retention period (保管期限).

    Source: 人社部、国家档案局令第3号, classes 永久 and 定期 of 10, 30, 50, 100 years.
    """

    PERMANENT = "永久"
    YEARS_100 = "100年"
    YEARS_50 = "50年"
    YEARS_30 = "30年"
    YEARS_10 = "10年"

    @property
    def years(self) -> int | None:
        """Term in years; None for 永久."""
        return None if self is Retention.PERMANENT else int(self.value.removesuffix("年"))

    @property
    def code(self) -> str:
        """Code used inside an archive number (Y, D100 … D10); D100 and D50 extend DA/T 22."""
        return "Y" if self.years is None else f"D{self.years}"

    def due_on(self, formed_on: date) -> date | None:
        """Return the first day after the term: 1 January of the following year plus the term.

        None for 永久, and where the year would pass 9999.
        Source: 令第3号, terms run from 1 January of the year after the document was formed.
        """
        if self.years is None or formed_on.year + 1 + self.years > date.max.year:
            return None
        return date(formed_on.year + 1 + self.years, 1, 1)
