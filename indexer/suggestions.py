"""Use case: completions while a question is typed, from public words and visible titles alone.

Titles come in the index rendition, which shows less than any role's. Which of them are offered, and
in what order, follows from the visible set; nothing counts documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from threading import Lock

import numpy as np

from indexer.auditing import audited
from indexer.indexing import IndexKeeper, ServedIndex
from indexer.spelling import vocabulary, words_spelled
from indexer.store.port import AuditLog, DocumentStore
from indexer.understanding.identity import identity_spans
from models.access.facts import Coded
from models.access.policy import reach_of, require
from models.access.principal import Duty, Principal
from models.access.visible import VisibleSet
from models.text.normalisation import normalise
from models.text.script import simplified

MAX_SUGGESTIONS = 20
MAX_CHARACTERS = 64


class SuggestionSource(StrEnum):
    VOCABULARY = "vocabulary"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Suggestion:
    text: str
    source: SuggestionSource


@dataclass(slots=True)
class Suggester:
    """Completes a beginning; keeps the titles of one generation, masked, between two keystrokes."""

    store: DocumentStore
    index: IndexKeeper
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"
    _titles: tuple[str, int, Coded] | None = None
    _lock: Lock = field(default_factory=Lock)

    def suggest(self, text: str, principal: Principal, limit: int = 8) -> list[Suggestion]:
        """Return at most ``limit`` completions: public words take up to half, visible titles the rest.

        Raises:
            Forbidden: the principal has no duty to search.
        """
        now = self.clock()
        require(principal, Duty.SEARCH, now)
        with audited(self.audit, principal, via=self.via, action="suggest", about=text, at=now) as look:
            begun = "".join(normalise(simplified(text)).lower().split())
            found: list[Suggestion] = []
            if begun and not identity_spans(text):
                served = self.index.served()
                titles = (
                    self._among(begun, served, served.visible(reach_of(self.store.standing(principal), now)))
                    if served
                    else []
                )
                found = _mixed(_words(begun), titles, limit)
            look.outcome = "ok" if found else "empty"
        return found

    def _among(self, begun: str, served: ServedIndex, among: VisibleSet) -> list[str]:
        if among.count == 0:
            return []
        column = self._column(served)
        codes = np.unique(column.codes[np.unique(served.doc_of_row[among.row_numbers])])
        return _fitting(begun, (column.words[code] for code in codes.tolist()))

    def _column(self, served: ServedIndex) -> Coded:
        with self._lock:
            key = (served.generation.generation, served.epoch)
            if self._titles is None or self._titles[:2] != key:
                titles = self.store.titles(served.doc_ids)
                column = Coded.of([titles.get(doc_id, "") for doc_id in served.doc_ids])
                self._titles = (*key, column)
            return self._titles[2]


def _words(begun: str) -> list[str]:
    spelled = words_spelled(begun) if begun.isascii() else ()
    return list(dict.fromkeys([*spelled, *_fitting(begun, vocabulary())]))


def _fitting(begun: str, texts: Iterable[str]) -> list[str]:
    """Return the texts that hold ``begun``: those that begin with it first, then shorter, then by text."""
    plain = ((text, "".join(normalise(text).lower().split())) for text in texts)
    held = [(not spelled.startswith(begun), len(text), text) for text, spelled in plain if begun in spelled]
    return [text for *_, text in sorted(held)]


def _mixed(words: list[str], titles: list[str], limit: int) -> list[Suggestion]:
    taken = words[: max(limit // 2, limit - len(titles))]
    known = set(taken)
    made = [Suggestion(word, SuggestionSource.VOCABULARY) for word in taken]
    made += [Suggestion(title, SuggestionSource.TITLE) for title in titles if title not in known]
    return made[:limit]
