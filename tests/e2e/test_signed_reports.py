"""Reports that officers sign: kept as signed, checked anywhere, seen by officers of the region alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.store.signed_reports import is_signed
from models.access.principal import Role
from tests.e2e.cli_archive import chadang
from tests.e2e.http_archive import OTHER_REGION, House, add_account, running_house
from tests.e2e.privacy_archive import Papers, deposited

ROUTE = "/v1/privacy/signed-reports"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("signed")) as house:
        yield house


@pytest.fixture(scope="module")
def papers(house: House) -> Papers:
    return deposited(house)


@pytest.fixture(scope="module")
def signed(house: House, papers: Papers) -> str:
    request = {"statement": f"已逐项核对，{papers.people[0].resident_id}一件待补扫"}
    answer = house.client.post(ROUTE, headers=house.bearer("privacy_officer"), json=request)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["signed_report_id"])


def test_what_was_signed_stays_and_its_signature_holds(house: House, papers: Papers, signed: str) -> None:
    officer = house.bearer("second-officer")
    first = house.client.get(f"{ROUTE}/{signed}", headers=officer)
    house.client.get("/v1/privacy/reports/archive", headers=officer)
    again = house.client.get(f"{ROUTE}/{signed}", headers=officer)
    assert first.content == again.content
    signature, key = first.headers["x-chadang-signature"], first.headers["x-chadang-public-key"]
    assert is_signed(first.content, signature, key)
    assert not is_signed(first.content.replace(b'"documents": 7', b'"documents": 8'), signature, key)
    # The last byte of an Ed25519 signature is small: one in sixteen ends with 00 by itself.
    assert not is_signed(first.content, signature[:-2] + ("00" if signature[-2:] != "00" else "01"), key)
    assert not is_signed(first.content, "no", key)
    body = first.json()
    assert body["report"]["documents"] == 7
    assert body["officer"] == "privacy_officer"
    assert int(body["keep_until"][:4]) - int(body["signed_at"][:4]) == 3
    assert papers.people[0].resident_id not in first.text
    assert "已逐项核对" in body["statement"]


def test_it_is_listed_for_its_region_and_absent_elsewhere(house: House, signed: str) -> None:
    add_account(house.archive, "district", Role.PRIVACY_OFFICER, region_prefixes=(OTHER_REGION[:6],))
    mine = house.client.get(ROUTE, headers=house.bearer("second-officer")).json()["reports"]
    assert signed in [report["signed_report_id"] for report in mine]
    for who in ("far-officer", "district"):
        headers = house.bearer(who)
        assert house.client.get(ROUTE, headers=headers).json() == {"reports": []}
        hidden = house.client.get(f"{ROUTE}/{signed}", headers=headers)
        absent = house.client.get(f"{ROUTE}/01900000-0000-7000-8000-000000000000", headers=headers)
        assert (hidden.status_code, hidden.content) == (404, absent.content)


@pytest.mark.parametrize("statement", ["", " ", "长" * 2001])
def test_a_statement_is_needed(house: House, statement: str) -> None:
    answer = house.client.post(ROUTE, headers=house.bearer("privacy_officer"), json={"statement": statement})
    assert answer.status_code == 422


def test_the_file_is_checked_without_the_archive(house: House, signed: str, tmp_path: Path) -> None:
    answer = house.client.get(f"{ROUTE}/{signed}", headers=house.bearer("privacy_officer"))
    file = tmp_path / "报告.json"
    file.write_bytes(answer.content)
    key = answer.headers["x-chadang-public-key"]
    (tmp_path / "报告.json.sig").write_text(
        json.dumps({"signature": answer.headers["x-chadang-signature"], "public_key": key})
    )
    assert chadang("privacy", "verify", file, "--public-key", key).code == 0
    assert chadang("privacy", "verify", file, "--public-key", "00" * 32).code == 1
    file.write_bytes(answer.content.replace(b"officer", b"Officer", 1))
    changed = chadang("privacy", "verify", file)
    assert changed.code == 1
    assert "被改动" in changed.out
    missing = chadang("privacy", "verify", tmp_path / "无.json")
    assert missing.code == 2
    assert "无法读取" in missing.err


def test_the_desk_signs_and_takes_out(house: House, papers: Papers, tmp_path: Path) -> None:
    state = house.archive.folder
    done = chadang("privacy", "sign", "--statement", "已核对", "--as", "privacy_officer", "--state", state)
    assert done.code == 0, done.err
    report_id = done.out.split("编号 ")[1].split("，")[0]
    assert report_id in chadang("privacy", "signed", "--as", "second-officer", "--state", state).out
    file = tmp_path / "报告.json"
    taken = chadang("privacy", "signed", report_id, "--out", file, "--as", "second-officer", "--state", state)
    assert taken.code == 0, taken.err
    assert chadang("privacy", "verify", file).code == 0
    assert chadang("privacy", "verify", file, "--state", state).code == 0
