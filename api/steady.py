"""Answers about one named thing take one time, whether it is there, hidden, or was never there.

The same queries run for a hidden and for an absent document, but the clock of a caller is finer than that
promise: see docs/adr/0010-one-time-for-every-answer.md.
"""

from __future__ import annotations

import asyncio
import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_COARSE_S = 0.0015
"""asyncio wakes up to a millisecond late, by an amount that depends on when the work ended; so the last
stretch is passed watching the clock, and the moment of the answer says nothing about the work."""

_NOISE_SHARE = 0.25
"""Up to so much of the floor is waited more, drawn anew for every answer. The floor takes away what work
costs before it; what a longer answer costs after it (colder caches, more bytes to send) drowns in this."""
_DRAW = secrets.SystemRandom()


class Steady:
    """Holds answers to paths that name a thing for ``floor_ms`` from the request on and a little more."""

    def __init__(self, app: ASGIApp, floor_ms: int) -> None:
        self._app = app
        self._floor_s = floor_ms / 1000

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begin = time.perf_counter()

        async def send_in_time(message: Message) -> None:
            if message["type"] == "http.response.start" and scope.get("path_params"):
                await _until(begin + self._floor_s * (1 + _NOISE_SHARE * _DRAW.random()))
            await send(message)

        await self._app(scope, receive, send_in_time if scope["type"] == "http" else send)


_STILL_S = 0.0002
"""At the very end the loop stands still: one more turn of it costs what happens to be waiting in it."""


async def _until(moment_s: float) -> None:
    """Return at ``moment_s`` of `time.perf_counter`, at once where it is past."""
    coarse = moment_s - _COARSE_S - time.perf_counter()
    if coarse > 0:
        await asyncio.sleep(coarse)
    while time.perf_counter() < moment_s - _STILL_S:
        await asyncio.sleep(0)
    while time.perf_counter() < moment_s:
        pass
