"""What every answer has: an id, safe headers, a bounded body, and silence about the unexpected."""

from __future__ import annotations

import asyncio
import logging
import time
from http import HTTPMethod, HTTPStatus
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.routers import batches
from indexer.parsing.limits import MIB

MAX_JSON_BYTES = 4 * MIB
"""200 000 characters, each escaped as a surrogate pair, and room to spare."""

_DEPOSIT_PATH = "/v1/documents"
_log = logging.getLogger("chadang.http")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_API_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_TLS_HEADERS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""Under TLS only (RFC 6797 §7.2)."""


class Envelope:
    """What every answer has: an id, safe headers, a bounded body, and silence about the unexpected.

    The log holds method, route template, status and duration; never a path, a value or a message
    of an exception, all of which may quote what was sent.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_deposit_bytes: int,
        hosts: frozenset[str] = frozenset(),
        silence_s: float = 30,
    ) -> None:
        self._app = app
        self._max_deposit_bytes = max_deposit_bytes
        self._hosts = hosts
        self._silence_s = silence_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, request_id, status = time.perf_counter(), uuid4().hex, 0

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), scope, request_id)
            await send(message)

        try:
            if self._hosts and _host_of(scope) not in self._hosts:
                await problems.refused_host(scope)(scope, receive, send_safely)
            else:
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
        # A stream of lines has a rule of its own, which also stops reading on purpose.
        silence_s = None if scope["path"] == batches.PATH else self._silence_s
        seen, whole = 0, False

        async def receive_bounded() -> Message:
            nonlocal seen, whole
            if too_large:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            try:
                async with asyncio.timeout(None if whole else silence_s):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None
            whole = not message.get("more_body", False)
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        return receive_bounded


def _add_headers(headers: MutableHeaders, scope: Scope, request_id: str) -> None:
    headers["X-Request-ID"] = request_id
    own = _HEADERS | (_API_HEADERS if scope["path"].startswith("/v1/") else {})
    if scope["scheme"] == "https":
        own |= _TLS_HEADERS
    for name, value in own.items():
        headers.setdefault(name, value)


def _host_of(scope: Scope) -> str:
    """Return the host a request was made to, without port; '' where it names none, or more than one."""
    named = Headers(scope=scope).getlist("host")
    if len(named) != 1:
        return ""
    host, _, port = named[0].lower().rpartition(":")
    return host if host and port.isdigit() else named[0].lower()


def _place_of(error: BaseException) -> str:
    """Return module and line where the error was raised: where to look, without what was sent."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
