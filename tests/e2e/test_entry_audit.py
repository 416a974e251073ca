"""The data-entry audit of a real archive: over HTTP for one document, on the command line for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.cli_archive import chadang
from tests.e2e.http_archive import METADATA, NAME, PENSION, PRINTED_ID, House, running_house

WRONG = METADATA | {
    "retention": "10年", "insurance_type": "失业", "holder_name": "上官明月",
    "archive_no": "D015-SB·2019-D10-YL-0007",
}  # fmt: skip
RIGHT = METADATA | {"retention": "50年", "archive_no": "D015-SB·2019-D50-YL-0001"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("entries")) as house:
        yield house


@pytest.fixture(scope="module")
def ids(house: House) -> list[str]:
    archivist = house.bearer("archivist")
    made = []
    for text, metadata in ((PENSION, RIGHT), (PENSION + "性别：男\n", WRONG)):
        answer = house.deposit(archivist, text, metadata)
        job = house.outcome(archivist, answer.json()["job_id"])
        assert job["kind"] == "stored", job
        made.append(str(job["doc_id"]))
    return made


def test_one_document_over_http(house: House, ids: list[str]) -> None:
    clerk = house.bearer("clerk")
    right = house.client.get(f"/v1/documents/{ids[0]}/entry-audit", headers=clerk).json()
    assert right == {"doc_id": ids[0], "findings": []}
    answer = house.client.get(f"/v1/documents/{ids[1]}/entry-audit", headers=clerk)
    rules = {item["rule"] for item in answer.json()["findings"]}
    assert {"insurance-vs-material", "retention-vs-material", "holder-not-in-text"} <= rules
    assert not [value for value in (NAME, "上官明月", PRINTED_ID) if value in answer.text]


def test_outside_the_scope_it_is_as_if_absent(house: House, ids: list[str]) -> None:
    far = house.bearer("far-clerk")
    hidden = house.client.get(f"/v1/documents/{ids[1]}/entry-audit", headers=far)
    absent = house.client.get("/v1/documents/01900000-0000-7000-8000-000000000000/entry-audit", headers=far)
    assert (hidden.status_code, hidden.content) == (404, absent.content)


def test_the_whole_archive_on_the_command_line(house: House, ids: list[str]) -> None:
    state = house.archive.folder
    done = chadang("check", "entries", "--as", "archivist", "--json", "--state", state)
    assert done.code == 1, done.err
    found = done.json()["findings"]
    assert {item["doc_id"] for item in found} == {ids[1]}
    assert {item["rule"] for item in found} >= {"near-duplicate", "retention-vs-material", "sex-vs-id"}
    assert not [value for value in (NAME, "上官明月", PRINTED_ID) if value in done.out]
    shown = chadang("check", "entries", "--as", "archivist", "--rule", "near-duplicate", "--state", state)
    assert shown.code == 0
    assert "重复归档" in shown.out
    nothing = chadang("check", "entries", "--as", "far-clerk", "--state", state)
    assert (nothing.code, nothing.out) == (0, "没有发现矛盾。\n")
