"""An archive to call over HTTP: real store, index and models; accounts of every role; a client."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient

from api.app import create_app
from api.authentication import hash_password
from api.bootstrap import CLASSIFIER_FOLDER, Archive
from api.settings import Settings
from indexer.store.port import Account
from models.access.principal import Principal, Role, role_rules
from models.archive.levels import AccessLevel, Line
from models.classification.linear import load_classifier
from models.classification.results import Classifier
from models.embedding.sentence_transformer import SentenceTransformerEmbedder
from models.privacy.detector import PersonalDataDetector
from models.privacy.presidio import PresidioDetector
from tests.fakes_embedding import builtin_embedder

PASSWORD = "correct-horse-口令"
UNHURRIED = {"second_factor": "off", "max_sessions": 1000, "rate_per_minute": 0, "login_rate_per_minute": 0}
"""What tests of other things need not mind: every role by password alone, as often as it takes."""
REGION = "500199"  # a county code that is not assigned
OTHER_REGION = "500299"
PRINTED_ID = "11010519491231002X"  # printed in GB 11643-1999
NAME = "欧阳锦程"
PENSION = (
    "企业职工退休审批表\n"
    f"姓名：{NAME}，公民身份号码：{PRINTED_ID}。\n"
    "该职工符合企业职工基本养老保险退休条件，自二〇一九年四月起按月领取基本养老金，批准退休。\n"
)
METADATA = {
    "title": "企业职工退休审批表",
    "insurance_type": "养老",
    "material_type": "退休审批",
    "region": REGION,
    "formed_on": "2019-03-05",
    "holder_name": NAME,
    "holder_id": PRINTED_ID,
}


@cache
def _detector() -> PersonalDataDetector:
    return PresidioDetector.load()


@cache
def _classifier() -> Classifier:
    return load_classifier(CLASSIFIER_FOLDER, builtin_embedder())


class LoadedArchive(Archive):
    """An archive whose models were loaded once for the whole test process."""

    @cached_property
    def embedder(self) -> SentenceTransformerEmbedder:
        return builtin_embedder()

    @cached_property
    def detector(self) -> PersonalDataDetector:
        return _detector()

    @cached_property
    def classifier(self) -> Classifier:
        return _classifier()


@cache
def password_hash() -> str:
    return hash_password(PASSWORD)


def settings_for(state: Path, **changes: Any) -> Settings:
    given: dict[str, Any] = {"state": state, "max_file_mib": 1, "ocr": False} | UNHURRIED | changes
    return Settings(_env_file=None, **given)


def add_account(archive: Archive, name: str, *roles: Role, hashed: str | None = None, **changes: Any) -> None:
    rules = [role_rules()[role] for role in roles]
    given: dict[str, Any] = {
        "line": Line.HRSS,
        "region_prefixes": (REGION,),
        "clearance": max(rule.clearance for rule in rules),
        "purpose": rules[0].purposes[0],
    }
    principal = Principal(name, frozenset(roles), **(given | changes))
    archive.accounts.add_account(Account(principal, hashed or password_hash()))


def add_accounts(archive: Archive) -> None:
    """One account per role, named like it, all of REGION; and a clerk of the other line."""
    for role in Role:
        add_account(archive, role.value, role)
    add_account(archive, "medical-clerk", Role.CLERK, line=Line.MEDICAL)
    add_account(archive, "far-clerk", Role.CLERK, region_prefixes=(OTHER_REGION,))
    add_account(archive, "low-clerk", Role.CLERK, clearance=AccessLevel.PUBLIC)


@dataclass(frozen=True, slots=True)
class House:
    """A running application with its client."""

    archive: Archive
    client: TestClient
    tokens: dict[str, str] = field(default_factory=dict)
    """By account. Checking a password takes a tenth of a second by design; `login` is for who tests that."""

    def login(self, name: str, **more: str) -> httpx.Response:
        answer: httpx.Response = self.client.post(
            "/v1/token", json={"name": name, "password": PASSWORD} | more
        )
        return answer

    def bearer(self, name: str) -> dict[str, str]:
        if name not in self.tokens:
            answer = self.login(name)
            assert answer.status_code == 200, answer.text
            self.tokens[name] = str(answer.json()["access_token"])
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    def deposit(
        self,
        headers: dict[str, str],
        text: str | bytes = PENSION,
        metadata: dict[str, Any] | None = None,
        name: str = "1.txt",
    ) -> httpx.Response:
        content = text.encode() if isinstance(text, str) else text
        data = {} if metadata is None else {"metadata": json.dumps(metadata, ensure_ascii=False)}
        answer: httpx.Response = self.client.post(
            "/v1/documents", headers=headers, files={"file": (name, content)}, data=data
        )
        return answer

    def outcome(self, headers: dict[str, str], job_id: str) -> dict[str, Any]:
        """Return the job once it is no longer waiting."""
        for _ in range(300):
            job: dict[str, Any] = self.client.get(f"/v1/jobs/{job_id}", headers=headers).json()
            if job["state"] != "waiting":
                return job
            time.sleep(0.1)
        raise AssertionError("the job did not end")

    def search(self, headers: dict[str, str], query: str, **more: Any) -> list[dict[str, Any]]:
        answer = self.client.post("/v1/search", headers=headers, json={"query": query} | more)
        assert answer.status_code == 200, answer.text
        hits: list[dict[str, Any]] = answer.json()["hits"]
        return hits


def wait_until_ready(client: httpx.Client) -> None:
    for _ in range(600):
        if client.get("/readyz").status_code == 200:
            return
        time.sleep(0.1)
    raise AssertionError(client.get("/readyz").text)


@contextmanager
def running_house(state: Path, **changes: Any) -> Iterator[House]:
    """Serve a fresh archive with all accounts, ready for requests."""
    archive = LoadedArchive(settings_for(state, **changes), "http")
    add_accounts(archive)
    with TestClient(create_app(archive), raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield House(archive, client)


def main(state: Path, port: int) -> None:
    """Serve as `chadang serve` does, with every log line there is on stderr."""
    import uvicorn

    logging.basicConfig(level=logging.DEBUG)
    app = create_app(LoadedArchive(settings_for(state), "http"))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="debug", access_log=False, server_header=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
