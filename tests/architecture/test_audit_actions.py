"""Every action the program records is in the table with its Chinese name, and the table holds no other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from indexer.store.classification_port import ReviewVerdict
from indexer.store.reviews_port import Verdict
from models.ledger.actions import action_name, actions, outcome_name, role_names

ROOT = Path(__file__).parents[2]
FOLDERS = ("api", "indexer")
MADE_FROM = {
    "review_": {v.value for v in Verdict},
    "classification_": {v.value for v in ReviewVerdict},
    "model_": set[str](),
}
"""Actions put together from a word and what follows; words given as they are come from the calls below."""
PASSED_ON = {"_looking": "classification_", "_acting": "model_"}
NAMING = {"audited", "AuditEvent", "everything"}
BY_PLACE = {
    "doing": 0, "_reading": 0, "_original": 2, "_record": 2, "_noted": 1, "_step": 1,
    "by_kind": 0, "_deciding": 0, "_maintaining": 1, "_doing": 2,
}  # fmt: skip


def calls() -> Iterator[ast.Call]:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield node


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def recorded() -> set[str]:
    """Return every action the source names."""
    found = set[str]()
    for call in calls():
        name = name_of(call)
        for keyword in call.keywords:
            if keyword.arg == "action" and name in NAMING:
                found |= set(spelled(keyword.value))
        place = BY_PLACE.get(name)
        if place is not None and len(call.args) > place:
            found |= set(spelled(call.args[place]))
        if name in PASSED_ON and len(call.args) > 1:
            found |= {PASSED_ON[name] + word for word in spelled(call.args[1])}
    return found


def spelled(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.JoinedStr) and isinstance(value.values[0], ast.Constant):
        begun = str(value.values[0].value)
        yield from (begun + rest for rest in MADE_FROM[begun])


def test_recorded_actions_are_those_of_the_table() -> None:
    found = recorded()
    assert {"search", "read", "login", "review_confirmed", "model_add", "token_create"} <= found
    # The default of `Searcher.everything`, a constant, and one or the other of a condition.
    defaults = {
        "export", "find_person", "reveal_request", "reveal_emergency", "dispose_approve", "dispose_refuse",
    }  # fmt: skip
    assert found | defaults == set(actions())


def test_only_known_ways_lead_to_the_ledger() -> None:
    """A new call of `record` would escape the scan above: list it there first."""
    makers = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if "AuditEvent(" in path.read_text("utf-8")
    }
    assert makers == {
        "api/analysis.py",
        "api/bootstrap/office.py",
        "api/jobs.py",
        "api/routers/session.py",
        "indexer/auditing.py",
        "indexer/store/audit_sqlalchemy.py",
    }


def test_one_place_alone_deletes_entries() -> None:
    deleting = [
        path.name
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if "delete(AuditRow)" in path.read_text("utf-8") or "update(AuditRow)" in path.read_text("utf-8")
    ]
    assert deleting == ["ledger_moving.py"]


def test_names_are_chinese_and_unknown_codes_stand_for_themselves() -> None:
    assert all(not action.name.isascii() for action in actions().values())
    assert (action_name("read"), action_name("new")) == ("查阅全文（已遮蔽）", "new")
    assert (outcome_name("not_found"), outcome_name("ok"), outcome_name("new")) == ("没有找到", "完成", "new")
    assert (role_names("clerk,reviewer"), role_names(""), role_names("x")) == ("经办人员、复核人员", "", "x")
