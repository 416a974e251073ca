"""Who manages machine accounts: an administrator by ``--as``, or whoever operates the machine itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import principal_of

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from indexer.deposits import Outcome
    from models.access.principal import Principal

As = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help="以哪个安全管理员账号的身份操作；不写为本机操作员。"),
]


_DEPOSITS_AN_ENTRY = 200


@dataclass(frozen=True, slots=True)
class Operator:
    """Who acts; every act is written to the audit log, however it ends."""

    archive: Archive
    principal: Principal

    @contextmanager
    def doing(self, action: str, about: str) -> Iterator[str]:
        """Record the block as one act and yield the name under which it is done.

        Raises:
            Forbidden: the account does not manage accounts.
        """
        from api.bootstrap import utc_now
        from indexer.auditing import audited
        from models.access.policy import require
        from models.access.principal import Duty

        now, archive = utc_now(), self.archive
        with audited(archive.audit, self.principal, via=archive.via, action=action, about=about, at=now):
            if self.principal.subject:
                require(self.principal, Duty.MANAGE_ACCOUNTS, now)
            yield self.principal.subject


def recorded_deposits(archive: Archive, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Pass outcomes on, recording what the operator took in, some hundred documents an entry."""
    from api.bootstrap import utc_now
    from indexer.auditing import audited

    operator = operator_of(archive, None).principal

    def record(doc_ids: tuple[str, ...]) -> None:
        with audited(
            archive.audit, operator, via=archive.via, action="deposit", about="ingest", at=utc_now()
        ) as look:
            look.outcome, look.doc_ids = "stored", doc_ids

    stored = list[str]()
    try:
        for outcome in outcomes:
            if outcome.kind.value == "stored" and outcome.doc_id:
                stored.append(outcome.doc_id)
            if len(stored) == _DEPOSITS_AN_ENTRY:
                record(tuple(stored))
                stored.clear()
            yield outcome
    finally:
        if stored:
            record(tuple(stored))


def operator_of(archive: Archive, subject: str | None) -> Operator:
    """Return who acts: the account named by ``--as``, else nobody by name (the operator)."""
    from models.access.principal import Principal

    return Operator(archive, principal_of(archive, subject) if subject else Principal("", frozenset()))
