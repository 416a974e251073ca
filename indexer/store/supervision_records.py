"""Between rows and the types of supervision; sealing happens here."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import asdict, astuple
from datetime import UTC, date
from typing import Any

from indexer.store.moments import utc
from indexer.store.port import ClearContent
from indexer.store.sealing import Sealed, Sealer
from indexer.store.supervision_port import AlertState, Judgement, KeptAlert, OwnMarks
from indexer.store.supervision_tables import AlertRow, JudgementRow, SupervisedDayRow
from models.archive import archive_no as numbers
from models.archive.names import surname_of
from models.privacy.denied import comparable
from models.supervision.alerts import Alert, Severity
from models.supervision.asked import Asked
from models.supervision.facts import DayFacts, Opened
from models.supervision.looks import MARK_CHARACTERS, DocumentMarks
from models.supervision.memory import FEATURES, Day
from models.supervision.posts import NOT_TAKEN

_NUMBERED = re.compile(r"(?P<series>.*\D)(?P<number>\d{1,9})", re.DOTALL)
_VILLAGE_DIGITS, _COUNTY_DIGITS = 9, 6


def mark_of(sealer: Sealer, value: str, of: str) -> str:
    """Return the keyed mark of a value, '' for none; marks of different kinds never match."""
    known = comparable(value)
    return sealer.keyed_hash(known, f"supervision-{of}")[:MARK_CHARACTERS] if known else ""


def marks_of(sealer: Sealer, doc_id: str, content: ClearContent, region: str) -> DocumentMarks:
    """Return what is compared of a document. A holder without a number is known by name and employer."""
    found = _NUMBERED.fullmatch(numbers.canonical(content.archive_no or ""))
    person = content.holder_id or "\x00".join((content.holder_name or "", content.employer or ""))
    return DocumentMarks(
        doc_id=doc_id,
        holder=mark_of(sealer, person, "holder") if content.holder_id or content.holder_name else "",
        series=mark_of(sealer, found["series"], "series") if found else "",
        number=int(found["number"]) if found else None,
        employer=mark_of(sealer, content.employer or "", "employer"),
        village=region if len(region) >= _VILLAGE_DIGITS else "",
        surname=mark_of(sealer, surname_of(content.holder_name or ""), "surname"),
        region=region[:_COUNTY_DIGITS],
    )


# -- days ---------------------------------------------------------------------------------------


def day_row(sealer: Sealer, one: Day) -> SupervisedDayRow:
    facts = one.facts
    places = (facts.empty, facts.refused, facts.reveals, facts.exports, facts.own, facts.own_names)
    asked = [astuple(a) for a in facts.asked]
    value = [facts.account, one.counts, [astuple(o) for o in one.opened], places, asked]
    account_key = sealer.keyed_hash(facts.account, "supervised-account")
    sealed = sealer.seal(_packed(value), f"{one.day.isoformat()} {account_key}")
    return SupervisedDayRow(
        day=one.day, account_key=account_key, wrapped_key=sealed.wrapped_key, sealed=sealed.content
    )


def day_of(sealer: Sealer, row: SupervisedDayRow) -> Day:
    about = f"{row.day.isoformat()} {row.account_key}"
    account, counts, opened, places, *later = _unpacked(
        sealer.unseal(Sealed(row.wrapped_key, row.sealed), about)
    )
    empty, refused, reveals, exports, own, own_names = (tuple((s, m) for s, m in one) for one in places)
    asked = tuple(Asked(*one) for one in later[0]) if later else ()
    facts = DayFacts(account, row.day, (), empty, refused, reveals, exports, own, own_names, asked)
    # A day kept before a feature was thought of has no count of it, which is not the same as none.
    taken = (*counts, *[NOT_TAKEN] * (len(FEATURES) - len(counts)))
    return Day(row.day, taken, tuple(Opened(*one) for one in opened), facts)


# -- alerts -------------------------------------------------------------------------------------


def sealed_alert(sealer: Sealer, kept: KeptAlert) -> Sealed:
    value = asdict(kept.alert) | {"day": kept.alert.day.isoformat(), "offices": kept.offices}
    return sealer.seal(_packed(value), kept.alert_id)


def alert_row(sealer: Sealer, kept: KeptAlert, matter_key: str) -> AlertRow:
    sealed = sealed_alert(sealer, kept)
    return AlertRow(
        alert_id=kept.alert_id,
        matter_key=matter_key,
        day=kept.alert.day,
        state=kept.state.value,
        score=kept.alert.score,
        raised_at=kept.raised_at.astimezone(UTC),
        wrapped_key=sealed.wrapped_key,
        sealed=sealed.content,
    )


def alert_of(sealer: Sealer, row: AlertRow, judgements: Iterable[JudgementRow]) -> KeptAlert:
    value: dict[str, Any] = _unpacked(sealer.unseal(Sealed(row.wrapped_key, row.sealed), row.alert_id))
    alert = Alert(
        day=date.fromisoformat(value["day"]),
        accounts=tuple(value["accounts"]),
        rules=tuple(value["rules"]),
        severity=Severity(value["severity"]),
        score=value["score"],
        explanation=value["explanation"],
        seqs=tuple(value["seqs"]),
        matter=value["matter"],
    )
    decided = tuple(_judgement_of(sealer, judgement) for judgement in judgements)
    offices = tuple(value["offices"])
    return KeptAlert(row.alert_id, alert, AlertState(row.state), offices, utc(row.raised_at), decided)


def judgement_row(sealer: Sealer, alert_id: str, judgement: Judgement) -> JudgementRow:
    sealed = sealer.seal(judgement.reason.encode("utf-8", "surrogatepass"), f"judgement {alert_id}")
    return JudgementRow(
        alert_id=alert_id,
        verdict=judgement.verdict.value,
        by=judgement.by,
        at=judgement.at.astimezone(UTC),
        wrapped_key=sealed.wrapped_key,
        sealed=sealed.content,
    )


def _judgement_of(sealer: Sealer, row: JudgementRow) -> Judgement:
    reason = sealer.unseal(Sealed(row.wrapped_key, row.sealed), f"judgement {row.alert_id}")
    return Judgement(AlertState(row.verdict), row.by, utc(row.at), reason.decode("utf-8", "surrogatepass"))


# -- own marks ----------------------------------------------------------------------------------


def own_bytes(marks: OwnMarks) -> bytes:
    return _packed([sorted(marks.numbers), sorted(marks.names)])


def own_of(plain: bytes) -> OwnMarks:
    known, names = _unpacked(plain)
    return OwnMarks(frozenset(known), frozenset(names))


def _packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode("ascii"))


def _unpacked(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed))
