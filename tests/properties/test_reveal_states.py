"""A reveal through any order of events: what opening it gives is what a few lines of a model say."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.store.reveals_port import RevealVerdict
from models.access.reveal import reveal_rules
from models.errors import ArchiveError, Conflict, NotVisible, RevealEnded, RevealExpired
from models.privacy.detections import DetectionKind
from tests.reveal_office import ASKER, AUDITOR, BOSS, PHONE, Office, told
from tests.strategies import PRINTED_ID

_RULES = reveal_rules()
LIMITS = replace(_RULES.limits, per_day=10**6, emergencies_per_day=10**6)
KIND_VALUE = {DetectionKind.PHONE: PHONE, DetectionKind.RESIDENT_ID: PRINTED_ID}
EVENTS = (
    "approve",
    "refuse",
    "withdraw",
    "restore",
    "boss leaves",
    "boss returns",
    "review",
    "wait",
    "wait long",
)
events = st.lists(st.sampled_from(EVENTS), max_size=5)


@dataclass
class Model:
    """What is known of one reveal."""

    kind: DetectionKind
    emergency: bool
    expires_at: datetime
    state: str
    decided: bool = False
    reviewed: bool = False
    held: bool = True
    boss: bool = True

    def opening(self, now: datetime) -> object:
        """Return the state it is in, the values it shows, or the error it is refused with."""
        if self.state == "refused" or (self.state == "waiting" and now < self.expires_at):
            return self.state
        if not self.held:
            return NotVisible
        if now >= self.expires_at:
            return RevealExpired
        return RevealEnded if self.decided and not self.boss else [KIND_VALUE[self.kind]]

    def decision(self, now: datetime) -> type[ArchiveError] | None:
        if not self.held:
            return NotVisible
        return None if self.state == "waiting" and now < self.expires_at else Conflict


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with tempfile.TemporaryDirectory() as folder:
        made = Office(Path(folder), replace(_RULES, limits=LIMITS))
        yield made
        made.archive.close()


def opening(office: Office, reveal_id: str) -> object:
    try:
        opened = office.reveals.open(reveal_id, ASKER)
    except ArchiveError as error:
        return type(error)
    return [v for v in told(opened) if v in KIND_VALUE.values()][:1] or opened.reveal.state.value


def happen(office: Office, model: Model, reveal_id: str, event: str) -> None:
    match event:
        case "approve" | "refuse":
            _decide(office, model, reveal_id, event)
        case "withdraw" | "restore":
            model.held = event == "restore"
            office.archive.store.set_state(office.doc_id, "held" if model.held else "withdrawn")
        case "boss leaves" | "boss returns":
            model.boss = event == "boss returns"
            office.change("boss", disabled=not model.boss)
        case "review":
            expected = Conflict if model.reviewed else None if model.emergency else NotVisible
            review = (reveal_id, RevealVerdict.JUSTIFIED, "已核实情况", AUDITOR)
            if expected is None:
                office.reviews.review(*review)
                model.reviewed = True
            else:
                with pytest.raises(expected):
                    office.reviews.review(*review)
        case _:
            office.now += timedelta(minutes=9) if event == "wait" else timedelta(hours=25)


def _decide(office: Office, model: Model, reveal_id: str, event: str) -> None:
    if not model.boss:
        return

    def act() -> None:
        if event == "approve":
            office.approvals.approve(reveal_id, BOSS)
        else:
            office.approvals.refuse(reveal_id, "与本办件无关", BOSS)

    expected = model.decision(office.now)
    if expected is not None:
        with pytest.raises(expected):
            act()
        return
    act()
    model.state, model.decided = ("granted", True) if event == "approve" else ("refused", True)
    model.expires_at = office.now + LIMITS.approved


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(KIND_VALUE)), st.booleans(), events)
def test_any_order_of_events(
    office: Office, kind: DetectionKind, emergency: bool, happening: list[str]
) -> None:
    asked = office.ask(kind, emergency=emergency).reveal
    waits = kind is DetectionKind.RESIDENT_ID and not emergency
    until = office.now + (LIMITS.waiting if waits else LIMITS.own)
    model = Model(kind, emergency, until, "waiting" if waits else "granted")
    try:
        assert opening(office, asked.reveal_id) == model.opening(office.now)
        for event in happening:
            happen(office, model, asked.reveal_id, event)
            assert opening(office, asked.reveal_id) == model.opening(office.now), event
    finally:
        office.archive.store.set_state(office.doc_id, "held")
        office.change("boss", disabled=False)
        if emergency and not model.reviewed:
            office.reviews.review(asked.reveal_id, RevealVerdict.JUSTIFIED, "已核实情况", AUDITOR)
