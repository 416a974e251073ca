"""Every column that holds a wrapped key, in one list: what a rotation must not miss.

A column of bytes that stands in neither list stops a rotation before it begins (and a test): keys nobody
knows of would be lost with the old master key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, LargeBinary, Row, and_, column, func, inspect, select, table, tuple_, update
from sqlalchemy.orm import Session

from indexer.store.database import exclusive, transaction
from indexer.store.reviews_sqlalchemy import REASON, VALUE
from indexer.store.sealing import Sealer, epoch_of
from models.errors import ArtifactTampered, Conflict

_BATCH = 500


@dataclass(frozen=True, slots=True)
class WrappedColumn:
    """Where keys lie; each is bound to the word ``about`` and then the values of the columns ``by``."""

    table: str
    column: str
    by: tuple[str, ...] = ()
    about: str = ""


WRAPPED = (
    WrappedColumn("documents", "wrapped_key", by=("doc_id",)),
    WrappedColumn("quarantine", "wrapped_key", by=("sha256",)),
    WrappedColumn("grants", "wrapped_key", by=("grant_id",)),
    WrappedColumn("webhooks", "wrapped_key", by=("webhook_id",)),
    WrappedColumn("detection_reviews", "wrapped_key", about=REASON),
    WrappedColumn("allowances", "wrapped_key", about=REASON),
    WrappedColumn("denied_values", "wrapped_key", about=VALUE),
    WrappedColumn("saved_searches", "question_key", by=("search_id",)),
    WrappedColumn("saved_searches", "shown_key", by=("search_id",)),
    WrappedColumn("credentials", "secret_key", by=("subject",), about="totp/"),
    WrappedColumn("credentials", "pending_key", by=("subject",), about="totp/"),
    WrappedColumn("reveals", "wrapped_key", by=("reveal_id",)),
    WrappedColumn("supervised_days", "wrapped_key", by=("day", "account_key")),
    WrappedColumn("supervision_alerts", "wrapped_key", by=("alert_id",)),
    WrappedColumn("supervision_judgements", "wrapped_key", by=("alert_id",), about="judgement "),
    WrappedColumn("supervision_own_marks", "wrapped_key", by=("account",)),
)
OTHER_BYTES = frozenset(
    {
        # sealed under a wrapped key beside it
        ("documents", "sealed"), ("quarantine", "sealed_name"), ("grants", "sealed"),
        ("webhooks", "sealed_secret"), ("detection_reviews", "sealed_reason"),
        ("allowances", "sealed_reason"), ("denied_values", "sealed_value"),
        ("saved_searches", "sealed_question"), ("saved_searches", "sealed_shown"),
        ("credentials", "secret"), ("credentials", "pending_secret"), ("reveals", "sealed"),
        ("supervised_days", "sealed"), ("supervision_alerts", "sealed"),
        ("supervision_judgements", "sealed"), ("supervision_own_marks", "sealed"),
        # not sealed: vectors of masked text, reports without personal data
        ("chunks", "vector"), ("signed_reports", "body"), ("disposals", "body"),
        # hashes alone: of entries of the ledger, keyed ones of names and numbers
        ("ledger_nodes", "top"), ("person_tokens", "token"),
        # rewritten by the key ring itself
        ("key_epochs", "sealed_keys"),
    }
)  # fmt: skip


class SealedColumns:
    """The wrapped keys in the database, whatever they belong to."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def require_complete(self) -> None:
        """Raise Conflict where the database has a column of bytes that nobody has listed."""
        unlisted = sorted(self.unlisted())
        if unlisted:
            names = "、".join(f"{name}.{col}" for name, col in unlisted)
            raise Conflict(f"这些列没有登记是否存有密钥，不能轮换：{names}。请把这一句报给开发者。")

    def unlisted(self) -> set[tuple[str, str]]:
        seen = inspect(self._engine)
        found = {
            (name, col["name"])
            for name in seen.get_table_names()
            for col in seen.get_columns(name)
            if isinstance(col["type"], LargeBinary)
        }
        return found - OTHER_BYTES - {(w.table, w.column) for w in WRAPPED}

    def rewrap(self, sealer: Sealer, done: Callable[[int], None]) -> None:
        """Wrap every key in the sealer's epoch, some hundred in a transaction; a second time changes nothing.

        Raises:
            ArtifactTampered: a key does not open; what was done so far is kept.
        """
        for wrapped in WRAPPED:
            primary, last = self._primary(wrapped.table), None
            while True:
                with exclusive(self._engine) as session:
                    rows = _page(session, wrapped, primary, last)
                    _rewrap_page(session, wrapped, primary, rows, sealer)
                if not rows:
                    break
                last = rows[-1][: len(primary)]
                done(len(rows))

    def verify(self, sealer: Sealer) -> int:
        """Return how many keys there are, all of them opened.

        Raises:
            ArtifactTampered: one does not open, or is of another epoch than the sealer's.
        """
        count = 0
        for wrapped in WRAPPED:
            for row in self._rows(wrapped):
                sealer.fingerprint(row[-1], _about(wrapped, row))
                count += 1
        return count

    def opens(self, sealer: Sealer) -> bool:
        """Whether the first key of every column opens."""
        with transaction(self._engine) as session:
            for wrapped in WRAPPED:
                for row in _page(session, wrapped, self._primary(wrapped.table), None)[:1]:
                    try:
                        sealer.fingerprint(row[-1], _about(wrapped, row))
                    except ArtifactTampered:
                        return False
        return True

    def epochs(self) -> Counter[int]:
        """Return how many keys are wrapped in each epoch; needs no key."""
        counts: Counter[int] = Counter()
        for wrapped in WRAPPED:
            counts.update(epoch_of(row[-1]) for row in self._rows(wrapped))
        return counts

    def _rows(self, wrapped: WrappedColumn) -> Iterator[Row[Any]]:
        primary, last = self._primary(wrapped.table), None
        while True:
            with transaction(self._engine) as session:
                rows = _page(session, wrapped, primary, last)
            if not rows:
                return
            last = rows[-1][: len(primary)]
            yield from rows

    def _primary(self, name: str) -> list[str]:
        return list(inspect(self._engine).get_pk_constraint(name)["constrained_columns"])


def _page(session: Session, wrapped: WrappedColumn, primary: list[str], last: Any) -> list[Row[Any]]:
    """Return the next rows that hold a key, as primary key, columns ``by``, wrapped key."""
    names: list[Any] = [column(name) for name in (*primary, *wrapped.by, wrapped.column)]
    wanted = select(*names).select_from(table(wrapped.table)).where(func.length(column(wrapped.column)) > 0)
    if last is not None:
        wanted = wanted.where(tuple_(*map(column, primary)) > tuple_(*last))
    return list(session.execute(wanted.order_by(*map(column, primary)).limit(_BATCH)))


def _rewrap_page(
    session: Session, wrapped: WrappedColumn, primary: list[str], rows: list[Row[Any]], sealer: Sealer
) -> None:
    target = table(wrapped.table, column(wrapped.column))
    for row in rows:
        key = sealer.rewrap(row[-1], _about(wrapped, row))
        if key != row[-1]:
            same = and_(*(column(name) == value for name, value in zip(primary, row, strict=False)))
            session.execute(update(target).where(same).values({wrapped.column: key}))


def _about(wrapped: WrappedColumn, row: Row[Any]) -> str:
    return wrapped.about + " ".join(map(str, tuple(row)[-1 - len(wrapped.by) : -1]))
