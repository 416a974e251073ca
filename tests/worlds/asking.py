"""Asking an archive everything there is to ask, over the routes and by the commands, in one thread.

A request goes through the application as it is served, but for log-in, which knows accounts only, and for
threads: handlers run where they are called.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import urlencode

import typer
from fastapi import FastAPI
from sqlalchemy import delete
from starlette.types import Message

from api.admission import Visitor
from api.app import _service_of, create_app
from api.dependencies import Readiness, Service
from api.sessions import Tokens
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.database import transaction
from indexer.store.reveals_port import Reveal, RevealState
from indexer.store.reveals_tables import RevealRow
from models.access.principal import Principal
from models.errors import ArchiveError
from models.privacy.detections import DetectionKind
from tests.worlds.archive import WorldArchive, now

_THREADED = (
    "fastapi.routing",
    "fastapi.dependencies.utils",
    "starlette.routing",
    "starlette._exception_handler",
)
_HEADERS = [(b"content-type", b"application/json"), (b"host", b"archive"), (b"authorization", b"Bearer desk")]
_CLOCKS = ("api.dependencies",)


class _Ready(Readiness):
    """Models that need no loading."""

    def need(self, *parts: str) -> None:
        """Find them ready."""


@dataclass(slots=True)
class _Known:
    """Tokens that stand for whoever sits at the desk."""

    at: Desk

    def visitor_of(self, _: str) -> Visitor:
        return Visitor(self.at.principal)


async def _called(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


@dataclass(slots=True)
class Desk:
    """Where one principal at a time asks one archive at a time."""

    app: FastAPI
    loop: asyncio.AbstractEventLoop
    archive: WorldArchive
    principal: Principal

    def sit(self, archive: WorldArchive) -> None:
        """Turn to another archive."""
        made = _service_of(archive)
        ready = _Ready(archive)
        known = cast("Tokens", _Known(self))
        service = Service(archive, known, ready, made.deposits, made.courier, made.exchanges)
        self.archive, self.app.state.service = archive, service

    def request(self, method: str, path: str, *, json_body: object = None, **query: object) -> str:
        """Return status and body of an answer over HTTP as one text."""
        status, body = self.loop.run_until_complete(self._answer(method, path, json_body, query))
        assert status < 500, f"{method} {path}"
        return f"{status} {body.decode('utf-8', 'surrogateescape')}"

    def command(self, function: Callable[..., object], *args: object, **options: object) -> str:
        """Return exit code and standard output of a command as one text, or how it was refused."""
        said, code = io.StringIO(), 0
        with redirect_stdout(said):
            try:
                function(*args, subject=self.principal.subject, **options)
            except ArchiveError as error:
                return f"2 {error.code} {error.detail}"
            except typer.Exit as ended:
                code = ended.exit_code
        return f"{code} {said.getvalue()}"

    def ask_as_another(self, doc_id: str) -> None:
        """Keep a request of another account about a document, where this archive has it, under its id."""
        archive = self.archive
        if not archive.store.facts([doc_id]):
            return
        (other, *_) = sorted(
            {a.principal.subject for a in SqlAccountStore(archive.engine).accounts()}
            - {self.principal.subject}
        )
        reveal = Reveal(
            reveal_id=doc_id,
            doc_id=doc_id,
            subject=other,
            purpose="业务经办",
            kinds=(DetectionKind.RESIDENT_ID,),
            reason="核对领取人身份",
            case_no="BJ2026-1",
            case_fits=None,
            emergency=False,
            state=RevealState.WAITING,
            requested_at=now(),
            expires_at=now() + timedelta(hours=1),
        )
        archive.reveals.reveals.add(reveal, archive.reveals.rules.limits)

    def forget_reveals(self) -> None:
        """Remove every request, so that no answer depends on those before it."""
        with transaction(self.archive.engine) as session:
            session.execute(delete(RevealRow))

    async def _answer(
        self, method: str, path: str, body: object, query: Mapping[str, object]
    ) -> tuple[int, bytes]:
        content = b"" if body is None else json.dumps(body).encode()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": urlencode(query).encode(),
            "headers": _HEADERS,
            "client": ("127.0.0.1", 1),
            "server": ("archive", 80),
        }
        status, parts = 0, list[bytes]()

        async def receive() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        application = cast("Callable[..., Awaitable[None]]", self.app)
        await application(scope, receive, send)
        return status, b"".join(parts)


@contextmanager
def desk(archive: WorldArchive, principal: Principal) -> Iterator[Desk]:
    """Yield a desk; while it stands, time does not pass and no handler leaves this thread."""
    loop = asyncio.new_event_loop()
    patches: list[Any] = [patch(f"{module}.run_in_threadpool", _called) for module in _THREADED]
    patches += [patch(f"{module}.utc_now", now) for module in _CLOCKS]
    for each in patches:
        each.start()
    made = Desk(create_app(archive), loop, archive, principal)
    opening: Any = patch("api.cli.options.archive_of", lambda *_, **__: made.archive)
    opening.start()
    try:
        made.sit(archive)
        yield made
    finally:
        for each in [opening, *patches]:
            each.stop()
        loop.close()
