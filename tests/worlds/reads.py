"""Every way of reading, route by route and command by command, as data.

`tests/e2e/test_http_roles.py` fails when a route of the application is neither here nor a writing one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from api.cli import check, finding, privacy_review, reviews, search
from indexer.answers import Query
from indexer.store.saved_searches_port import SavedSearch
from models.access.principal import Duty
from tests.strategies import NOW
from tests.worlds.asking import Desk

ABSENT = "01930000-0000-7000-8000-000000000000"
_MOST_PAGES = 12
_COMMANDS_IN, _REFUSED_IN = 3, 8


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a world, the same of every principal; ``begun`` is half a word."""

    text: str
    begun: str
    limit: int
    turn: int = 0
    ignored: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def _pages(desk: Desk, asked: Question) -> str:
    """Return every page of an answer; a cursor is sealed and counts by its length alone."""
    body = {"query": asked.text, "limit": asked.limit, "ignore": asked.ignored, "only": asked.only}
    told, cursor = [], None
    for _ in range(_MOST_PAGES):
        answer = desk.request("POST", "/v1/search", json_body=body | ({"cursor": cursor} if cursor else {}))
        status, _, content = answer.partition(" ")
        if status != "200":
            return answer
        page = json.loads(content)
        cursor = page.pop("next_cursor")
        told.append([page, len(cursor or "")])
        if cursor is None:
            return json.dumps(told, ensure_ascii=False)
    raise AssertionError("no last page")


def _export(desk: Desk, asked: Question) -> str:
    body = {"query": asked.text, "ignore": asked.ignored, "only": asked.only}
    return desk.request("POST", "/v1/search/export", json_body=body)


def _alert(desk: Desk, asked: Question) -> str:
    """Return what a saved search tells that has shown nothing yet: all it would ever tell as new."""
    query = Query(asked.text, ignored=frozenset(asked.ignored), only=frozenset(asked.only))
    saved = SavedSearch(ABSENT, desk.principal.subject, query, frozenset(), NOW, NOW)
    kept = desk.archive.saved_searches.store
    kept.add(saved, 1)
    told = desk.request("POST", f"/v1/searches/{ABSENT}/look")
    kept.remove(ABSENT, desk.principal.subject)
    return told


Whole = Callable[[Desk, Question], str]
OfOne = Callable[[Desk, str], str]

WHOLE: dict[tuple[str, str, Duty | None], Whole] = {
    ("GET", "/v1/me", None): lambda d, _: d.request("GET", "/v1/me"),
    ("POST", "/v1/search", Duty.SEARCH): _pages,
    ("POST", "/v1/search/export", Duty.READ): _export,
    ("POST", "/v1/searches/{search_id}/look", Duty.SEARCH): _alert,
    ("GET", "/v1/suggest", Duty.SEARCH): lambda d, q: d.request("GET", "/v1/suggest", q=q.begun),
    ("POST", "/v1/classify/examples", Duty.CLASSIFY): lambda d, q: d.request(
        "POST", "/v1/classify/examples", json_body={"text": q.text or "表"}
    ),
    ("GET", "/v1/reviews", Duty.REVIEW): lambda d, _: d.request("GET", "/v1/reviews"),
    ("GET", "/v1/reviews/hints", Duty.REVIEW): lambda d, _: d.request("GET", "/v1/reviews/hints"),
    ("GET", "/v1/reviews/drift", Duty.REVIEW): lambda d, _: d.request("GET", "/v1/reviews/drift"),
    ("GET", "/v1/privacy/reports", Duty.REVIEW_DETECTIONS): lambda d, q: d.request(
        "GET", "/v1/privacy/reports", limit=q.limit
    ),
    ("GET", "/v1/privacy/reports/archive", Duty.REVIEW_DETECTIONS): lambda d, _: d.request(
        "GET", "/v1/privacy/reports/archive"
    ),
    ("GET", "/v1/privacy/allowances", Duty.REVIEW_DETECTIONS): lambda d, _: d.request(
        "GET", "/v1/privacy/allowances"
    ),
    ("GET", "/v1/privacy/sample", Duty.REVIEW_DETECTIONS): lambda d, _: d.request(
        "GET", "/v1/privacy/sample"
    ),
    ("GET", "/v1/privacy/regression", Duty.REVIEW_DETECTIONS): lambda d, _: d.request(
        "GET", "/v1/privacy/regression"
    ),
    ("GET", "/v1/privacy/signed-reports", Duty.REVIEW_DETECTIONS): lambda d, _: d.request(
        "GET", "/v1/privacy/signed-reports"
    ),
}
"""Routes that answer about the archive, with the duty each asks for."""

_BODY = {"kinds": ["PERSON", "RESIDENT_ID"], "reason": "核对领取人身份", "case_no": "BJ2026-1"}


def _revealed(desk: Desk, doc_id: str) -> str:
    """Return the answer to asking for values, to opening them again and to listing, ids left out."""
    asked = desk.request("POST", f"/v1/documents/{doc_id}/reveal", json_body=_BODY)
    status, _, content = asked.partition(" ")
    if status not in {"200", "202"}:
        return asked
    told = json.loads(content)
    reveal_id = told["reveal"].pop("reveal_id")
    again = desk.request("GET", f"/v1/reveals/{reveal_id}").replace(reveal_id, "")
    listed = desk.request("GET", "/v1/reveals").replace(reveal_id, "")
    desk.forget_reveals()
    return json.dumps([status, told, again, listed], ensure_ascii=False)


def _awaited(desk: Desk, doc_id: str) -> str:
    """Return what is told of another's request about a document, and of deciding it."""
    desk.ask_as_another(doc_id)
    told = [
        desk.request("GET", "/v1/reveals/approvals"),
        desk.request("POST", f"/v1/reveals/{doc_id}/approve"),
        desk.request("POST", f"/v1/reveals/{doc_id}/refuse", json_body={"note": "与办件无关"}),
    ]
    desk.forget_reveals()
    return json.dumps(told, ensure_ascii=False)


REVEALS: dict[tuple[str, str], tuple[OfOne, Duty]] = {
    ("POST", "/v1/documents/{id}/reveal"): (_revealed, Duty.REVEAL),
    ("GET", "/v1/reveals/{id}"): (_revealed, Duty.REVEAL),
    ("GET", "/v1/reveals/approvals"): (_awaited, Duty.APPROVE_REVEALS),
}
"""Routes about values of one document, with what asks them; the second stands in the first."""

OF_ONE = {
    "/v1/documents/{id}": Duty.READ,
    "/v1/documents/{id}/similar": Duty.SEARCH,
    "/v1/documents/{id}/copy": Duty.READ,
    "/v1/documents/{id}/entry-audit": Duty.READ,
    "/v1/documents/{id}/pages/1/picture": Duty.READ,
    "/v1/reviews/{id}": Duty.REVIEW,
    "/v1/privacy/reports/{id}": Duty.REVIEW_DETECTIONS,
    "/v1/privacy/signed-reports/{id}": Duty.REVIEW_DETECTIONS,
}
"""Routes that answer about one document, all of them GET."""

COMMANDS: dict[str, Whole] = {
    "search": lambda d, q: d.command(search.search, q.text or "表", limit=q.limit),
    "search --json": lambda d, q: d.command(
        search.search, q.text or "表", limit=q.limit, ignore=[*q.ignored], only=[*q.only], as_json=True
    ),
    "search --export -": lambda d, q: d.command(search.search, q.text or "表", export=Path("-")),
    "suggest": lambda d, q: d.command(finding.suggest, q.begun),
    "check entries": lambda d, _: d.command(check.entries, as_json=True),
    "reviews list": lambda d, _: d.command(reviews.list_queue),
    "reviews hints": lambda d, _: d.command(reviews.hints),
    "reviews drift": lambda d, _: d.command(reviews.drift),
    "privacy report": lambda d, _: d.command(privacy_review.report),
    "privacy reports": lambda d, _: d.command(privacy_review.reports),
    "privacy allowances": lambda d, _: d.command(privacy_review.allowances),
    "privacy sample": lambda d, _: d.command(privacy_review.sample),
}
COMMANDS_OF_ONE: dict[str, OfOne] = {
    "similar": lambda d, doc_id: d.command(finding.similar, doc_id, as_json=True),
    "reviews show": lambda d, doc_id: d.command(reviews.show, doc_id),
    "privacy report ID": lambda d, doc_id: d.command(privacy_review.report, doc_id),
}


def told(
    desk: Desk, asked: Question, about: Sequence[str], wanted: Callable[[str], bool] = lambda _: True
) -> Iterator[tuple[str, str]]:
    """Yield (what was asked, the whole answer) for everything the principal at the desk can read.

    Every route that answers about the archive is asked; of every route that names a document, two of
    ``about`` and other ones for the next route; of the commands, which print what the same use cases
    say, a third; and an eighth of what is refused by duty alone. ``asked.turn`` decides which, so that
    many worlds ask everything about every document.
    """
    for name, ask in (
        *_routes(desk, asked, about),
        *_reveals(desk, asked, about),
        *_commands(desk, asked, about),
    ):
        if wanted(name):
            yield name, ask()


def _routes(desk: Desk, asked: Question, about: Sequence[str]) -> Iterator[tuple[str, Callable[[], str]]]:
    duties = desk.principal.duties
    for number, ((method, path, duty), ask) in enumerate(WHOLE.items()):
        if duty is None or duty in duties or _still_asked(number, asked.turn):
            yield f"{method} {path}", partial(ask, desk, asked)
    for number, (route, duty) in enumerate(OF_ONE.items()):
        if duty not in duties and not _still_asked(number, asked.turn):
            continue
        for doc_id in _two(about, asked.turn + number):
            path = route.format(id=doc_id)
            yield f"GET {path}", partial(desk.request, "GET", path)


def _reveals(desk: Desk, asked: Question, about: Sequence[str]) -> Iterator[tuple[str, Callable[[], str]]]:
    for number, (ask, duty) in enumerate(dict.fromkeys(REVEALS.values())):
        if duty in desk.principal.duties or _still_asked(number, asked.turn):
            doc_id = about[(asked.turn + number) % len(about)]
            yield f"reveal {ask.__name__} {doc_id}", partial(ask, desk, doc_id)


def _commands(desk: Desk, asked: Question, about: Sequence[str]) -> Iterator[tuple[str, Callable[[], str]]]:
    for number, (name, command) in enumerate(COMMANDS.items()):
        if number % _COMMANDS_IN == asked.turn % _COMMANDS_IN:
            yield name, partial(command, desk, asked)
    for number, (name, of_one) in enumerate(COMMANDS_OF_ONE.items()):
        if number % _COMMANDS_IN == asked.turn % _COMMANDS_IN:
            doc_id = about[asked.turn % len(about)]
            yield f"{name} {doc_id}", partial(of_one, desk, doc_id)


def _still_asked(number: int, turn: int) -> bool:
    return (number + turn) % _REFUSED_IN == 0


def _two(about: Sequence[str], turn: int) -> list[str]:
    return [about[(2 * turn + step) % len(about)] for step in range(min(2, len(about)))]
