"""Every field of every answer is listed with what it may betray; one that is not listed fails the test."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from tests.e2e.http_archive import LoadedArchive, settings_for
from tests.e2e.test_http_roles import ANONYMOUS, EVERYBODY, MATRIX
from tests.worlds.reads import OF_ONE, REVEALS, WHOLE

LISTED: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "answer_fields.toml").read_text(encoding="utf-8")
)
_REFERENCE = re.compile(r"#/components/schemas/(\w+)")

NOT_OF_DOCUMENTS = {
    ("POST", "/v1/token"): "accounts only",
    ("DELETE", "/v1/token"): "the caller's own session only",
    ("POST", "/v1/oidc/login"): "the provider only",
    ("POST", "/v1/oidc/callback"): "accounts only",
    ("POST", "/v1/me/password"): "the caller's own account only",
    ("POST", "/v1/me/totp"): "the caller's own account only",
    ("POST", "/v1/me/totp/confirm"): "the caller's own account only",
    ("GET", "/v1/me/sessions"): "the caller's own sessions only",
    ("DELETE", "/v1/me/sessions/{session_id}"): "the caller's own sessions only",
    ("POST", "/v1/classify"): "the text sent only",
    ("POST", "/v1/classify/batch"): "the texts sent only",
    ("POST", "/v1/privacy/detect"): "the text sent only",
    ("GET", "/v1/searches"): "what the caller saved only",
    ("GET", "/v1/jobs/{job_id}"): "the caller's own deposits only",
    ("GET", "/v1/supervision/alerts"): "how staff looked up, told to those who supervise; no document",
    ("GET", "/v1/supervision/alerts/{alert_id}"): "the same",
    ("GET", "/v1/supervision/summary"): "counts of alerts",
    ("GET", "/v1/audit"): "the ledger, for its auditors, who see no document",
    ("GET", "/v1/audit/checkpoints"): "the ledger",
    ("POST", "/v1/audit/checkpoints"): "the ledger",
    ("GET", "/v1/audit/checkpoints/{number}/consistency"): "the ledger",
    ("GET", "/v1/audit/{seq}"): "the ledger",
    ("GET", "/v1/audit/{seq}/proof"): "the ledger",
    ("POST", "/v1/audit/receipts"): "the ledger, for its auditors, who see no document",
    ("GET", "/v1/reveals"): "what the caller asked for only",
    ("GET", "/v1/reveals/emergencies"): "acts of people, for who audits; nothing of documents",
    ("GET", "/healthz"): "the process only",
    ("GET", "/readyz"): "the process only",
    ("GET", "/metrics"): "counts of the process, for the operator",
    ("GET", "/openapi.json"): "the program only",
}
"""Routes that read no document, hence are not asked of worlds with hidden ones."""
_WRITING = re.compile(
    r"/(documents|searches|look|searches/\{search_id\}|claim|confirm|correct|skip|next|review|findings|allowances|approve|judgement|refuse|signed-reports"
    r"|sample/\{report_id\})$"
)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    made: dict[str, Any] = create_app(
        LoadedArchive(settings_for(tmp_path_factory.mktemp("fields")), "http")
    ).openapi()
    return made


def answers(document: dict[str, Any]) -> Iterator[tuple[str, int | str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                yield f"{method.upper()} {path}", status, answer


def reached(document: dict[str, Any]) -> dict[str, set[str]]:
    """Return the fields of every schema that an answer holds, however deep."""
    schemas, fields = document["components"]["schemas"], dict[str, set[str]]()
    waiting = {name for *_, answer in answers(document) for name in _REFERENCE.findall(str(answer))}
    while waiting:
        name = waiting.pop()
        if name not in fields:
            fields[name] = set(schemas[name].get("properties", ()))
            waiting |= set(_REFERENCE.findall(str(schemas[name])))
    return {name: own for name, own in fields.items() if own}


def test_every_field_of_every_answer_is_listed_with_one_class(document: dict[str, Any]) -> None:
    listed = {name: Counter(f for own in by.values() for f in own) for name, by in LISTED["schemas"].items()}
    assert {name: set(own) for name, own in listed.items()} == reached(document)
    assert {name: own for name, own in listed.items() if max(own.values()) > 1} == {}
    used = {kind for by in LISTED["schemas"].values() for kind in by} | set(LISTED["bodies"].values())
    assert used == set(LISTED["classes"])


def test_every_answer_without_a_schema_is_listed(document: dict[str, Any]) -> None:
    bare = {
        route
        for route, status, answer in answers(document)
        if str(status).startswith("2") and not _REFERENCE.search(str(answer))
    }
    assert bare == set(LISTED["bodies"])


def test_every_route_that_reads_documents_is_asked_of_worlds_with_hidden_ones() -> None:
    asked = {(method, path) for method, path, _ in WHOLE}
    asked |= {("GET", path) for path in OF_ONE} | set(REVEALS)
    named = {"{id}": r"\{\w+\}", "pages/1": r"pages/\{page_no\}"}
    for (method, route), (allowed, *_) in MATRIX.items():
        if (method, route) in NOT_OF_DOCUMENTS or (method in {"POST", "DELETE"} and _WRITING.search(route)):
            continue
        assert allowed < EVERYBODY | {ANONYMOUS}, route
        patterns = [(m, _pattern(path, named)) for m, path in asked]
        assert any(m == method and re.fullmatch(p, route) for m, p in patterns), route


def _pattern(path: str, named: dict[str, str]) -> str:
    pattern = path
    for written, meant in named.items():
        pattern = pattern.replace(written, meant)
    return pattern
