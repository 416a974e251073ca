"""What everybody who deals with reveals shares: the stores, the rules, masked words, the ledger by kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from indexer.auditing import Look, audited
from indexer.store.port import AuditLog, DocumentStore
from indexer.store.reveals_port import Decision, Reveal, RevealStore
from models.access.policy import require, scope_of
from models.access.principal import Duty, Principal
from models.access.reveal import RevealRules, reveal_rules
from models.errors import Forbidden, InvalidInput, NotVisible
from models.privacy.detections import DetectionKind
from models.privacy.detector import PersonalDataDetector
from models.privacy.masking import mask, profile

ABSENT = "没有找到这次申请，或它不在您的范围内。"


@dataclass(slots=True)
class RevealDesk:
    """The ground the use cases stand on; ``detector`` is loaded when words have to be masked."""

    store: DocumentStore
    reveals: RevealStore
    audit: AuditLog
    detector: Callable[[], PersonalDataDetector]
    clock: Callable[[], datetime]
    via: str = "http"
    rules: RevealRules = field(default_factory=reveal_rules)

    def told(self, words: str) -> str:
        """Return a reason or note with personal data starred: it is kept, and read by others.

        Raises:
            InvalidInput: it is too short or too long.
        """
        said, allowed = words.strip(), self.rules.limits.reason
        if len(said) not in allowed:
            raise InvalidInput(f"请写明事由，{allowed[0]} 至 {allowed[-1]} 字，不要写个人信息。")
        return mask(said, self.detector().detect([said])[0], profile("officer")).text

    def found(self, reveal_id: str) -> Reveal | None:
        """Return a request, whoever's it is; None where there is none."""
        try:
            return self.reveals.one(reveal_id)
        except NotVisible:
            return None

    @contextmanager
    def by_kind(
        self, action: str, about: str, reveal: Reveal | None, principal: Principal, now: datetime
    ) -> Iterator[list[Look]]:
        """Record the block once for every kind concerned, ``action:KIND``; once where there is no reveal."""
        kinds = reveal.kinds if reveal else ()
        with self.recorded(action, about, kinds, principal, now) as looks:
            for look in looks:
                look.doc_ids = (reveal.doc_id,) if reveal else ()
            yield looks

    @contextmanager
    def recorded(
        self, action: str, about: str, kinds: Collection[DetectionKind], principal: Principal, now: datetime
    ) -> Iterator[list[Look]]:
        """Record the block once for every kind, ``action:KIND``: 32 characters at most."""
        names = [f"{action}:{kind.value}" for kind in kinds] or [action]
        with ExitStack() as stack:
            yield [
                stack.enter_context(
                    audited(self.audit, principal, via=self.via, action=name, about=about, at=now)
                )
                for name in names
            ]

    def within_post(self, doc_ids: Collection[str], principal: Principal, now: datetime) -> frozenset[str]:
        """Return those the principal sees by its post just now; a grant opens nothing to decide about."""
        return self.store.permitted(doc_ids, principal, now, scope_of(principal, now))

    def stands(self, decision: Decision, doc_id: str, now: datetime) -> bool:
        """Whether who decided still has the duty, and the document in the scope of the post."""
        by = self.store.standing(Principal(decision.by, frozenset(), purpose=decision.purpose))
        try:
            require(by, Duty.APPROVE_REVEALS, now)
        except Forbidden:
            return False
        return doc_id in self.within_post([doc_id], by, now)
