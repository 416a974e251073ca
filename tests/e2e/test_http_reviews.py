"""A reviewer's morning over HTTP: what waits, who has it, what becomes of a correction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from models.access.principal import Role
from models.archive.levels import Line
from tests.e2e.http_archive import OTHER_REGION, PRINTED_ID, REGION, House, add_account, running_house

ABSENT = "01930000-0000-7000-8000-000000000000"
SCRAWL = "lorem ipsum dolor sit amet consectetur"  # no Chinese: every classifier leaves it to a person


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("reviews")) as house:
        add_account(house.archive, "second", Role.REVIEWER)
        add_account(house.archive, "far", Role.REVIEWER, region_prefixes=(OTHER_REGION,))
        add_account(house.archive, "medical", Role.REVIEWER, line=Line.MEDICAL)
        yield house


def deposited(house: House, number: int, **metadata: Any) -> str:
    given = {"title": f"scan {number}", "region": REGION, "formed_on": "2019-03-05", "line": "HRSS"}
    archivist = house.bearer("archivist")
    text = f"{SCRAWL} {number} {PRINTED_ID}"
    answer = house.deposit(archivist, text, given | metadata, f"{number}.txt")
    job = house.outcome(archivist, answer.json()["job_id"])
    assert job["kind"] in {"stored", "duplicate"}, job
    return str(job["doc_id"])


def call(house: House, who: str, method: str, path: str, **more: Any) -> Any:
    return house.client.request(method, f"/v1/reviews{path}", headers=house.bearer(who), **more)


def listed(house: House, who: str) -> list[str]:
    answer = call(house, who, "GET", "")
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"items"}  # no total
    return [item["doc_id"] for item in answer.json()["items"]]


def test_a_morning(house: House) -> None:
    doc_id = deposited(house, 1)
    assert doc_id in listed(house, "reviewer")
    assert doc_id not in listed(house, "far") + listed(house, "medical")
    taken = call(house, "reviewer", "POST", f"/{doc_id}/claim").json()
    assert taken["claim"]["by"] == "reviewer"
    assert taken["predicted"]["decision"] == "NEEDS_REVIEW"
    assert (taken["recorded"]["insurance_types"], taken["history"]) == ([], [])
    for action in ("claim", "confirm", "skip"):
        assert call(house, "second", "POST", f"/{doc_id}/{action}").status_code == 409
    said = {"insurance_type": "工伤", "secondary": ["医疗"], "material_type": "工伤认定申请"}
    made = call(house, "reviewer", "POST", f"/{doc_id}/correct", json=said)
    assert made.status_code == 200, made.text
    assert made.json()["truth"] == {"insurance_types": ["工伤", "医疗"], "material_type": "工伤认定申请"}
    assert doc_id not in listed(house, "reviewer")
    shown = house.client.get(f"/v1/documents/{doc_id}", headers=house.bearer("clerk")).json()
    assert (shown["insurance_types"], shown["material_type"]) == (["工伤", "医疗"], "工伤认定申请")
    assert shown["retention"] is not None
    clerk = house.bearer("clerk")
    found = house.search(clerk, "lorem ipsum", filters={"insurance_types": ["工伤"]})
    assert doc_id in {hit["doc_id"] for hit in found}
    later = call(house, "second", "GET", f"/{doc_id}").json()
    assert [(h["verdict"], h["by"]) for h in later["history"]] == [("corrected", "reviewer")]
    assert (later["reviewed"], later["claim"]) == (True, None)
    events = [(e.action, e.principal) for _, e, _ in house.archive.audit.events()]
    assert ("classification_claim", "reviewer") in events
    assert ("classification_corrected", "reviewer") in events


def test_next_skips_what_others_hold_and_what_one_has_skipped(house: House) -> None:
    ids = {deposited(house, n) for n in (11, 12)}
    first = call(house, "reviewer", "POST", "/next").json()["doc_id"]
    second = call(house, "second", "POST", "/next").json()["doc_id"]
    assert {first, second} == ids
    assert call(house, "second", "POST", f"/{second}/skip").json()["truth"] is None
    assert second not in listed(house, "second")
    assert second in listed(house, "reviewer")
    assert call(house, "reviewer", "POST", f"/{first}/confirm").status_code == 200
    assert call(house, "far", "POST", "/next").status_code == 404


def test_absent_and_forbidden_are_the_same_answer(house: House) -> None:
    own = deposited(house, 21)
    for method, path in (("GET", ""), ("POST", "/claim"), ("POST", "/confirm"), ("POST", "/skip")):
        absent = call(house, "far", method, f"/{ABSENT}{path}")
        foreign = call(house, "far", method, f"/{own}{path}")
        assert (absent.status_code, absent.content) == (404, foreign.content)
    said = {"json": {"insurance_type": "养老"}}
    assert (
        call(house, "far", "POST", f"/{own}/correct", **said).content
        == call(house, "far", "POST", f"/{ABSENT}/correct", **said).content
    )


def test_a_document_of_the_other_line_leaves_the_desk(house: House) -> None:
    doc_id = deposited(house, 31, insurance_type="养老", line=None)
    call(house, "reviewer", "POST", f"/{doc_id}/claim")
    assert call(house, "medical", "GET", f"/{doc_id}").status_code == 404
    made = call(house, "reviewer", "POST", f"/{doc_id}/correct", json={"insurance_type": "医疗"})
    assert made.status_code == 200
    assert call(house, "reviewer", "GET", f"/{doc_id}").status_code == 404
    assert call(house, "medical", "GET", f"/{doc_id}").json()["recorded"]["insurance_types"] == ["医疗"]


@pytest.mark.parametrize(
    "said",
    [
        {"insurance_type": "车险"},
        {"insurance_type": "养老", "secondary": ["养老"]},
        {"insurance_type": "其他", "secondary": ["养老"]},
        {"insurance_type": "养老", "secondary": ["医疗", "工伤", "失业"]},
        {"insurance_type": "养老", "material_type": "没有的材料"},
        {"insurance_type": "养老", "note": "x"},
        {},
    ],
)
def test_a_correction_that_makes_no_sense(house: House, said: dict[str, Any]) -> None:
    doc_id = deposited(house, 41)
    call(house, "reviewer", "POST", f"/{doc_id}/claim")
    answer = call(house, "reviewer", "POST", f"/{doc_id}/correct", json=said)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert not [value for value in ("车险", "没有的材料") if value in answer.text]


def test_drift_is_for_reviewers_and_operators(house: House) -> None:
    for who in ("reviewer", "system_admin"):
        told = call(house, who, "GET", "/drift").json()
        assert set(told) >= {"alerts", "months", "labels", "artifact"}
        assert "doc_id" not in str(told)
    assert call(house, "far", "GET", "/drift").json()["months"] == []
    assert call(house, "reviewer", "GET", "/hints").json() == {"hints": []}


def test_nothing_clear_is_in_any_answer(house: House) -> None:
    doc_id = deposited(house, 51)
    answers = [
        call(house, "reviewer", "GET", ""),
        call(house, "reviewer", "POST", f"/{doc_id}/claim"),
        call(house, "reviewer", "GET", f"/{doc_id}"),
    ]
    assert not [a for a in answers if PRINTED_ID in a.text]
