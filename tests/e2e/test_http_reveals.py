"""Reveals over HTTP, with a clock set by hand: the journey, the brute paths, and what is left behind."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.bootstrap import utc_now
from models.access.principal import Role
from models.archive.levels import AccessLevel
from tests.e2e.http_archive import (
    METADATA,
    NAME,
    PENSION,
    PRINTED_ID,
    House,
    LoadedArchive,
    add_account,
    add_accounts,
    settings_for,
    wait_until_ready,
)

ABSENT = "01930000-0000-7000-8000-000000000000"
CARD = "6222021234567890128"
REASON, CASE = "核对领取人身份", "BJ2026-0412"


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> Any:
        return utc_now() + self.ahead


class Counter:
    """A house with a clock and one document."""

    def __init__(self, house: House, clock: Clock, doc_id: str) -> None:
        self.house, self.clock, self.doc_id = house, clock, doc_id

    def ask(self, who: str, *kinds: str, doc_id: str = "", **more: Any) -> Any:
        body = {"kinds": list(kinds), "reason": REASON, "case_no": CASE} | more
        return self.house.client.post(
            f"/v1/documents/{doc_id or self.doc_id}/reveal", headers=self.house.bearer(who), json=body
        )

    def get(self, who: str, path: str) -> Any:
        return self.house.client.get(f"/v1/reveals{path}", headers=self.house.bearer(who))

    def post(self, who: str, path: str, **body: Any) -> Any:
        given: dict[str, Any] = {"json": body} if body else {}
        return self.house.client.post(f"/v1/reveals/{path}", headers=self.house.bearer(who), **given)


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    clock = Clock()
    archive = LoadedArchive(settings_for(tmp_path_factory.mktemp("reveals")), "http", clock=clock)
    add_accounts(archive)
    add_account(archive, "second-clerk", Role.CLERK)
    add_account(archive, "answering", Role.CLERK, purpose="查阅答复")
    add_account(archive, "hasty", Role.CLERK, purpose="业务经办")
    app = create_app(archive)
    # Who is logged in stays so while the clock is put on.
    app.state.service = replace(app.state.service, tokens=replace(archive.tokens, clock=utc_now))
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_ready(client)
        house = House(archive, client)
        intake = house.bearer("intake")
        text = f"{PENSION}银行卡号：{CARD}。\n"
        job = house.outcome(intake, house.deposit(intake, text, METADATA).json()["job_id"])
        yield Counter(house, clock, job["doc_id"])


def values(answer: Any) -> list[str]:
    told = answer.json()
    return [p["value"] for p in told["places"]] + [c["value"] for c in told["catalogue"]]


def test_a_clerk_sees_names_at_once_where_they_are_masked(counter: Counter) -> None:
    answer = counter.ask("clerk", "PERSON")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert answer.headers["location"] == f"/v1/reveals/{told['reveal']['reveal_id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert told["reveal"]["state"] == "granted"
    shown = counter.house.client.get(
        f"/v1/documents/{counter.doc_id}", headers=counter.house.bearer("clerk")
    ).json()
    (place,) = told["places"]
    masked = shown["pages"][0]["text"][place["start"] : place["end"]]
    assert (masked, place["value"], place["whole"]) == ("欧阳**", NAME, True)
    assert told["catalogue"] == [{"name": "holder_name", "kind": "PERSON", "value": NAME}]
    assert PRINTED_ID not in answer.text
    assert CARD not in answer.text


def test_the_whole_journey_with_a_second_person(counter: Counter) -> None:
    asked = counter.ask("clerk", "BANK_CARD")
    assert asked.status_code == 202
    assert values(asked) == []
    reveal_id = asked.json()["reveal"]["reveal_id"]
    assert counter.get("clerk", f"/{reveal_id}").json()["reveal"]["state"] == "waiting"
    waiting = counter.get("reviewer", "/approvals").json()["waiting"]
    (pending,) = [one for one in waiting if one["reveal_id"] == reveal_id]
    assert (pending["subject"], pending["kinds"], pending["reason"], pending["case_no"]) == (
        "clerk", ["BANK_CARD"], REASON, CASE,
    )  # fmt: skip
    decided = counter.post("reviewer", f"{reveal_id}/approve")
    assert (decided.status_code, decided.json()["state"]) == (200, "granted")
    assert values(counter.get("clerk", f"/{reveal_id}")) == [CARD]
    assert counter.post("privacy_officer", f"{reveal_id}/approve").json()["code"] == "conflict"
    counter.clock.ahead += timedelta(minutes=61)
    expired = counter.get("clerk", f"/{reveal_id}")
    assert (expired.status_code, expired.json()["code"]) == (409, "reveal_expired")
    listed = {r["reveal_id"]: r for r in counter.get("clerk", "").json()["reveals"]}
    assert (listed[reveal_id]["state"], listed[reveal_id]["opened"]) == ("expired", 1)
    assert listed[reveal_id]["decided_by"] == "reviewer"


def test_a_refusal_is_told_with_its_reason(counter: Counter) -> None:
    reveal_id = counter.ask("answering", "RESIDENT_ID").json()["reveal"]["reveal_id"]
    assert counter.post("reviewer", f"{reveal_id}/refuse", note="与本办件无关").status_code == 200
    told = counter.get("answering", f"/{reveal_id}").json()
    assert (told["reveal"]["state"], told["reveal"]["note"], told["places"]) == (
        "refused",
        "与本办件无关",
        [],
    )


def waiting(counter: Counter) -> tuple[int, float, str]:
    """Return how many emergencies `/metrics` says wait for a review, the hours of the first, and its text."""
    told = counter.house.client.get("/metrics", headers=counter.house.bearer("system_admin")).text
    values = dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
    hours = float(values["chadang_emergencies_oldest_hours"])
    return int(values["chadang_emergencies_unreviewed"]), hours, told


def test_an_emergency_and_its_review(counter: Counter) -> None:
    answer = counter.ask("hasty", "BANK_CARD", emergency=True)
    assert (answer.status_code, values(answer)) == (200, [CARD])
    reveal_id = answer.json()["reveal"]["reveal_id"]
    before = waiting(counter)[0]
    counter.clock.ahead += timedelta(hours=73)
    again = counter.ask("hasty", "BANK_CARD", emergency=True)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    listed = counter.get("audit_admin", "/emergencies")
    (flagged,) = [e for e in listed.json()["emergencies"] if e["reveal_id"] == reveal_id]
    assert (flagged["overdue"], flagged["verdict"], flagged["opened"]) == (True, None, 1)
    assert listed.json()["overdue"] == 1
    for word in (REASON, CASE, NAME, CARD):
        assert word not in listed.text
    unreviewed, hours, told = waiting(counter)
    assert unreviewed == before >= 1
    assert 73 <= hours < 74
    for word in (REASON, CASE, NAME, CARD, "hasty", reveal_id, counter.doc_id):
        assert word not in told
    verdict = {"verdict": "unjustified", "note": "并无紧急情形"}
    assert counter.post("security_admin", f"{reveal_id}/review", **verdict).status_code == 403
    assert counter.post("audit_admin", f"{reveal_id}/review", **verdict).json()["verdict"] == "unjustified"
    assert counter.post("audit_admin", f"{reveal_id}/review", **verdict).status_code == 409
    assert waiting(counter)[0] == before - 1
    assert counter.ask("hasty", "BANK_CARD", emergency=True).status_code == 200


def test_absent_hidden_and_other_people_s_are_one_answer_byte_for_byte(counter: Counter) -> None:
    absent = counter.ask("clerk", "PERSON", doc_id=ABSENT)
    assert absent.status_code == 404
    for who in ("medical-clerk", "far-clerk", "low-clerk"):
        assert counter.ask(who, "PERSON").content == absent.content, who
    mine = counter.ask("clerk", "PERSON").json()["reveal"]["reveal_id"]
    assert counter.get("second-clerk", f"/{mine}").status_code == 404
    assert counter.get("second-clerk", f"/{mine}").content == counter.get("clerk", f"/{ABSENT}").content
    held = counter.ask("clerk", "BANK_CARD").json()["reveal"]["reveal_id"]
    add_account(counter.house.archive, "far-boss", Role.REVIEWER, region_prefixes=("510104",))
    tried = [counter.post("far-boss", f"{one}/approve").content for one in (held, ABSENT)]
    assert tried[0] == tried[1]


def test_brute_paths_lead_nowhere(counter: Counter) -> None:
    reveal_id = counter.ask("clerk", "BANK_CARD").json()["reveal"]["reveal_id"]
    for who in ("clerk", "second-clerk", "archivist", "audit_admin", "supervisor", "intake"):
        assert counter.post(who, f"{reveal_id}/approve").status_code == 403, who
    assert counter.ask("archivist", "BANK_CARD").status_code == 403
    assert counter.ask("privacy_officer", "BANK_CARD", emergency=True).status_code == 403
    assert counter.ask("clerk", "NOTHING").status_code == 422
    assert counter.ask("clerk", "PERSON", reason=" ").status_code == 422
    assert counter.ask("clerk", "PERSON", case_no=PRINTED_ID).status_code == 422
    assert counter.ask("clerk").status_code == 422
    assert counter.get("clerk", f"/{reveal_id}/../{reveal_id}x").status_code == 404
    assert values(counter.get("clerk", f"/{reveal_id}")) == []


def test_an_account_closed_or_a_document_withdrawn_ends_it_at_once(counter: Counter) -> None:
    archive, doc_id = counter.house.archive, counter.doc_id
    reveal_id = counter.ask("second-clerk", "PERSON").json()["reveal"]["reveal_id"]
    with ExitStack() as after:
        after.callback(archive.store.set_state, doc_id, "held")
        archive.store.set_state(doc_id, "withdrawn")
        assert counter.get("second-clerk", f"/{reveal_id}").status_code == 404
    assert NAME in values(counter.get("second-clerk", f"/{reveal_id}"))
    archive.accounts.set_disabled("second-clerk", disabled=True)
    assert counter.get("second-clerk", f"/{reveal_id}").status_code == 401
    archive.accounts.set_disabled("second-clerk", disabled=False)


def test_of_two_approvals_at_once_one_is_told_it_came_late(counter: Counter) -> None:
    reveal_id = counter.ask("clerk", "BANK_CARD").json()["reveal"]["reveal_id"]
    people = ("reviewer", "privacy_officer")
    for who in people:
        counter.house.bearer(who)
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda who: counter.post(who, f"{reveal_id}/approve").status_code, people))
    assert sorted(told) == [200, 409]


def test_neither_log_nor_disk_holds_what_was_shown_or_said(
    counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    add_account(counter.house.archive, "careful", Role.CLERK, clearance=AccessLevel.INTERNAL)
    asked = counter.ask("careful", "PERSON", "RESIDENT_ID", reason=f"{NAME}本人持{PRINTED_ID}在窗口")
    assert PRINTED_ID in values(asked)
    assert PRINTED_ID not in str(asked.json()["reveal"])
    counter.get("careful", f"/{asked.json()['reveal']['reveal_id']}")
    ours = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    logged = "\n".join(logging.Formatter().format(record) for record in ours)
    assert "/v1/documents/{doc_id}/reveal" in logged
    folder = Path(counter.house.archive.folder)
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for value in (NAME, PRINTED_ID, CARD, REASON, CASE):
        assert value not in logged
        for spelled in (value.encode(), value.encode("utf-16-le"), value.encode("unicode_escape")):
            assert spelled not in written
