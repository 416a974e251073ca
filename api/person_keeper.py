"""Beside the service: tokens made for documents that have none or old ones, and rotations gone on with."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from indexer.store.persons_port import PersonIndex
from models.errors import ArchiveError

_log = logging.getLogger("chadang.persons")
_EVERY_S = 600.0
"""How often it is looked whether allowances ended, or a rotation was begun by a command and interrupted."""
_REST_S = 0.05
"""Left to searches and deposits between two small transactions."""


class PersonKeeperThread:
    """Keeps the person index complete; start and stop with the service."""

    def __init__(self, index: Callable[[], PersonIndex], every_s: float = _EVERY_S) -> None:
        self._index = index
        self._every_s = every_s
        self._stop = Event()
        self._thread = Thread(target=self._work, name="chadang-persons", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the transaction under way; the rest is done at the next start."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                done = self._index().catch_up(stop=self._stop.is_set, rest_s=_REST_S)
            except ArchiveError as error:
                _log.warning("the person index is not complete: %s", error.code)
            else:
                if done:
                    _log.info("tokens made anew for %d documents", done)
            self._stop.wait(self._every_s)
