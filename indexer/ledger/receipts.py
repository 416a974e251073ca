"""Use case: a receipt for a citizen, “谁看过我的档案”: every look at some documents, provable without us.

It says who (as an account, or under a pseudonym), in which post, for which purpose, when and with what
outcome; never what was asked, and nothing of other documents in the same answer. The whole is signed, so a
look that was left out is a false statement under the archive's own signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from indexer.auditing import audited
from indexer.ledger.shown import Value, part_of
from indexer.store.ledger_port import Ledger, Recorded, Wanted
from indexer.store.port import AuditLog, DocumentStore
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.errors import InvalidInput, NotVisible
from models.ledger.actions import action_name, outcome_name, role_names
from models.ledger.entries import canonical
from models.ledger.naming import Accounts

MAX_DOCUMENTS = 200
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_OPERATOR = "本机操作员"


@dataclass(frozen=True, slots=True)
class ReceiptRequest:
    """``documents``: ids or 档号; ``since`` is included, ``until`` is not; None for no bound."""

    documents: tuple[str, ...]
    since: datetime | None = None
    until: datetime | None = None


@dataclass(slots=True)
class Receipts:
    """Issues receipts; ``accounts`` says how staff is called in them."""

    ledger: Ledger
    store: DocumentStore
    audit: AuditLog
    clock: Callable[[], datetime]
    accounts: Accounts = Accounts.SHOWN
    via: str = "http"

    def issue(self, request: ReceiptRequest, principal: Principal) -> Value:
        """Return the receipt as plain JSON values, signed.

        Raises:
            Forbidden: no duty to issue receipts. InvalidInput: no documents, or too many.
            NotVisible: no document has such a 档号, or the ledger is empty.
        """
        now = self.clock()
        about = "receipt " + " ".join(request.documents)
        with audited(
            self.audit, principal, via=self.via, action="audit_receipt", about=about, at=now
        ) as look:
            if principal.subject:
                require(principal, Duty.ISSUE_RECEIPTS, now)
            if not 1 <= len(request.documents) <= MAX_DOCUMENTS:
                raise InvalidInput(f"请写明档案的编号或档号，一次 1 至 {MAX_DOCUMENTS} 件。")
            named = dict(self._named(request.documents))
            look.doc_ids = tuple(sorted(named))
            receipt = self._receipt(named, request, now)
        return receipt | {"signature": self.ledger.sign(canonical(receipt))}

    def _named(self, documents: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Yield (document id, as it was named). An id need not be one of the archive's any more."""
        for name in documents:
            try:
                yield str(UUID(name)), name
            except ValueError:
                found = self.store.with_archive_no(name)
                if not found:
                    raise NotVisible("没有这个档号的档案，请核对，或改用档案编号。") from None
                yield from ((doc_id, name) for doc_id in found)

    def _receipt(self, named: dict[str, str], request: ReceiptRequest, now: datetime) -> Value:
        checkpoint = self.ledger.checkpoint(now)
        if checkpoint is None:
            raise NotVisible("台账还是空的，没有可出具的内容。")
        since, until = request.since or _EARLIEST, request.until or _LATEST
        asked = tuple(self.audit.query_key(doc_id) for doc_id in named)
        wanted = Wanted(doc_ids=tuple(named), asked=asked, since=since, until=until)
        found = list(self.ledger.all(wanted, checkpoint.size))
        paths = self.ledger.inclusion([recorded.entry.seq for recorded in found], checkpoint.size)
        scope = " ".join(sorted(named))
        looks = [
            self._look(recorded, frozenset(named), asked, scope) | {"path": path}
            for recorded, path in zip(found, paths, strict=True)
        ]
        return {
            "format": "chadang-receipt/1",
            "origin": self.ledger.origin,
            "public_key": self.ledger.public_key,
            "issued_at": now.astimezone(UTC).isoformat(timespec="seconds"),
            "documents": [{"doc_id": doc_id, "named": name} for doc_id, name in sorted(named.items())],
            "since": since.astimezone(UTC).isoformat(timespec="microseconds"),
            "until": until.astimezone(UTC).isoformat(timespec="microseconds"),
            "accounts": self.accounts.value,
            "covers": {"first": self.ledger.moved_out() + 1, "last": checkpoint.size},
            "checkpoint": checkpoint.note,
            "looks": looks,
        }

    def _look(self, recorded: Recorded, named: frozenset[str], asked: tuple[str, ...], scope: str) -> Value:
        entry = recorded.entry
        shown = self.accounts is Accounts.SHOWN
        return part_of(recorded, named, account=shown, asked=asked) | {
            "how": "shown" if named & set(entry.doc_ids) else "asked",
            "account": self._called(entry.principal, scope),
            "role_names": role_names(entry.roles),
            "action_name": action_name(entry.action),
            "outcome_name": outcome_name(entry.outcome),
        }

    def _called(self, account: str, scope: str) -> str:
        if not account:
            return _OPERATOR
        return (
            account
            if self.accounts is Accounts.SHOWN
            else f"工作人员 {self.ledger.pseudonym(account, scope)}"
        )
