"""Use case: emergencies reviewed afterwards by who, when and how often; nothing of a document is seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from indexer.auditing import audited
from indexer.reveal_desk import ABSENT, RevealDesk
from indexer.store.reveals_port import EmergencyReview, Reveal, RevealVerdict
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.errors import Forbidden, NotVisible


@dataclass(frozen=True, slots=True)
class Emergency:
    """An emergency; ``due_at``: until when it has to be reviewed; ``overdue``: it was not."""

    reveal: Reveal
    due_at: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class Emergencies:
    """Those not reviewed first."""

    listed: tuple[Emergency, ...]

    @property
    def unreviewed(self) -> int:
        return sum(e.reveal.review is None for e in self.listed)

    @property
    def overdue(self) -> int:
        return sum(e.overdue for e in self.listed)


class EmergencyReviews(RevealDesk):
    """Needs the duty to review reveals, which an administrator of audit has (else Forbidden)."""

    def listed(self, principal: Principal) -> Emergencies:
        """Return all emergencies of the archive, without reason and case number."""
        now = self.clock()
        require(principal, Duty.REVIEW_REVEALS, now)
        with audited(self.audit, principal, via=self.via, action="reveal_list", about="emergencies", at=now):
            return Emergencies(tuple(self._emergency(r, now) for r in self.reveals.emergencies()))

    def unreviewed(self) -> tuple[int, datetime | None]:
        """Return how many wait for a review and since when the first does: counters of the operator."""
        return self.reveals.unreviewed()

    def review(self, reveal_id: str, verdict: RevealVerdict, note: str, principal: Principal) -> Emergency:
        """Record what the review found.

        Raises:
            NotVisible: absent, or no emergency. Conflict: reviewed already.
            Forbidden: one's own. InvalidInput: nothing is said.
        """
        now = self.clock()
        require(principal, Duty.REVIEW_REVEALS, now)
        found = self.found(reveal_id)
        found = found if found and found.emergency else None
        with self.by_kind("reveal_review", reveal_id, found, principal, now) as looks:
            if found is None:
                raise NotVisible(ABSENT)
            if found.subject == principal.subject:
                raise Forbidden("不能复核自己的紧急查阅，请由另一位审计管理员复核。")
            made = EmergencyReview(principal.subject, now, verdict, self.told(note))
            reviewed = self.reveals.review(reveal_id, made)
            for look in looks:
                look.outcome = verdict.value
            return self._emergency(reviewed, now)

    def _emergency(self, reveal: Reveal, now: datetime) -> Emergency:
        due_at = reveal.requested_at + self.rules.limits.review_within
        return Emergency(_without_words(reveal), due_at, reveal.review is None and now >= due_at)


def _without_words(reveal: Reveal) -> Reveal:
    """Return it without what was said about the case: 三员 judge by who, when, which kinds and how often."""
    return replace(reveal, reason="", case_no="")
