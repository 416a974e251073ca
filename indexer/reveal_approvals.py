"""Use case: the second person, who approves or refuses what others ask to see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from indexer.auditing import audited
from indexer.reveal_desk import ABSENT, RevealDesk
from indexer.store.reveals_port import Decision, Reveal, RevealState
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.errors import Forbidden, NotVisible


@dataclass(frozen=True, slots=True)
class PendingReveal:
    """What waits for the principal, with the document's title in the index rendition."""

    reveal: Reveal
    title: str


class RevealApprovals(RevealDesk):
    """Needs the duty to approve (else Forbidden), and the document in the scope of the post, grants aside."""

    def listed(self, principal: Principal) -> list[PendingReveal]:
        """Return others' requests that the principal may decide, oldest first."""
        now = self.clock()
        require(principal, Duty.APPROVE_REVEALS, now)
        with audited(
            self.audit, principal, via=self.via, action="reveal_list", about="approvals", at=now
        ) as look:
            others = [r for r in self.reveals.waiting(now) if r.subject != principal.subject]
            seen = self.within_post({r.doc_id for r in others}, principal, now)
            look.doc_ids = tuple(sorted(seen))
            titles = self.store.titles(seen)
            return [PendingReveal(r, titles[r.doc_id]) for r in others if r.doc_id in seen]

    def approve(self, reveal_id: str, principal: Principal) -> Reveal:
        """Let the requester see the values from now on, for the time the rules give.

        Raises:
            NotVisible: absent, or of a document outside the principal's post.
            Forbidden: one's own request. Conflict: decided already, or lapsed.
        """
        with self._deciding("reveal_approve", reveal_id, principal) as (reveal, now):
            decision = Decision(principal.subject, principal.purpose, now)
            until = now + self.rules.limits.approved
            return self.reveals.decide(reveal.reveal_id, RevealState.GRANTED, decision, until)

    def refuse(self, reveal_id: str, note: str, principal: Principal) -> Reveal:
        """Refuse, and say why; errors as `approve`, and InvalidInput where nothing is said."""
        with self._deciding("reveal_refuse", reveal_id, principal) as (reveal, now):
            decision = Decision(principal.subject, principal.purpose, now, self.told(note))
            return self.reveals.decide(reveal.reveal_id, RevealState.REFUSED, decision, reveal.expires_at)

    @contextmanager
    def _deciding(
        self, action: str, reveal_id: str, principal: Principal
    ) -> Iterator[tuple[Reveal, datetime]]:
        now = self.clock()
        principal = self.store.standing(principal)
        require(principal, Duty.APPROVE_REVEALS, now)
        found = self.found(reveal_id)
        found = found if found and self.within_post([found.doc_id], principal, now) else None
        with self.by_kind(action, reveal_id, found, principal, now):
            if found is None:
                raise NotVisible(ABSENT)
            if found.subject == principal.subject:
                raise Forbidden("不能处理自己的申请，请由另一位有此职责的人处理。")
            yield found, now
