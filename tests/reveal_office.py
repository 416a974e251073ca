"""An archive with one document, people of every part in a reveal, and a clock that is set by hand."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from indexer.reveal_approvals import RevealApprovals
from indexer.reveal_reviews import EmergencyReviews
from indexer.reveals import OpenedReveal, RevealRequest, Reveals
from indexer.store.access_sqlalchemy import SqlAccessStore
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.port import Account
from indexer.store.reveals_sqlalchemy import SqlRevealStore
from models.access.principal import Principal, Role
from models.access.reveal import RevealRules, reveal_rules
from models.access.scope import EVERYTHING, NOTHING
from models.archive.levels import AccessLevel
from models.privacy.detections import DetectionKind
from tests.assembly import archive_in, clerk, record
from tests.fakes_privacy import FakeDetector
from tests.strategies import NOW, PRINTED_ID

NAME, PHONE, CASE = "欧阳锦程", "13812345678", "BJ2020-7"
TEXT = f"退休审批表\n姓名:{NAME}，公民身份号码{PRINTED_ID}，电话{PHONE}。\n"
FIELDS = {"holder_name": NAME, "holder_id": PRINTED_ID, "employer": f"{NAME}餐饮店", "办件编号": "BJ 2020－7"}
REASON = "核对待遇领取人"
ASKER = replace(clerk(clearance=AccessLevel.WORK_SECRET, purpose="查阅答复"), subject="asker")


def someone(name: str, role: Role, **changes: Any) -> Principal:
    return replace(clerk(role=role, **changes), subject=name)


BOSS = someone("boss", Role.REVIEWER, purpose="复核")
FAR_BOSS = someone("far-boss", Role.REVIEWER, purpose="复核", regions=("51",))
OFFICER = someone("officer", Role.PRIVACY_OFFICER, purpose="隐私检查")
AUDITOR = someone("auditor", Role.AUDIT_ADMIN, purpose="审计", regions=())
OTHER = replace(ASKER, subject="other")
PEOPLE = (ASKER, OTHER, BOSS, FAR_BOSS, OFFICER, AUDITOR)


@dataclass
class Office:
    """Everything stands on one folder; ``now`` is what the clock says."""

    folder: Path
    rules: RevealRules = field(default_factory=reveal_rules)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.archive = archive_in(self.folder)
        self.accounts = SqlAccountStore(self.archive.engine)
        self.access = SqlAccessStore(self.archive.engine, self.archive.sealer)
        if not self.accounts.accounts():
            for person in PEOPLE:
                self.accounts.add_account(Account(person, None))
            self.archive.ingest(record("one", TEXT, title=f"退休审批表（{NAME}）", metadata=FIELDS))
        (self.doc_id,) = self.archive.store.ids_inside(EVERYTHING, NOTHING)

    @classmethod
    def copied(cls, made: Path, folder: Path, rules: RevealRules | None = None) -> Office:
        """Return an office on a copy of one that was made and closed before."""
        shutil.copytree(made, folder, dirs_exist_ok=True)
        return cls(folder, rules or reveal_rules())

    @cached_property
    def _desk(self) -> dict[str, Any]:
        archive = self.archive
        kept = SqlRevealStore(archive.engine, archive.sealer)
        return {
            "store": archive.store,
            "reveals": kept,
            "audit": archive.audit,
            "detector": FakeDetector,
            "clock": lambda: self.now,
            "rules": self.rules,
        }

    @property
    def reveals(self) -> Reveals:
        return Reveals(**self._desk)

    @property
    def approvals(self) -> RevealApprovals:
        return RevealApprovals(**self._desk)

    @property
    def reviews(self) -> EmergencyReviews:
        return EmergencyReviews(**self._desk)

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)

    def ask(
        self,
        *kinds: DetectionKind,
        by: Principal = ASKER,
        reason: str = REASON,
        case_no: str = CASE,
        emergency: bool = False,
        doc_id: str | None = None,
    ) -> OpenedReveal:
        wanted = RevealRequest(frozenset(kinds), reason, case_no, emergency)
        return self.reveals.request(doc_id or self.doc_id, wanted, by)

    def recorded(self) -> list[tuple[str, str, str]]:
        """Return who did what and how it ended, in order."""
        return [(e.principal, e.action, e.outcome) for _, e, _ in self.archive.audit.events()]

    def change(self, name: str, **values: Any) -> None:
        """Change an account as an administrator of accounts would."""
        self.accounts._update(name, **values)


def told(opened: OpenedReveal) -> list[str]:
    """Return every value shown, in order."""
    return [p.place.value for p in opened.values.pages] + [c.value for c in opened.values.catalogue]
