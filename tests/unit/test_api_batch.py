"""Lines in, lines out: how a stream is cut, what each line is answered, and what is never in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.types import Message

from api.analysis import ClassifiedText
from api.batch import Asked, Cutter, LineAnswers
from api.exchange import MAX_OPEN_PER_ACCOUNT, Exchange, OpenExchanges, Order
from api.inbox import GROUP_LINES, INBOX_BYTES, Inbox
from models.classification.results import Classification, Decision
from models.errors import ModelUnavailable, TooManyRequests


@given(st.lists(st.binary(max_size=12).filter(lambda b: b"\n" not in b and b.strip())), st.data())
def test_lines_are_the_same_however_the_stream_is_cut(lines: list[bytes], data: st.DataObject) -> None:
    stream, cutter, found = b"\n".join(lines), Cutter(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += cutter.feed(stream[:size])
        stream = stream[size:]
    assert found + cutter.end() == lines


def test_blank_lines_are_none_and_one_too_long_keeps_nothing() -> None:
    cutter = Cutter(max_line_bytes=4)
    found = cutter.feed(b"abcd\n\r\n  \nabcde\nef")
    for _ in range(1000):
        found += cutter.feed(b"x" * 1000)
        assert len(cutter._open) <= 4
    assert [*found, *cutter.feed(b"\ngh\n")] == [b"abcd", None, None, b"gh"]


def judged(asked: Asked) -> ClassifiedText:
    said = asked.text + (f"·{asked.formed_on}" if asked.formed_on else "")
    made = Classification(said, (), (said,), Decision.NEEDS_REVIEW, None, 0.0, (), "fake")
    return ClassifiedText(made, None)


def classify(asked: Sequence[Asked]) -> list[ClassifiedText]:
    texts = [one.text for one in asked]
    if "坏" in texts:
        raise RuntimeError("坏")
    if "没有模型" in texts:
        raise ModelUnavailable
    return [judged(one) for one in asked]


ANSWERS = LineAnswers(classify, lambda made: {"insurance_type": made.classification.insurance_type})


def answers_to(*lines: bytes | None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ANSWERS.to(lines).splitlines()]


@pytest.mark.parametrize(
    "identifier", ['"文字"', "7", "1.5", "null", "true", '["列",1]', '{"号":1}', '"\\ud800"']
)
def test_a_line_is_answered_under_its_id_whatever_that_is(identifier: str) -> None:
    (answer,) = answers_to(f'{{"id":{identifier},"text":"甲"}}'.encode())
    assert answer == {"id": json.loads(identifier), "insurance_type": "甲"}


def test_a_bad_line_is_an_error_and_harms_no_other() -> None:
    bad = {
        b"not json": "invalid_input",
        b"[1]": "invalid_input",
        b'"text"': "invalid_input",
        b"\xff\xfe": "invalid_input",
        b"[" * 5000: "invalid_input",
        b'{"id":NaN,"text":"x"}': "invalid_input",
        b'{"id":"a"}': "invalid_input",
        b'{"id":"a","text":5}': "invalid_input",
        b'{"id":"a","text":"x","formed_on":"2019-02-30"}': "invalid_input",
        b'{"id":"a","text":"x","formed_on":2019}': "invalid_input",
        None: "too_large",
        ('{"id":"a","text":"' + "长" * 200_001 + '"}').encode(): "too_large",
        '{"id":"a","text":"坏"}'.encode(): "internal",
    }
    good = '{"id":"g","text":"甲"}'.encode()
    answers = answers_to(*[line for one in bad for line in (one, good)])
    assert answers[1::2] == [{"id": "g", "insurance_type": "甲"}] * len(bad)
    assert [answer["error"]["code"] for answer in answers[::2]] == list(bad.values())
    assert all(answer["error"]["detail"].endswith("。") for answer in answers[::2])
    assert {str(answer["id"]) for answer in answers[::2]} == {"None", "a"}


def test_a_line_may_say_when_the_document_was_formed() -> None:
    (answer,) = answers_to('{"id":1,"text":"甲","formed_on":"2019-03-05"}'.encode())
    assert answer["insurance_type"] == "甲·2019-03-05"


def test_missing_models_end_the_stream() -> None:
    with pytest.raises(ModelUnavailable):
        answers_to('{"id":1,"text":"没有模型"}'.encode())


# -- the exchange --------------------------------------------------------------------------------------


class Caller:
    """The other end of an exchange, at its own pace: sends messages, takes answers when allowed to."""

    def __init__(self, *bodies: bytes, ends: bool = True, disconnects_after: int | None = None) -> None:
        self.bodies = list(bodies)
        self.sent = 0
        self.ends = ends
        self.disconnects_after = disconnects_after
        self.takes = asyncio.Event()
        self.takes.set()
        self.said: list[Message] = []

    async def receive(self) -> Message:
        await asyncio.sleep(0)
        if self.disconnects_after == self.sent:
            return {"type": "http.disconnect"}
        if self.sent < len(self.bodies):
            self.sent += 1
            more = self.sent < len(self.bodies) or not self.ends
            return {"type": "http.request", "body": self.bodies[self.sent - 1], "more_body": more}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, message: Message) -> None:
        await self.takes.wait()
        self.said.append(message)

    @property
    def status(self) -> int | None:
        return self.said[0]["status"] if self.said else None

    def lines(self) -> list[dict[str, Any]]:
        body = b"".join(message.get("body", b"") for message in self.said)
        return [json.loads(line) for line in body.splitlines()]


def line(number: int) -> bytes:
    return f'{{"id":{number},"text":"甲"}}\n'.encode()


def exchange(ended: list[str], *, max_lines: int = 10_000, patience_s: float = 30.0) -> Exchange:
    order = Order("sj", ANSWERS.to, lambda outcome, _: ended.append(outcome), max_lines, patience_s)
    return Exchange(order, OpenExchanges())


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 30))


def test_every_line_is_answered_in_order_and_the_last_needs_no_line_feed() -> None:
    ended: list[str] = []

    async def work() -> None:
        stream = b"".join(line(n) for n in range(500)).rstrip()
        caller = Caller(*(stream[i : i + 97] for i in range(0, len(stream), 97)))
        await exchange(ended)({}, caller.receive, caller.send)
        assert caller.status == 200
        assert [answer["id"] for answer in caller.lines()] == list(range(500))
        assert caller.said[-1]["more_body"] is False

    run(work)
    assert ended == ["ok"]


def test_a_line_is_answered_before_the_next_is_sent() -> None:
    async def work() -> None:
        caller = Caller(line(1), ends=False)
        task = asyncio.create_task(exchange([])({}, caller.receive, caller.send))
        while not caller.lines():
            await asyncio.sleep(0.01)
        assert [answer["id"] for answer in caller.lines()] == [1]
        caller.disconnects_after = caller.sent
        task.cancel()
        await asyncio.wait([task])

    run(work)


def test_a_caller_that_takes_nothing_is_read_from_no_further_than_the_inbox_holds() -> None:
    """Back-pressure: what is in memory does not grow with what could be sent."""
    message = (f'{{"id":1,"text":"{"a" * 999_000}"}}\n').encode()
    bodies = [message] * 200  # 200 MB

    async def work() -> None:
        caller = Caller(*bodies)
        caller.takes.clear()
        task = asyncio.create_task(exchange([])({}, caller.receive, caller.send))
        for _ in range(200):
            await asyncio.sleep(0.005)
        held = caller.sent * len(message)
        assert caller.said == []
        assert INBOX_BYTES // 2 < held < INBOX_BYTES + 8 * len(message)
        caller.takes.set()
        await task
        assert len(caller.lines()) == len(bodies)

    run(work)


def test_the_work_ends_with_the_caller() -> None:
    ended: list[str] = []

    async def work() -> None:
        caller = Caller(*[line(n) for n in range(1000)], disconnects_after=3)
        await exchange(ended)({}, caller.receive, caller.send)
        assert len(caller.lines()) <= 3

    run(work)
    assert ended == ["disconnected"]


def test_lines_past_the_last_one_allowed_are_refused_after_the_others_were_answered() -> None:
    ended: list[str] = []

    async def work() -> None:
        caller = Caller(b"".join(line(n) for n in range(150)))
        await exchange(ended, max_lines=100)({}, caller.receive, caller.send)
        *answers, last = caller.lines()
        assert [answer["id"] for answer in answers] == list(range(100))
        assert (last["id"], last["error"]["code"]) == (None, "too_large")
        assert "100 行" in last["error"]["detail"]

    run(work)
    assert ended == ["too_large"]


def test_a_body_over_the_limit_ends_like_that_too() -> None:
    ended: list[str] = []

    async def work() -> None:
        caller = Caller(line(1), ends=False)

        async def bounded() -> Message:
            if caller.sent:
                raise HTTPException(413)
            return await caller.receive()

        await exchange(ended)({}, bounded, caller.send)
        assert [answer.get("error", {}).get("code") for answer in caller.lines()] == [None, "too_large"]

    run(work)
    assert ended == ["too_large"]


def test_patience_with_a_caller_that_falls_silent_or_takes_nothing_has_an_end() -> None:
    ended: list[str] = []

    async def work() -> None:
        silent = Caller(line(1), ends=False)
        await exchange(ended, patience_s=0.1)({}, silent.receive, silent.send)
        assert [answer.get("error", {}).get("code") for answer in silent.lines()] == [None, "invalid_input"]
        stuck = Caller(line(1), line(2))
        started = asyncio.create_task(exchange(ended, patience_s=0.1)({}, stuck.receive, stuck.send))
        while not stuck.said:
            await asyncio.sleep(0)
        stuck.takes.clear()
        await started

    run(work)
    assert ended == ["invalid_input", "not_taken"]


def test_an_error_of_the_models_is_the_last_line() -> None:
    ended: list[str] = []

    async def work() -> None:
        caller = Caller(line(1), '{"id":2,"text":"没有模型"}\n'.encode(), ends=False)
        await exchange(ended)({}, caller.receive, caller.send)
        assert caller.lines()[-1]["error"]["code"] == "model_unavailable"
        assert caller.lines()[-1]["id"] is None

    run(work)
    assert ended == ["model_unavailable"]


def test_a_server_that_stops_still_records_what_was_under_way() -> None:
    ended: list[str] = []

    async def work() -> None:
        caller = Caller(line(1), ends=False)
        task = asyncio.create_task(exchange(ended)({}, caller.receive, caller.send))
        while not caller.lines():
            await asyncio.sleep(0.01)
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0)

    run(work)
    assert ended == ["interrupted"]


def test_an_account_has_few_exchanges_at_once() -> None:
    open_exchanges = OpenExchanges()
    held = [open_exchanges.one_of("sj") for _ in range(MAX_OPEN_PER_ACCOUNT)]
    for one in held:
        one.__enter__()
    with pytest.raises(TooManyRequests), open_exchanges.one_of("sj"):
        pass
    with open_exchanges.one_of("other"):
        pass
    held[0].__exit__(None, None, None)
    with open_exchanges.one_of("sj"):
        pass


def test_an_inbox_hands_out_small_groups() -> None:
    async def work() -> None:
        inbox = Inbox(10_000)
        inbox.put(b"".join(line(n) for n in range(1000)), last=True)
        assert len(await inbox.take()) == GROUP_LINES
        large = Inbox(10)
        large.put(b"a" * 300_000 + b"\nb\n", last=False)
        assert [len(one or b"") for one in await large.take()] == [300_000]

    run(work)
