"""The blind person index as the use cases see it: looked up by key, never read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models.privacy.blind_index import PersonRole, Use


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A name or number as it is compared (`models.privacy.blind_index`); never shown in a repr."""

    use: Use
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A document that holds a person; ``position``: of the key, in the order asked."""

    position: int
    doc_id: str
    role: PersonRole


class PersonIndex(Protocol):
    """Who is in which document, as keyed hashes salted by bucket (`blind_index.bucket_of`)."""

    def find(self, keys: Sequence[PersonKey], buckets: Sequence[str]) -> list[Found]:
        """Return every document of these buckets found by one of the keys, visible or not, in no order."""
        ...

    def mark(self, key: PersonKey) -> str:
        """Return the keyed hash under which the ledger writes that this person was asked for.

        It is of another use than the tokens, so that the ledger and the index cannot be matched.
        """
        ...

    def behind(self) -> int:
        """Return how many documents have no tokens yet, or tokens that are out of date."""
        ...

    def catch_up(
        self, progress: Callable[[int], None] = ..., stop: Callable[[], bool] = ..., rest_s: float = 0.0
    ) -> int:
        """Make the tokens of those anew, a few documents to a transaction, and return how many there were.

        Interrupted anywhere, it goes on from there; the last one ends a rotation of keys. ``rest_s`` is
        left to other writers between two transactions.
        """
        ...

    def rotate(self) -> int:
        """Begin another epoch of keys, or go on with the one begun; return its number.

        Tokens are made with it from now on and those of before are looked up too, until `catch_up` has
        replaced every one of them and forgotten the old keys.
        """
        ...

    def remake(self) -> None:
        """Call the tokens of every document out of date, so that `catch_up` makes them anew."""
        ...
