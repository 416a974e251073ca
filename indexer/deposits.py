"""What comes in: files, members of zips and JSON records, each one deposit; and how each one ended."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from indexer.catalogue import Row
from models.archive.documents import CatalogueEntry
from models.classification.results import Classification


class OutcomeKind(StrEnum):
    STORED = "stored"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"

    @property
    def label(self) -> str:
        return {"stored": "已归档", "duplicate": "重复", "quarantined": "已隔离"}[self.value]


@dataclass(frozen=True, slots=True)
class FileDeposit:
    """A file to read: on disk, or ``content`` in memory (a zip member, an upload).

    ``name``: what it is called in the source; may hold personal data, so it is stored sealed only.
    """

    name: str
    path: Path | None = None
    content: bytes | None = None
    row: Row = field(default_factory=lambda: Row(CatalogueEntry()))


@dataclass(frozen=True, slots=True)
class RecordDeposit:
    """A record of another system: text already extracted, under that system's own id."""

    source_id: str
    title: str
    text: str
    row: Row = field(default_factory=lambda: Row(CatalogueEntry()))

    @property
    def fingerprint(self) -> str:
        """sha256 (hex) over id, title and text: the same record again has the same one."""
        parts = json.dumps((self.source_id, self.title, self.text))
        return sha256(parts.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class RefusedDeposit:
    """Something that was refused before it could be read (a zip member with a bad name, say)."""

    name: str
    code: str
    detail: str
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing more for the moment: commit what is at hand, so that whoever waits gets an answer."""


Deposit = FileDeposit | RecordDeposit | RefusedDeposit | Pause


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one deposit ended. ``detail``: why, for a duplicate or a quarantined one, in one sentence.

    ``notes``: catalogue fields that were missing, unreadable or derived. ``classification``: of a stored one.
    """

    name: str
    kind: OutcomeKind
    doc_id: str | None = None
    code: str | None = None
    detail: str = ""
    notes: tuple[str, ...] = ()
    classification: Classification | None = None


def encodable(text: str) -> str:
    """Return ``text`` with ? for halves of surrogate pairs, of the same length.

    JSON and file names in other encodings bring them; no database and no answer can carry them.
    """
    return text.encode("utf-8", "replace").decode("utf-8")


_OUT_OF_SIGHT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def title_of(text: str) -> str:
    """Return ``text`` as a title: encodable, on one line, without signs that a terminal or reader obeys.

    A name can hold control sequences, and marks that turn the order of what follows it (Unicode UAX 9):
    what a clerk sees would not be what it is called.
    """
    return _OUT_OF_SIGHT.sub(" ", encodable(text)).strip()


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a run by outcome, and of the refusals by code."""

    by_kind: Mapping[OutcomeKind, int]
    by_code: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_kind.values())
