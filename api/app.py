"""The HTTP service: `create_app` joins routes, errors and the life of the worker to one archive."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPMethod, HTTPStatus
from uuid import uuid4

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.authentication import Tokens
from api.bootstrap import Archive, utc_now
from api.dependencies import Readiness, Service
from api.exchange import OpenExchanges
from api.jobs import Deposits
from api.routers import (
    analysis,
    batches,
    copies,
    documents,
    entry_audit,
    examples,
    health,
    privacy_reports,
    reviews,
    saved_searches,
    search,
    session,
    signed_reports,
)
from api.routers.answers import refusals_of_bodies
from api.routers.documents import METADATA_BYTES
from api.schemas import Problem
from api.steady import Steady
from api.webhooks.courier import CourierThread
from indexer.parsing.limits import MIB

MAX_JSON_BYTES = 4 * MIB
"""200 000 characters, each escaped as a surrogate pair, and room to spare."""

_DEPOSIT_PATH = "/v1/documents"
_log = logging.getLogger("chadang.http")
_DESCRIPTION = (
    "社保档案的自动分类、隐私检查与检索。凭访问令牌调用；只能查到本人条线、辖区和级别内的档案，个人信息一律遮蔽。"
    "出错时返回 application/problem+json（RFC 9457），程序请按 code 判断；回答中不会出现提交的内容。"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
_API_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def create_app(archive: Archive) -> FastAPI:
    """Return the application over one archive; models are loaded when it starts to serve."""
    service = _service_of(archive)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        service.deposits.start()
        service.readiness.start()
        service.courier.start()
        yield
        service.deposits.stop()
        service.courier.stop()

    app = FastAPI(
        title="查档",
        version="0.1.0",
        summary="社保档案的自动分类与检索",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would repeat the path
        lifespan=life,
    )
    app.state.service = service
    for router in (
        session.router,
        search.router,
        saved_searches.router,
        documents.router,
        copies.router,
        entry_audit.router,
        analysis.router,
        examples.router,
        batches.router,
        reviews.router,
        privacy_reports.router,
        signed_reports.router,
        health.router,
    ):
        app.include_router(router)
    problems.install(app)
    app.add_middleware(Envelope, max_deposit_bytes=archive.settings.max_file_mib * MIB + METADATA_BYTES + MIB)
    # Outermost: what is done to an answer once it has been held would show again in its time.
    app.add_middleware(Steady, floor_ms=archive.settings.answer_floor_ms)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _service_of(archive: Archive) -> Service:
    life = timedelta(minutes=archive.settings.token_minutes)
    tokens = Tokens(archive.accounts, archive.sealer.signing_key, life, utc_now)
    readiness = Readiness(archive)
    deposits = Deposits(archive, readiness.wait)
    courier = CourierThread(archive.webhooks.courier)
    return Service(archive, tokens, readiness, deposits, courier, OpenExchanges())


def _openapi(app: FastAPI) -> dict[str, object]:
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
        )
        schemas = made["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema()
        for schema in schemas.values():
            if "enum" in schema:
                schema.pop("description", None)  # a docstring of the domain, for programmers
        for operation in (o for path in made["paths"].values() for o in path.values()):
            if "requestBody" in operation:
                operation["responses"] = refusals_of_bodies() | operation["responses"]
        app.openapi_schema = made
    return app.openapi_schema


class Envelope:
    """What every answer has: an id, safe headers, a bounded body, and silence about the unexpected.

    The log holds method, route template, status and duration; never a path, a value or a message
    of an exception, all of which may quote what was sent.
    """

    def __init__(self, app: ASGIApp, max_deposit_bytes: int) -> None:
        self._app = app
        self._max_deposit_bytes = max_deposit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, request_id, status = time.perf_counter(), uuid4().hex, 0

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), scope["path"], request_id)
            await send(message)

        try:
            await self._app(scope, self._bounded(scope, receive), send_safely)
        except ClientDisconnect:
            status = status or 499
        except Exception as error:  # noqa: BLE001 - the framework would log the message and its values
            _log.error("request %s failed: %s at %s", request_id, type(error).__name__, _place_of(error))
            if status == 0:
                await problems.internal_problem(scope)(scope, receive, send_safely)
        route = getattr(scope.get("route"), "path", "-")
        method = scope["method"] if scope["method"] in HTTPMethod.__members__ else "-"
        elapsed_ms = (time.perf_counter() - begin) * 1000
        _log.info("%s %s %s %d %.0f ms", request_id, method, route, status, elapsed_ms)

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        limits = {_DEPOSIT_PATH: self._max_deposit_bytes, batches.PATH: batches.MAX_BYTES}
        limit = limits.get(scope["path"], MAX_JSON_BYTES)
        declared = Headers(scope=scope).get("content-length", "")
        too_large = declared.isascii() and declared.isdigit() and int(declared[:18]) > limit
        seen = 0

        async def receive_bounded() -> Message:
            nonlocal seen
            if too_large:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        return receive_bounded


def _add_headers(headers: MutableHeaders, path: str, request_id: str) -> None:
    headers["X-Request-ID"] = request_id
    own = _HEADERS | (_API_HEADERS if path.startswith("/v1/") else {})
    for name, value in own.items():
        headers.setdefault(name, value)


def _place_of(error: BaseException) -> str:
    """Return module and line where the error was raised: where to look, without what was sent."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
