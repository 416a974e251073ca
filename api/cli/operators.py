"""Who manages machine accounts: an administrator by ``--as``, or whoever operates the machine itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import principal_of

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from models.access.principal import Principal

As = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help="以哪个安全管理员账号的身份操作；不写为本机操作员。"),
]


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


def operator_of(archive: Archive, subject: str | None) -> Operator:
    """Return who acts: the account named by ``--as``, else nobody by name (the operator)."""
    from models.access.principal import Principal

    return Operator(archive, principal_of(archive, subject) if subject else Principal("", frozenset()))
