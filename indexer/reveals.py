"""Use case: masked values shown in clear to who needs them for a case: asked for, opened, listed.

Nothing that is shown is kept: a reveal is a document, kinds and a time, and the values are read anew at each
opening, for as long as all it rests on still holds.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from indexer.auditing import audited
from indexer.reading import require_visible
from indexer.reveal_desk import ABSENT, RevealDesk
from indexer.reveal_rendering import Showing, Values
from indexer.store.identifiers import new_id
from indexer.store.marks import case_no_of
from indexer.store.reveals_port import Reveal, RevealState
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.access.reveal import may_break_glass, needs_second, never_shown
from models.errors import Forbidden, InvalidInput, NotVisible, RevealEnded, RevealExpired
from models.privacy.checksums import compact, is_resident_id
from models.privacy.classes import class_of
from models.privacy.detections import DetectionKind
from models.text.normalisation import normalise


@dataclass(frozen=True, slots=True)
class RevealRequest:
    """What is wanted; ``emergency``: at once, to be reviewed afterwards."""

    kinds: frozenset[DetectionKind]
    reason: str = field(repr=False)
    case_no: str = field(repr=False)
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class OpenedReveal:
    """``values`` are empty while the reveal waits and when it was refused."""

    reveal: Reveal
    values: Values = field(default_factory=Values, repr=False)


class Reveals(RevealDesk):
    """The desk of who asks; everything needs the duty to reveal (else Forbidden) and is recorded by kind."""

    def request(self, doc_id: str, wanted: RevealRequest, principal: Principal) -> OpenedReveal:
        """Ask for values; they come at once unless a second person has to approve.

        Raises:
            Forbidden: one of the kinds is never shown for this post and purpose, or not in an emergency.
            InvalidInput: reason or case number are missing or too long, or no kind is named.
            NotVisible: no such document, or not the principal's to see. TooManyRequests: see the limits.
            Conflict: an emergency, and an earlier one is overdue for review.
        """
        now = self.clock()
        principal = self.store.standing(principal)
        require(principal, Duty.REVEAL, now)
        action = "reveal_emergency" if wanted.emergency else "reveal_request"
        with self.recorded(action, doc_id, _ordered(wanted.kinds), principal, now) as looks:
            reason, case_no = self._checked(wanted, principal)
            require_visible(self.store, doc_id, principal, now)
            reveal = self._made(doc_id, replace(wanted, reason=reason, case_no=case_no), principal, now)
            self.reveals.add(reveal, self.rules.limits)
            for look in looks:
                look.doc_ids = (doc_id,)
                look.outcome = "ok" if reveal.state is RevealState.GRANTED else "waiting"
        if reveal.state is RevealState.WAITING:
            return OpenedReveal(reveal)
        return self.open(reveal.reveal_id, principal)

    def open(self, reveal_id: str, principal: Principal) -> OpenedReveal:
        """Open one's own reveal again, or learn that it waits or was refused.

        Raises:
            NotVisible: absent, another's, or of a document that is not the principal's to see any more.
            RevealExpired: its time has run out. RevealEnded: what it rests on no longer holds.
            Forbidden: it was asked for another purpose than that of the session.
        """
        now = self.clock()
        principal = self.store.standing(principal)
        require(principal, Duty.REVEAL, now)
        found = self.found(reveal_id)
        found = found if found and found.subject == principal.subject else None
        with self.by_kind("reveal_open", reveal_id, found, principal, now) as looks:
            if found is None:
                raise NotVisible(ABSENT)
            if found.state is RevealState.REFUSED or found.waits_at(now):
                for look in looks:
                    look.outcome = found.state.value
                return OpenedReveal(found)
            self._check_still(found, principal, now)
            opened = self.reveals.open(reveal_id, now)
            showing = Showing(self.store, self.detector, self.rules)
            values = showing.values(opened.doc_id, opened.kinds, principal, now)
            require_visible(self.store, opened.doc_id, principal, now)  # it took a moment to read them
            return OpenedReveal(opened, values)

    def listed(self, principal: Principal) -> list[Reveal]:
        """Return the principal's own requests, the latest first; nothing is opened by it."""
        now = self.clock()
        require(principal, Duty.REVEAL, now)
        with audited(self.audit, principal, via=self.via, action="reveal_list", about="own", at=now):
            return self.reveals.of_subject(principal.subject)

    def _checked(self, wanted: RevealRequest, principal: Principal) -> tuple[str, str]:
        """Return reason (personal data starred) and case number; nothing here looks at the document."""
        case_no, allowed = wanted.case_no.strip(), self.rules.limits.case_no
        if not wanted.kinds:
            raise InvalidInput("请说明要显示哪些种类。")
        if len(case_no) not in allowed:
            raise InvalidInput(f"请写明办件编号，{allowed[0]} 至 {allowed[-1]} 个字符。")
        if is_resident_id(compact(normalise(case_no))):
            raise InvalidInput("办件编号处不要填写身份证号，请填写办件的编号。")
        never = never_shown(self.rules, principal, wanted.kinds)
        if never:
            raise Forbidden(
                f"当前岗位和用途不能显示：{_names(never)}；请去掉这些种类，或换用岗位允许的用途。"
            )
        if wanted.emergency and not may_break_glass(self.rules, principal, wanted.kinds):
            raise Forbidden("当前岗位和用途不能紧急查阅，请按平常的办法申请。")
        return self.told(wanted.reason), case_no

    def _made(self, doc_id: str, wanted: RevealRequest, principal: Principal, now: datetime) -> Reveal:
        limits = self.rules.limits
        level = self.store.facts([doc_id])[doc_id].access_level
        kinds = _ordered(wanted.kinds)
        waits = not wanted.emergency and needs_second(self.rules, principal, kinds, level)
        return Reveal(
            reveal_id=new_id(),
            doc_id=doc_id,
            subject=principal.subject,
            purpose=principal.purpose,
            kinds=kinds,
            reason=wanted.reason,
            case_no=wanted.case_no,
            case_fits=_fits(wanted.case_no, case_no_of(self.store.content(doc_id))),
            emergency=wanted.emergency,
            state=RevealState.WAITING if waits else RevealState.GRANTED,
            requested_at=now,
            expires_at=now + (limits.waiting if waits else limits.own),
        )

    def _check_still(self, reveal: Reveal, principal: Principal, now: datetime) -> None:
        """Raise unless everything the reveal rests on holds now, the document being visible first of all."""
        require_visible(self.store, reveal.doc_id, principal, now)
        if now >= reveal.expires_at:
            raise RevealExpired("这次申请已到期；仍有需要的，请重新申请。")
        if principal.purpose != reveal.purpose:
            raise Forbidden("这次申请是为另一用途提出的，请以同一用途登录后查看。")
        level = self.store.facts([reveal.doc_id])[reveal.doc_id].access_level
        if reveal.decision is not None:
            holds = self.stands(reveal.decision, reveal.doc_id, now)
        elif reveal.emergency:
            holds = may_break_glass(self.rules, principal, reveal.kinds)
        else:
            holds = not needs_second(self.rules, principal, reveal.kinds, level)
        if not holds or never_shown(self.rules, principal, reveal.kinds):
            raise RevealEnded("批准人、岗位或档案的情况已有变化，这次显示随之失效；仍有需要的，请重新申请。")


def _ordered(kinds: Collection[DetectionKind]) -> tuple[DetectionKind, ...]:
    return tuple(kind for kind in DetectionKind if kind in kinds)


def _names(kinds: Collection[DetectionKind]) -> str:
    return "、".join(class_of(kind).name for kind in kinds)


def _fits(case_no: str, named: str) -> bool | None:
    """Whether the number is the one the catalogue names, however written; None where it names none."""

    def plain(number: str) -> str:
        return "".join(normalise(number).split()).casefold()

    return plain(case_no) == plain(named) if plain(named) else None
