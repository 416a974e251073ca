"""How refusals look in the OpenAPI document: one example per error a route can answer with."""

from __future__ import annotations

from typing import Any

from api.problems import FRAMEWORK, MEDIA_TYPE, status_of
from models.errors import ArchiveError

SCHEMA = {"$ref": "#/components/schemas/Problem"}


def refusals(*errors: type[ArchiveError]) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route that can refuse with ``errors``, and with the unexpected."""
    answers: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        status = int(status_of(error))
        answer = answers.setdefault(status, _answer(error.title))
        answer["content"][MEDIA_TYPE]["examples"][error.code] = {
            "summary": error.title,
            "value": _example(error, status),
        }
    answers["default"] = _answer("其他错误，形式相同")
    return answers


def refusals_of_bodies() -> dict[str, dict[str, Any]]:
    """Return what every route that takes a body can answer before it looks at it: torn, or too large."""
    answers = {}
    for status in (400, 413):
        code, title, detail = FRAMEWORK[status]
        answer = answers[str(status)] = _answer(title)
        value = {"type": f"urn:chadang:problem:{code}", "title": title, "status": status, "detail": detail}
        answer["content"][MEDIA_TYPE]["examples"][code] = {"summary": title, "value": value | {"code": code}}
    return answers


def _answer(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": SCHEMA, "examples": {}}}}


def _example(error: type[ArchiveError], status: int) -> dict[str, Any]:
    value = {
        "type": f"urn:chadang:problem:{error.code}",
        "title": error.title,
        "status": status,
        "detail": f"{error.title}。",
        "code": error.code,
    }
    if error.code == "invalid_input":
        value["fields"] = [{"field": "body.limit", "reason": "不能大于 100"}]
    return value
