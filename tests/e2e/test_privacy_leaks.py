"""A thousand made-up identities go in; no byte that is written or answered holds one of them in clear."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.cli.audit import export
from indexer.catalogue import row_of
from indexer.deposits import OutcomeKind, RecordDeposit
from models.access.principal import Role
from tests.e2e.http_archive import House, add_account, running_house
from tests.e2e.privacy_archive import BORN, metadata_of, text_about
from training.synthetic.identities import Identities, Person

IDENTITIES, A_DOCUMENT = 1000, 10


@pytest.fixture(scope="module")
def people() -> list[Person]:
    source = Identities(random.Random(11))
    return [source.person(born=BORN, region="500111") for _ in range(IDENTITIES)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, people: list[Person]) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("leaks")) as house:
        add_account(house.archive, "second-officer", Role.PRIVACY_OFFICER)
        deposits = []
        for begin in range(0, IDENTITIES, A_DOCUMENT):
            group = people[begin : begin + A_DOCUMENT]
            fields = metadata_of(group[0], "500199", begin)
            text = "\n".join(map(text_about, group))
            deposits.append(RecordDeposit(f"r{begin}", str(fields["title"]), text, row_of(fields)))
        outcomes = list(house.archive.ingestor.ingest(deposits))
        assert [outcome.kind for outcome in outcomes] == [OutcomeKind.STORED] * len(deposits)
        yield house


def numbers_of(people: list[Person]) -> set[str]:
    return {v for p in people for v in (p.resident_id, p.phone, p.bank_card)}


def names_of(people: list[Person]) -> set[str]:
    """Names of every person; one of two characters may be a word and is left out."""
    return {p.name for p in people if len(p.name) > 2}


def leaked(content: bytes, secrets: set[str]) -> int:
    """Count the secrets in the bytes, as UTF-8 and as UTF-16 (how some libraries keep text)."""
    return sum(secret.encode() in content or secret.encode("utf-16-le") in content for secret in secrets)


@pytest.mark.slow
def test_a_thousand_identities_leave_no_trace(
    house: House, people: list[Person], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    numbers, names = numbers_of(people), names_of(people)
    assert len(numbers) == 3 * IDENTITIES
    assert len(names) > IDENTITIES / 2
    secrets = numbers | names
    officer, said = house.bearer("privacy_officer"), []
    listed = house.client.get("/v1/privacy/reports", headers=officer, params={"limit": 200}).json()
    ids = [row["report_id"] for row in listed["reports"]]
    assert len(ids) == IDENTITIES // A_DOCUMENT
    first = house.archive.detection_records.findings(ids[0])[0]
    clear = house.archive.store.content(ids[0]).pages[0].text.encode()
    assert leaked(clear, numbers) == 3 * A_DOCUMENT
    assert leaked(clear, names) > 0
    for verdict in ("confirmed", "false_positive"):
        path = f"/v1/privacy/reports/{ids[0]}/findings/{first.number}/review"
        reason = {"verdict": verdict, "reason": f"{people[0].resident_id} 已核对"}
        said.append(house.client.post(path, headers=officer, json=reason).content)
    for what in ("archive", *ids):
        for form in ("json", "csv", "html"):
            path = f"/v1/privacy/reports/{what}"
            said.append(house.client.get(path, headers=officer, params={"format": form}).content)
    others = ("reports", "allowances", "sample", "regression")
    said += [house.client.get(f"/v1/privacy/{path}", headers=officer).content for path in others]
    for number in (people[0].resident_id, people[1].phone):
        said.append(house.client.post("/v1/search", headers=officer, json={"query": number}).content)
        said.append(house.client.get(f"/v1/privacy/reports/{number}", headers=officer).content)
    export(state=house.archive.settings.state)
    own = [record.getMessage() for record in caplog.records if record.name != "httpx"]  # not the caller's log
    assert any("/v1/privacy/reports/{report_id}" in line for line in own)
    said += ["\n".join(own).encode(), capsys.readouterr().out.encode()]
    assert len(said) > 300
    assert [leaked(content, secrets) for content in said] == [0] * len(said)
    written = [path for path in Path(house.archive.folder).rglob("*") if path.is_file()]
    assert {path.suffix for path in written} >= {".db", ".json"}
    assert {path.name: leaked(path.read_bytes(), secrets) for path in written} == dict.fromkeys(
        (path.name for path in written), 0
    )
