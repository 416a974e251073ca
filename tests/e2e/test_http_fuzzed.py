"""Requests drawn from the OpenAPI document, each as several callers; `make fuzz-api` sends many more."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.fuzzing.callers import ANONYMOUS, CALLERS, Marked, marked_house, renewed
from tests.fuzzing.http_cases import LOGGING_IN, UNAUTHORIZED, Fuzzer

_CALLERS_EACH = 4  # all of them would take a minute


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marked]:
    with marked_house(tmp_path_factory.mktemp("fuzzed"), documents=4) as marked:
        yield marked


def test_no_answer_is_undocumented_outside_its_schema_or_telling(marked: Marked) -> None:
    draw = random.Random(20260101)
    fuzzer = Fuzzer(marked, draw)
    for number, operation in enumerate(fuzzer.operations()):
        fuzzer.send(operation, 2, number, draw.sample(CALLERS, _CALLERS_EACH))
    assert fuzzer.tally.failures == Counter()
    assert fuzzer.tally.cases.total() >= 300
    answered = {route for (_, route), told in fuzzer.tally.statuses.items() if min(told) < 300}
    assert len(answered) >= 20  # not all was refused at the door
    turned_away = {
        (caller, route): told[UNAUTHORIZED]
        for (caller, route), told in fuzzer.tally.statuses.items()
        if told[UNAUTHORIZED] and caller != ANONYMOUS and route not in LOGGING_IN
    }
    assert turned_away == {}


def test_a_caller_who_was_logged_out_is_let_in_again(marked: Marked) -> None:
    fuzzer = Fuzzer(marked, random.Random(2))
    operations = {operation.label: operation for operation in fuzzer.operations()}
    fuzzer.send(operations["DELETE /v1/token"], 2, 1, ["clerk"])
    fuzzer.send(operations["GET /v1/me"], 2, 2, ["clerk"])
    assert set(fuzzer.tally.statuses["clerk", "GET /v1/me"]) == {200}


def test_what_is_wrong_with_an_answer_is_seen(marked: Marked) -> None:
    """The checks themselves: an answer made wrong in each way fails in that way."""
    fuzzer = Fuzzer(marked, random.Random(1))
    operation = next(o for o in fuzzer.operations() if o.label == "GET /v1/me")
    case = operation.Case()
    real = marked.house.client.get("/v1/me", headers=renewed(marked.house, "clerk"))
    assert list(fuzzer.failures(case, real)) == []

    def wrong(
        status: int = 200, content: bytes | None = None, headers: dict[str, str] | None = None
    ) -> set[str]:
        made = httpx.Response(
            status,
            headers=dict(real.headers) | (headers or {}),
            content=real.content if content is None else content,
            request=real.request,
        )
        made.elapsed = real.elapsed
        return {failure.partition(":")[0] for failure in fuzzer.failures(case, made)}

    assert "ServerError" in wrong(500)
    assert "status 418 is not documented" in wrong(418)
    assert "JsonSchemaError" in wrong(content=b'{"name": 1}')
    assert "UndefinedContentType" in wrong(headers={"content-type": "text/html"})
    assert "safe headers are missing" in wrong(headers={"x-content-type-options": ""})
    marker = marked.markers[0]
    escaped = marker.encode("ascii", "backslashreplace")
    for telling in (marker.encode(), b'{"name": "' + escaped + b'"}'):
        assert "marker 0 in the answer" in wrong(content=telling)
    assert "marker 0 in the answer" in wrong(headers={"location": quote(marker)})


def test_every_caller_is_among_those_asked(marked: Marked) -> None:
    everybody = {caller for caller in CALLERS if caller != ANONYMOUS}
    assert everybody == {a.principal.subject for a in marked.house.archive.accounts.accounts()}
