"""What supervision sees of a look: who, when, what kind, which documents; people only as keyed marks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum

CHINA = timezone(timedelta(hours=8))
REFUSED = frozenset({"not_found", "forbidden"})
EMPTY = "empty"
MARK_CHARACTERS = 24
"""96 bits of a keyed hash: enough to tell values apart, less to keep than all of it."""


class Kind(StrEnum):
    """What a look does, whatever the action of the ledger is called."""

    SEARCH = "search"
    LIST = "list"
    READ = "read"
    COPY = "copy"
    EXPORT = "export"
    REVEAL = "reveal"
    ASK = "ask"
    """A person a search asked for, one entry each, beside that of the search and of the same moment."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Look:
    """One entry of the ledger.

    ``at`` is timezone-aware; ``query`` a keyed mark of what was asked. ``persons`` (keyed marks of people the
    question named) and ``case`` (keyed mark of the case it was done for) are empty where the ledger has none.
    """

    seq: int
    at: datetime
    account: str
    kind: Kind
    outcome: str
    doc_ids: tuple[str, ...] = ()
    query: str = ""
    persons: tuple[str, ...] = ()
    case: str = ""

    @property
    def day(self) -> date:
        return self.at.astimezone(CHINA).date()

    @property
    def minute(self) -> int:
        """Minutes since midnight in China, 0–1439."""
        local = self.at.astimezone(CHINA)
        return local.hour * 60 + local.minute


@dataclass(frozen=True, slots=True)
class DocumentMarks:
    """What is compared of a document. All but series, number and region are keyed marks; '' where unknown.

    ``series`` is what an archive number has before its last part (also keyed), ``number`` that last part;
    ``village`` is the region where it names a street or village (9 digits or more), ``region`` its first six.
    """

    doc_id: str
    holder: str = ""
    series: str = ""
    number: int | None = None
    employer: str = ""
    village: str = ""
    surname: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Staff:
    """An account as supervision knows it.

    ``post`` names those who do the same work, ``office`` those who sit together; ``own`` are keyed marks of
    the person behind the account and the household; ``own_names`` those of questions for just a name.
    """

    account: str
    post: str
    office: str
    own: frozenset[str] = frozenset()
    own_names: frozenset[str] = frozenset()


def minute_of(moment: time) -> int:
    return moment.hour * 60 + moment.minute
