"""Requests drawn from the OpenAPI document, sent as every caller; what must hold of every answer.

Schemathesis draws what the document allows and what it does not. Identifiers the service has handed out
(documents, jobs, saved searches, cursors) are put in the place of drawn ones more often than not, so that
requests reach past "no such thing" and build on one another.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from tests.fuzzing.callers import ANONYMOUS, CALLERS, HIDDEN_WORDS, Marked, renewed

ABSENT = "01930000-0000-7000-8000-000000000000"
_KNOWN_SHARE = 0.6
_MOST_KEPT = 200
_NDJSON = "application/x-ndjson"
_CHECKED = ("not_a_server_error", "content_type_conformance", "response_schema_conformance")
Operation = APIOperation[Any, Any, Any, Any]
_ASKED = (
    HIDDEN_WORDS,
    "欧阳锦程的退休审批表",
    "139 0000 0009",
    "2019年工伤认定",
    "{}",
    "\u202e\u2066",
    "=1+1",
)
UNAUTHORIZED = 401
LOGGING_IN = frozenset(
    {"POST /v1/token", "POST /v1/oidc/callback", "POST /v1/oidc/login"}
    | {"POST /v1/me/password", "POST /v1/me/totp", "POST /v1/me/totp/confirm"}
)
"""Where a wrong password or code is answered with 401, whoever comes."""
REVEALING = frozenset({"POST /v1/documents/{doc_id}/reveal", "GET /v1/reveals/{reveal_id}"})
_ECHOING = ("/v1/searches",)
"""Tells the caller his own questions again; they are not drawn from the markers."""


@dataclass(slots=True)
class Tally:
    """What was sent and what came back: cases and statuses by caller and route, failures in words."""

    cases: Counter[tuple[str, str]] = field(default_factory=Counter)
    statuses: dict[tuple[str, str], Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    failures: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def rows(self) -> Iterator[tuple[str, str, int, str, int]]:
        """Yield caller, route, cases, statuses and failures."""
        for caller, route in sorted(self.cases):
            told = " ".join(f"{s}:{n}" for s, n in sorted(self.statuses[caller, route].items()))
            failed = sum(n for (c, r, _), n in self.failures.items() if (c, r) == (caller, route))
            yield caller, route, self.cases[caller, route], told, failed


def _as_sent(_: object, value: Any) -> bytes:
    """Return lines as they are, and what was drawn against the schema as its words."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def _lines_sent() -> st.SearchStrategy[bytes]:
    good = st.builds(lambda i, t: json.dumps({"id": i, "text": t}), st.integers(), st.text(max_size=30))
    return st.lists(st.one_of(good, st.text(max_size=30)), max_size=5).map(
        lambda all_: "\n".join(all_).encode()
    )


@dataclass(slots=True)
class Fuzzer:
    """Sends cases to one marked archive and checks every answer."""

    marked: Marked
    draw: random.Random
    tally: Tally = field(default_factory=Tally)
    known: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        load_all_checks()
        schemathesis.serializer(_NDJSON)(_as_sent)
        schemathesis.openapi.media_type(_NDJSON, _lines_sent())
        for caller in CALLERS:
            self._headers(caller)  # before wrong passwords lock an account
        self._learn("doc_id", [*self.marked.visible, *self.marked.hidden, ABSENT])

    def operations(self) -> list[Operation]:
        schema = schemathesis.openapi.from_dict(self.marked.house.client.get("/openapi.json").json())
        return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]

    def send(self, operation: Operation, cases: int, number: int, callers: Sequence[str] = CALLERS) -> None:
        """Draw that many cases, half of them against the schema where they can be; send each as all."""
        for mode, share in (
            (GenerationMode.POSITIVE, cases - cases // 2),
            (GenerationMode.NEGATIVE, cases // 2),
        ):
            with suppress(Unsatisfiable):  # nothing is sent that could be wrong
                self._draw(operation, max(1, share), number, mode, callers)

    def _draw(
        self, operation: Operation, cases: int, number: int, mode: GenerationMode, callers: Sequence[str]
    ) -> None:
        @seed(number)
        @settings(
            max_examples=cases,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(operation.as_strategy(generation_mode=mode))
        def one(case: Case[Any]) -> None:
            for caller in callers:
                self._call(case, caller)

        one()

    def _call(self, case: Case[Any], caller: str) -> None:
        self._put_known(case)
        client, route = self.marked.house.client, case.operation.label
        asked = case.as_transport_kwargs(base_url=str(client.base_url), headers=self._headers(caller))
        names = ("method", "url", "params", "json", "data", "files", "headers")
        raw = requests.Request(**{n: asked[n] for n in names if n in asked}).prepare()
        drawn = ((n, v) for n, v in raw.headers.items() if _is_latin(v) and n.lower() != "content-length")
        headers = [
            (n.encode("latin-1"), v if isinstance(v, bytes) else v.encode("latin-1")) for n, v in drawn
        ]
        request = client.build_request(raw.method or "", raw.url or "", headers=headers, content=raw.body)
        request.read()
        answer = client.send(request, follow_redirects=False)
        if answer.status_code == UNAUTHORIZED and caller != ANONYMOUS and route not in LOGGING_IN:
            # Somebody logged him out, or tried his password: what is behind the door is to be called too.
            request.headers.update(renewed(self.marked.house, caller))
            answer = client.send(request, follow_redirects=False)
        self.tally.cases[caller, route] += 1
        self.tally.statuses[caller, route][answer.status_code] += 1
        for failure in self.failures(case, answer):
            self.tally.failures[caller, route, failure] += 1
        self._harvest(answer)

    def _headers(self, caller: str) -> dict[str, str]:
        return {} if caller == ANONYMOUS else self.marked.house.bearer(caller)

    # -- what is put in the place of what was drawn ---------------------------------------------

    def _put_known(self, case: Case[Any]) -> None:
        for name in case.path_parameters or {}:
            kept = self.known["doc_id" if name == "report_id" else name]
            if name in {"number", "page_no"}:
                kept = ["1", "2"]
            if kept and self.draw.random() < _KNOWN_SHARE:
                case.path_parameters[name] = self.draw.choice(kept)
        body = case.body
        if not isinstance(body, dict) or case.path in _ECHOING or self.draw.random() > _KNOWN_SHARE:
            return
        for name in {"query", "text"} & set(body):
            body[name] = self.draw.choice(_ASKED)
        if "cursor" in body and self.known["next_cursor"]:
            body["cursor"] = self.draw.choice(self.known["next_cursor"])
        if "doc_id" in body:
            body["doc_id"] = self.draw.choice(self.known["doc_id"])
        if case.path == "/v1/token" and "name" in body:
            body["name"] = self.draw.choice(["supervisor", "partner"])

    def _harvest(self, answer: httpx.Response) -> None:
        for name, value in _named(_json_of(answer)) if answer.status_code < 300 else ():
            if name.endswith(("_id", "next_cursor")):
                self._learn(name, [value])

    def _learn(self, name: str, values: Iterable[str]) -> None:
        self.known[name].extend(values)
        del self.known[name][_MOST_KEPT:]

    # -- what must hold -------------------------------------------------------------------------

    def failures(self, case: Case[Any], answer: httpx.Response) -> Iterator[str]:
        """Yield what is wrong with an answer: undocumented, outside its schema, telling, unsafe."""
        documented = {str(status) for status in case.operation.definition.raw["responses"]}
        if str(answer.status_code) not in documented:
            yield f"status {answer.status_code} is not documented"
        try:
            case.validate_response(answer, checks=[cast("Any", CHECKS.get_one(name)) for name in _CHECKED])
        except FailureGroup as group:
            yield from (f"{type(f).__name__}: {f.title}" for f in group.exceptions)
        except Failure as failure:
            yield f"{type(failure).__name__}: {failure.title}"
        yield from self._leaks(case, answer)
        if answer.headers.get("x-content-type-options") != "nosniff" or not answer.headers.get(
            "x-request-id"
        ):
            yield "safe headers are missing"

    def _leaks(self, case: Case[Any], answer: httpx.Response) -> Iterator[str]:
        told = answer.content.decode("utf-8", "replace") + str(answer.headers.raw)
        plain = json.dumps(_json_of(answer), ensure_ascii=False)
        sent = str(case.body) + str(case.query)
        told_on_purpose = self.marked.revealable if case.operation.label in REVEALING else ()
        for number, marker in enumerate(self.marked.markers):
            if marker in told_on_purpose:
                continue
            if (marker in told or marker in plain or quote(marker) in told) and marker not in sent:
                yield f"marker {number} in the answer"


def _named(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, str):
                yield str(name), inner
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _json_of(answer: httpx.Response) -> Any:
    """Return what a JSON answer says; None for any other, and for one that is no JSON after all."""
    try:
        return json.loads(answer.content)
    except ValueError:
        return None


def _is_latin(value: Any) -> bool:
    try:
        str(value).encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
