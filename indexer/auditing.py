"""One way to write a look into the audit log: always one entry, however the look ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from indexer.store.port import AuditEvent, AuditLog
from models.access.principal import Principal
from models.errors import ArchiveError


@dataclass(slots=True)
class Look:
    """What the block finds out about its own look; an error of the tree sets the outcome itself."""

    outcome: str = "ok"
    doc_ids: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    """Keyed hashes of the people that were looked up: each becomes an entry of its own, `FIND_PERSON`."""


FIND_PERSON = "find_person"


@contextmanager
def audited(
    audit: AuditLog, principal: Principal, *, via: str, action: str, about: str, at: datetime
) -> Iterator[Look]:
    """Record the block as one event when it ends, whether it returns or raises, and one per person looked up.

    ``about`` (a question, a document id) is recorded as a keyed hash only; ``at`` is UTC.
    """
    look = Look()
    try:
        yield look
    except ArchiveError as error:
        look.outcome, look.doc_ids = error.code, ()
        raise
    except BaseException:
        look.outcome, look.doc_ids = "failed", ()
        raise
    finally:
        event = AuditEvent(
            at=at,
            principal=principal.subject,
            via=via,
            purpose=principal.purpose,
            action=action,
            doc_ids=look.doc_ids,
            query=audit.query_key(about),
            outcome=look.outcome,
            roles=tuple(sorted(principal.roles)),
            case_key=audit.query_key(principal.case_no) if principal.case_no else "",
        )
        audit.record(event)
        for mark in look.marks:
            audit.record(replace(event, action=FIND_PERSON, doc_ids=(), query=mark))
