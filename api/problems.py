"""Errors as problem details (RFC 9457). Nothing a caller sent is ever part of an answer.

The domain knows no status codes: each error class has a row here or inherits its parent's.
``instance`` is the route's template, so an absent and a forbidden document give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.schemas import field_names
from models.errors import (
    ArchiveError,
    Conflict,
    DependencyFailed,
    Forbidden,
    InvalidInput,
    NotVisible,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    UnsupportedMedia,
)

MEDIA_TYPE = "application/problem+json"

# Looked up along the class hierarchy: a subclass needs a row only to differ from its parent.
_STATUS: dict[type[ArchiveError], HTTPStatus] = {
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotVisible: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    DependencyFailed: HTTPStatus.SERVICE_UNAVAILABLE,
    ArchiveError: HTTPStatus.INTERNAL_SERVER_ERROR,
}

# What the framework itself refuses: code, title, detail.
FRAMEWORK: dict[int, tuple[str, str, str]] = {
    400: ("malformed_request", "请求无法解析", "请求的格式有误，请按接口说明重新提交。"),
    404: ("no_such_route", "没有这个地址", "接口没有这个地址，请核对后重试。"),
    405: ("method_not_allowed", "不支持的方法", "这个地址不支持此方法，请按接口说明调用。"),
    408: ("request_timeout", "请求未按时到齐", "请求的内容没有按时到齐，请检查网络后重新提交。"),
    413: (TooLarge.code, TooLarge.title, "提交的内容超过上限，请拆分或压缩后重试。"),
    415: (UnsupportedMedia.code, UnsupportedMedia.title, "请按接口说明的 Content-Type 提交。"),
}
_INTERNAL = ("internal", "系统内部错误", "系统内部错误，请凭请求编号联系系统管理员。")

# Chinese reasons by pydantic's error type; its own message may quote the input.
_REASONS: dict[str, str] = {
    "missing": "缺少此项",
    "extra_forbidden": "没有这一项，请核对字段名",
    "json_invalid": "不是有效的 JSON",
    "string_type": "应为文字",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不符",
    "string_unicode": "含有无法识别的字符",
    "int_type": "应为整数",
    "date_type": "应为日期，如 2019-03-05",
    "date_parsing": "应为日期，如 2019-03-05",
    "date_from_datetime_parsing": "应为日期，如 2019-03-05",
    "date_from_datetime_inexact": "应为日期，如 2019-03-05",
    "int_parsing": "应为整数",
    "int_parsing_size": "数值过大",
    "int_from_float": "应为整数",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "list_type": "应为列表",
    "too_long": "最多 {max_length} 项",
    "timezone_aware": "须写明时区，如 2026-01-15T00:00:00+08:00",
    "datetime_type": "应为时间，如 2026-01-15T00:00:00+08:00",
    "datetime_parsing": "应为时间，如 2026-01-15T00:00:00+08:00",
    "datetime_from_date_parsing": "应为时间，如 2026-01-15T00:00:00+08:00",
    "literal_error": "不在可选值之内",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "year_order": "起始年份不能晚于截止年份",
    "region_code": "应为 2、4、6、9 或 12 位行政区划代码",
}
_OWN_NUMBERS = ("min_length", "max_length", "ge", "le")


def status_of(error: type[ArchiveError]) -> HTTPStatus:
    """Return the status of an error class: its own row, or the nearest ancestor's."""
    return next(_STATUS[kind] for kind in error.__mro__ if kind in _STATUS)


def problem(
    status: int,
    told: tuple[str, str, str],
    scope: Scope,
    *,
    fields: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return the answer for ``told`` (code, title, detail)."""
    code, title, detail = told
    body: dict[str, Any] = {
        "type": f"urn:chadang:problem:{code}",
        "title": title,
        "status": int(status),
        "detail": detail,
        "code": code,
    }
    route = getattr(scope.get("route"), "path", None)
    if route:
        body["instance"] = route
    if fields:
        body["fields"] = list(fields)
    return JSONResponse(body, status_code=int(status), headers=dict(headers or {}), media_type=MEDIA_TYPE)


def internal_problem(scope: Scope) -> JSONResponse:
    """Return the answer to an error nobody expected: no word about it."""
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, _INTERNAL, scope)


def refused_host(scope: Scope) -> JSONResponse:
    """Return the answer to a request made to a host that is none of ours."""
    told = ("misdirected_request", "访问的主机名不对", "请用系统管理员公布的地址访问。")
    return problem(HTTPStatus.MISDIRECTED_REQUEST, told, scope)


def told_of(error: ArchiveError) -> tuple[str, str, str]:
    return error.code, error.title, error.detail


def install(app: FastAPI) -> None:
    """Make every refusal of ``app`` a problem."""

    @app.exception_handler(ArchiveError)
    async def _refused(request: Request, error: ArchiveError) -> JSONResponse:
        status = status_of(type(error))
        headers = {}
        if status is HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Bearer realm="chadang"'
        if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
            headers["Retry-After"] = str(getattr(error, "retry_after_s", 10))
        return problem(status, told_of(error), request.scope, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def _bad_request(request: Request, error: RequestValidationError) -> JSONResponse:
        told = (InvalidInput.code, InvalidInput.title, "请求中有字段不符合要求，见 fields。")
        fields = _fields(error.errors())
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, told, request.scope, fields=fields)

    @app.exception_handler(HTTPException)
    async def _framework(request: Request, error: HTTPException) -> JSONResponse:
        told = FRAMEWORK.get(error.status_code, FRAMEWORK[400])
        kept = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
        return problem(error.status_code, told, request.scope, headers=kept)


def _fields(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return where and why, from pydantic's error types alone; at most 20."""
    return [{"field": _place(e["loc"]), "reason": _reason(e)} for e in list(errors)[:20]]


def _place(loc: Sequence[object]) -> str:
    """Return the path of a field; a name that is not one of ours was sent by the caller, hence hidden."""
    known = field_names()
    return ".".join(str(part) if isinstance(part, int) or part in known else "(未知字段)" for part in loc)


def _reason(error: Mapping[str, Any]) -> str:
    limits = {name: value for name, value in (error.get("ctx") or {}).items() if name in _OWN_NUMBERS}
    try:
        return _REASONS.get(error["type"], "不符合要求").format(**limits)
    except KeyError:
        return "不符合要求"
