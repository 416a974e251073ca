"""An answer about a named thing comes no sooner than the floor; every other answer comes when it is ready."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.steady import Steady

FLOOR_MS = 40


def answered_after_ms(path_params: dict[str, Any], work_s: float) -> float:
    """Return when the answer to a request began, for a program that works ``work_s`` on it."""

    async def program(scope: Scope, _: Receive, send: Send) -> None:
        scope["path_params"] = path_params  # as the router does, once it knows the route
        await asyncio.sleep(work_s)
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    at: list[float] = []

    async def send(_: Message) -> None:
        at.append(time.perf_counter())

    async def receive() -> Message:
        return {"type": "http.request"}

    begin = time.perf_counter()
    asyncio.run(Steady(program, FLOOR_MS)({"type": "http"}, receive, send))
    assert len(at) == 2
    return (at[0] - begin) * 1000


@pytest.mark.parametrize(
    "work_s", [0.0, 0.003, 0.02], ids=["at once", "three milliseconds", "half the floor"]
)
def test_an_answer_about_a_thing_keeps_its_floor(work_s: float) -> None:
    assert answered_after_ms({"doc_id": "甲"}, work_s) >= FLOOR_MS


def test_other_answers_do_not_wait() -> None:
    assert min(answered_after_ms({}, 0.0) for _ in range(5)) < FLOOR_MS


def test_work_beyond_the_floor_is_not_held_up_further() -> None:
    assert answered_after_ms({"doc_id": "甲"}, 0.05) >= 50
