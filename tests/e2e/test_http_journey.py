"""From an account to a masked hit, over HTTP, with the real store, index, embedder and detector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from models.classification.results import Classification
from tests.e2e.http_archive import METADATA, NAME, OTHER_REGION, PENSION, PRINTED_ID, House, running_house
from tests.fakes_classifier import KeywordClassifier

ABSENT = "01930000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("journey")) as house:
        yield house


@pytest.fixture(scope="module")
def doc_id(house: House) -> str:
    """The id of a pension document of the region, deposited by its intake system."""
    intake = house.bearer("intake")
    answer = house.deposit(intake, metadata=METADATA)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json()['job_id']}"
    job = house.outcome(intake, answer.json()["job_id"])
    assert (job["state"], job["kind"]) == ("done", "stored"), job
    return str(job["doc_id"])


def test_the_clerk_of_region_and_line_finds_and_reads_it_masked(house: House, doc_id: str) -> None:
    clerk = house.bearer("clerk")
    hits = house.search(clerk, "退休审批", filters={"insurance_types": ["养老"], "year_from": 2019})
    assert [hit["doc_id"] for hit in hits] == [doc_id]
    assert "批准退休" in hits[0]["passage"]
    read = house.client.get(f"/v1/documents/{doc_id}", headers=clerk)
    assert read.status_code == 200
    page = read.json()["pages"][0]["text"]
    assert "欧阳**" in page
    assert "110***********002X" in page
    for answer in (str(hits), read.text):
        assert NAME not in answer
        assert PRINTED_ID not in answer


@pytest.mark.parametrize("name", ["medical-clerk", "far-clerk", "low-clerk"])
def test_another_line_region_or_clearance_neither_finds_nor_reads_it(
    house: House, doc_id: str, name: str
) -> None:
    headers = house.bearer(name)
    assert house.search(headers, "退休审批") == []
    forbidden = house.client.get(f"/v1/documents/{doc_id}", headers=headers)
    absent = house.client.get(f"/v1/documents/{ABSENT}", headers=headers)
    nonsense = house.client.get(f"/v1/documents/{PRINTED_ID}", headers=headers)
    assert forbidden.status_code == absent.status_code == nonsense.status_code == 404
    assert forbidden.content == absent.content == nonsense.content
    own = {"x-request-id"}
    assert [(k, v) for k, v in forbidden.headers.items() if k not in own] == [
        (k, v) for k, v in absent.headers.items() if k not in own
    ]


@pytest.mark.parametrize(
    "filters",
    [
        {"insurance_types": ["医疗"]},
        {"year_to": 2018},
        {"region_prefix": OTHER_REGION},
        {"material_types": ["其他材料"]},
    ],
    ids=["insurance", "year", "region", "material"],
)
def test_a_filter_leaves_it_out(house: House, doc_id: str, filters: dict[str, Any]) -> None:
    assert house.search(house.bearer("clerk"), "退休审批", filters=filters) == []


def test_without_a_region_only_the_archivist_finds_it(house: House) -> None:
    intake = house.bearer("intake")
    text = "失业保险金申领登记表\n本人申请领取失业保险金，期限十二个月。\n"
    job = house.outcome(intake, house.deposit(intake, text, {"insurance_type": "失业"}).json()["job_id"])
    assert "缺行政区划代码，待著录" in job["notes"]
    found = {
        name: [hit["doc_id"] for hit in house.search(house.bearer(name), "失业保险金申领登记表")]
        for name in ("archivist", "clerk", "far-clerk")
    }
    assert job["doc_id"] in found["archivist"]
    assert job["doc_id"] not in found["clerk"]
    assert found["far-clerk"] == []


def test_classification_shows_evidence_without_personal_data_and_proposes_a_retention(house: House) -> None:
    answer = house.client.post("/v1/classify", headers=house.bearer("clerk"), json={"text": PENSION})
    assert answer.status_code == 200
    made = answer.json()
    assert made["insurance_type"] == "养老"
    assert abs(sum(label["probability"] for label in made["labels"]) - 1) < 0.01
    assert made["retention"]["period"] == "50年"
    assert made["retention"]["verified"] is False
    assert NAME not in answer.text
    assert PRINTED_ID not in answer.text


class QuotingClassifier(KeywordClassifier):
    """Gives the whole text it was shown as evidence."""

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        return [
            replace(made, evidence=(text,)) for made, text in zip(super().classify(texts), texts, strict=True)
        ]


def test_the_classifier_is_shown_the_masked_text_only(house: House) -> None:
    clerk, kept = house.bearer("clerk"), house.archive.classifier
    house.archive.__dict__["classifier"] = QuotingClassifier()
    try:
        answer = house.client.post("/v1/classify", headers=clerk, json={"text": PENSION})
    finally:
        house.archive.__dict__["classifier"] = kept
    (shown,) = answer.json()["evidence"]
    assert "姓名：〔姓名〕，公民身份号码：〔身份证号〕。" in shown


def test_detection_says_where_and_never_what(house: House) -> None:
    answer = house.client.post("/v1/privacy/detect", headers=house.bearer("intake"), json={"text": PENSION})
    assert answer.status_code == 200
    made = answer.json()
    assert made["degraded"] is False
    values = {PENSION[d["start"] : d["end"]]: d["kind"] for d in made["detections"]}
    assert values[NAME] == "PERSON"
    assert values[PRINTED_ID] == "RESIDENT_ID"
    assert NAME not in answer.text
    assert PRINTED_ID not in answer.text


def test_many_callers_at_once_get_what_one_gets(house: House, doc_id: str) -> None:
    clerk, officer = house.bearer("clerk"), house.bearer("privacy_officer")
    calls = [
        ("/v1/search", clerk, {"query": "退休审批表 二〇一九年"}),
        ("/v1/classify", clerk, {"text": PENSION}),
        ("/v1/privacy/detect", officer, {"text": PENSION * 3}),
    ]

    def asked(number: int) -> str:
        path, headers, body = calls[number % len(calls)]
        answer = house.client.post(path, headers=headers, json=body)
        assert answer.status_code == 200
        return str(answer.text)

    alone = [asked(number) for number in range(len(calls))]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(asked, range(48)))
    assert together == [alone[number % len(calls)] for number in range(48)]


def test_every_look_is_in_the_audit_log_without_its_words(house: House, doc_id: str) -> None:
    clerk = house.bearer("clerk")
    before = len(list(house.archive.audit.events()))
    house.search(clerk, f"{NAME}的退休审批")
    house.client.get(f"/v1/documents/{doc_id}", headers=clerk)
    house.client.post("/v1/classify", headers=clerk, json={"text": PENSION})
    house.client.post("/v1/token", json={"name": "nobody", "password": "x"})
    events = [event for _, event, _ in house.archive.audit.events()][before:]
    assert [(e.principal, e.via, e.purpose, e.action) for e in events] == [
        ("clerk", "http", "业务经办", "search"),
        ("clerk", "http", "业务经办", "find_person"),
        ("clerk", "http", "业务经办", "read"),
        ("clerk", "http", "业务经办", "classify"),
        ("", "http", "", "login"),
    ]
    assert NAME not in str(events)
    assert house.archive.audit.verify() is None
