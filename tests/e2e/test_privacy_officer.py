"""An officer's afternoon: read the report, judge, add, have it approved, and find that it all adds up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.bootstrap import utc_now
from models.privacy.bands import bands
from models.privacy.detections import DetectionKind
from tests.e2e.http_archive import House, running_house
from tests.e2e.privacy_archive import CODE, NICKNAME, Papers, deposit, deposited, metadata_of, text_about

# One archive serves the whole module, so one worker reads it.

STATES = ("open", "confirmed", "rejected", "retyped", "added")


@dataclass(frozen=True)
class Afternoon:
    """What the officer read before and after, and per document at the end."""

    papers: Papers
    before: dict[str, Any]
    after: dict[str, Any]
    by_document: list[dict[str, int]]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("officer")) as house:
        yield house


@pytest.fixture(scope="module")
def afternoon(house: House) -> Afternoon:
    """The story itself; whatever is asked of this archive is asked after it."""
    return spend_afternoon(house, deposited(house))


@pytest.fixture(scope="module")
def papers(afternoon: Afternoon) -> Papers:
    return afternoon.papers


def report(house: House, who: str, what: str = "archive") -> dict[str, Any]:
    answer = house.client.get(f"/v1/privacy/reports/{what}", headers=house.bearer(who))
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def judge(house: House, who: str, doc_id: str, number: int, **request: Any) -> dict[str, Any]:
    path = f"/v1/privacy/reports/{doc_id}/findings/{number}/review"
    answer = house.client.post(path, headers=house.bearer(who), json={"reason": "当面核对"} | request)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def add(house: House, who: str, doc_id: str, value: str, kind: str) -> Any:
    text = house.archive.store.content(doc_id).pages[0].text
    start = text.index(value)
    request = {"page_no": 1, "start": start, "end": start + len(value), "kind": kind, "reason": "漏检"}
    path = f"/v1/privacy/reports/{doc_id}/findings"
    return house.client.post(path, headers=house.bearer(who), json=request)


def of_kind(made: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(f for f in made["findings"] if f["kind"] == kind and f["page_no"] == 1)


def adds_up(totals: dict[str, int]) -> bool:
    return sum(totals[state] for state in STATES) == totals["all"]


def read(house: House, who: str, doc_id: str) -> str:
    answer = house.client.get(f"/v1/documents/{doc_id}", headers=house.bearer(who))
    assert answer.status_code == 200
    return str(answer.json()["pages"][0]["text"])


def spend_afternoon(house: House, papers: Papers) -> Afternoon:
    before = report(house, "privacy_officer")
    assert before["documents"] == 7
    assert before["with_sensitive_data"] == 6
    assert before["totals"]["open"] == before["totals"]["all"] > 20
    one, two, three = (papers.ids[name] for name in "123")
    person = papers.people[2]

    for doc_id, count in ((one, 3), (two, 2)):
        for finding in report(house, "privacy_officer", doc_id)["findings"][:count]:
            judge(house, "privacy_officer", doc_id, finding["number"], verdict="confirmed")
    findings = report(house, "privacy_officer", three)
    rejected = [of_kind(findings, kind)["number"] for kind in ("PHONE", "BANK_CARD", "RESIDENT_ID")]
    proposals = [
        judge(house, "privacy_officer", three, number, verdict="false_positive")["allowance_id"]
        for number in rejected
    ]
    assert person.phone not in read(house, "clerk", three)

    officer = house.bearer("privacy_officer")
    assert NICKNAME in house.search(officer, NICKNAME)[0]["passage"]
    for value in (NICKNAME, CODE):
        assert add(house, "privacy_officer", two, value, "PERSON").status_code == 201
    assert add(house, "privacy_officer", two, CODE, "PERSON").status_code == 409
    for name in ("1", "2"):
        assert NICKNAME not in read(house, "clerk", papers.ids[name])
    assert not any(NICKNAME in json.dumps(hit, ensure_ascii=False) for hit in house.search(officer, NICKNAME))
    for doc_id in (one, two, papers.ids["7"]):
        assert not any(CODE in row.text for row in rows(house) if row.doc_id == doc_id)

    path = f"/v1/privacy/allowances/{proposals[0]}/approve"
    assert house.client.post(path, headers=officer).status_code == 403
    assert house.client.post(path, headers=house.bearer("far-officer")).status_code == 404
    assert house.client.post(path, headers=house.bearer("second-officer")).status_code == 200
    assert house.client.post(path, headers=house.bearer("second-officer")).status_code == 409
    text = read(house, "clerk", three)
    assert person.phone in text
    assert person.bank_card not in text

    after = report(house, "second-officer")
    by_document = [report(house, "privacy_officer", doc_id)["totals"] for doc_id in visible(house)]
    return Afternoon(papers, before, after, by_document)


def test_an_officers_afternoon(house: House, afternoon: Afternoon) -> None:
    totals = afternoon.after["totals"]
    assert adds_up(totals)
    assert (totals["confirmed"], totals["rejected"], totals["added"]) == (5, 3, 4)
    assert totals["all"] == afternoon.before["totals"]["all"] + 4
    assert {s: sum(t[s] for t in afternoon.by_document) for s in (*STATES, "needs_review", "all")} == totals
    precision = [kind["precision"] for kind in afternoon.after["kinds"] if kind["precision"]]
    assert sum(p["trials"] for p in precision) == 8
    assert all(p["low"] <= p["value"] <= p["high"] for p in precision)
    assert house.archive.audit.verify() is None


def test_what_is_less_than_sure_is_marked_until_it_is_judged(house: House, afternoon: Afternoon) -> None:
    marked = 0
    for doc_id in visible(house):
        made = report(house, "privacy_officer", doc_id)
        for finding in made["findings"]:
            band = bands()[DetectionKind(finding["kind"])]
            doubtful = finding["state"] == "open" and band.threshold <= finding["score"] < band.sure
            assert finding["needs_review"] is doubtful
        assert made["totals"]["needs_review"] == sum(f["needs_review"] for f in made["findings"])
        marked += made["totals"]["needs_review"]
    assert marked == afternoon.after["totals"]["needs_review"] < afternoon.after["totals"]["open"]


def rows(house: House) -> list[Any]:
    return list(house.archive.store.index_rows(house.archive.embedder.space))


def visible(house: House) -> list[str]:
    headers, found, cursor = house.bearer("privacy_officer"), [], ""
    while cursor is not None:
        query = {"limit": 3, "cursor": cursor}
        page = house.client.get("/v1/privacy/reports", headers=headers, params=query).json()
        found += [row["report_id"] for row in page["reports"]]
        cursor = page["next"]
    return found


def regression(house: House) -> list[dict[str, Any]]:
    answer = house.client.get("/v1/privacy/regression", headers=house.bearer("privacy_officer"))
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_missed_value_is_hidden_in_what_comes_later(house: House, papers: Papers) -> None:
    text = text_about(papers.people[0], f"见{CODE}。")
    meta = metadata_of(papers.people[0], "500199", 99)
    doc_id = deposit(house, house.bearer("intake"), text, meta, "99.txt")
    assert CODE not in read(house, "clerk", doc_id)
    found = report(house, "privacy_officer", doc_id)["findings"]
    assert [f["state"] for f in found if f["recognizer"] == "deny-list"] == ["added"]


def test_nothing_of_another_region(house: House, papers: Papers) -> None:
    far = papers.ids["7"]
    assert far not in visible(house)
    headers = house.bearer("privacy_officer")
    absent = house.client.get(f"/v1/privacy/reports/{papers.ids['7'][:-4]}0000", headers=headers)
    assert house.client.get(f"/v1/privacy/reports/{far}", headers=headers).content == absent.content
    assert report(house, "far-officer")["documents"] == 1
    assert report(house, "far-officer")["totals"]["added"] == 2


def test_an_allowance_ends_on_its_day_and_when_the_finding_is_confirmed(house: House, papers: Papers) -> None:
    doc_id, person = papers.ids["4"], papers.people[3]
    number = of_kind(report(house, "privacy_officer", doc_id), "PHONE")["number"]
    made = judge(house, "privacy_officer", doc_id, number, verdict="false_positive", days=1, scope="all")
    path = f"/v1/privacy/allowances/{made['allowance_id']}/approve"
    assert house.client.post(path, headers=house.bearer("second-officer")).status_code == 200
    assert person.phone in read(house, "clerk", doc_id)
    store = house.archive.store
    tomorrow = store.detections_in_force(doc_id, utc_now() + timedelta(days=1, seconds=1))
    assert tomorrow == store.detections(doc_id) != store.detections_in_force(doc_id, utc_now())
    judge(house, "second-officer", doc_id, number, verdict="confirmed")
    assert person.phone not in read(house, "clerk", doc_id)


def test_a_wrong_kind_is_put_right_but_never_to_show_more(house: House, papers: Papers) -> None:
    doc_id = papers.ids["5"]
    number = of_kind(report(house, "privacy_officer", doc_id), "BANK_CARD")["number"]
    path = f"/v1/privacy/reports/{doc_id}/findings/{number}/review"
    shown = {"verdict": "wrong_kind", "kind": "USCC", "reason": "是单位代码"}
    refused = house.client.post(path, headers=house.bearer("privacy_officer"), json=shown)
    assert refused.status_code == 422
    judge(house, "privacy_officer", doc_id, number, verdict="wrong_kind", kind="PERSON_NO")
    found = report(house, "privacy_officer", doc_id)["findings"][number - 1]
    assert (found["kind"], found["state"]) == ("PERSON_NO", "retyped")
    texts = [row.text for row in rows(house) if row.doc_id == doc_id]
    assert any("〔个人编号〕" in text for text in texts)
    assert not any("〔银行卡号〕" in text for text in texts)
    assert "wrong_kind" in {line["verdict"] for line in regression(house)}


def test_a_second_look_gives_the_recall(house: House, papers: Papers) -> None:
    headers = house.bearer("privacy_officer")
    listed = house.client.get("/v1/privacy/sample", headers=headers).json()["documents"]
    assert [item["report_id"] for item in listed] == [papers.ids["clean"]]
    assert report(house, "privacy_officer")["second_look"]["recall"] is None
    assert house.client.post(f"/v1/privacy/sample/{papers.ids['1']}", headers=headers).status_code == 404
    assert house.client.post(f"/v1/privacy/sample/{papers.ids['clean']}", headers=headers).status_code == 204
    look = report(house, "privacy_officer")["second_look"]
    assert (look["looked"], look["missed"], look["recall"]["value"]) == (1, 0, 1.0)
    assert look["recall"]["low"] < 1.0


def test_the_regression_set_tells_where_and_never_what(house: House, papers: Papers) -> None:
    lines = regression(house)
    assert {line["verdict"] for line in lines} >= {"missed", "false_positive"}
    assert all(set(line) == {"doc_id", "page_no", "start", "end", "kind", "verdict"} for line in lines)
    assert CODE not in json.dumps(lines, ensure_ascii=False)


@pytest.mark.parametrize("form", ["json", "csv", "html"])
def test_every_form_of_the_report_is_served(house: House, papers: Papers, form: str) -> None:
    for what in ("archive", papers.ids["1"]):
        answer = house.client.get(
            f"/v1/privacy/reports/{what}", headers=house.bearer("privacy_officer"), params={"format": form}
        )
        assert answer.status_code == 200
        assert form in answer.headers["content-type"]
        assert papers.people[0].resident_id not in answer.text


def test_a_reason_is_kept_without_the_value_it_speaks_of(house: House, papers: Papers) -> None:
    doc_id, person = papers.ids["6"], papers.people[5]
    number = of_kind(report(house, "privacy_officer", doc_id), "PHONE")["number"]
    reason = f"{person.phone}是单位总机"
    judge(house, "privacy_officer", doc_id, number, verdict="false_positive", reason=reason)
    listed = house.client.get("/v1/privacy/allowances", headers=house.bearer("second-officer")).json()
    told = next(a for a in listed["allowances"] if a["doc_id"] == doc_id)
    assert person.phone not in told["reason"]
    assert told["reason"].endswith("是单位总机")


def test_no_superseded_index_holds_a_missed_value(house: House, papers: Papers) -> None:
    assert papers.ids
    root = Path(house.archive.folder) / "index"
    assert not [path for path in root.rglob("*") if path.is_file() and NICKNAME.encode() in path.read_bytes()]
