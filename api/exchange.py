"""A stream of lines answered while it arrives: never more in memory than a fixed amount.

Reading and answering go on beside each other. A caller that reads slowly fills the socket, then answering
waits; what it goes on sending fills the inbox, then reading waits: so it is slowed down to its own pace.
The inbox is large enough for callers that send everything before they read anything.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.batch import error_of, line_of
from api.inbox import Inbox
from models.errors import ArchiveError, InvalidInput, TooLarge, TooManyRequests

MEDIA_TYPE = "application/x-ndjson"
PATIENCE_S = 120.0
"""How long a caller may send nothing although everything is answered, or take nothing of an answer."""

MAX_OPEN, MAX_OPEN_PER_ACCOUNT = 8, 2


class OpenExchanges:
    """The exchanges under way: counted, so that their memory is bounded too, and worked on by one thread.

    One group at a time in the process: the models use all cores, and single requests come in between.
    """

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="chadang-batch")

    @contextmanager
    def one_of(self, subject: str) -> Iterator[None]:
        """Hold one place; TooManyRequests where none is left."""
        if self._open.total() >= MAX_OPEN or self._open[subject] >= MAX_OPEN_PER_ACCOUNT:
            raise TooManyRequests("同时进行的批量分类过多，请等其中一个结束后再提交。")
        self._open[subject] += 1
        try:
            yield
        finally:
            self._open[subject] -= 1


@dataclass(frozen=True, slots=True)
class Order:
    """What an exchange is for. ``answer`` and ``ended`` run in a thread.

    ``answer``: from lines to their answers, InvalidInput and the like told in each; an error it raises ends
    the exchange. ``ended``: is told how it ended ("ok", a code) and the sha256 of the input.
    """

    subject: str
    answer: Callable[[Sequence[bytes | None]], bytes]
    ended: Callable[[str, str], None]
    max_lines: int
    patience_s: float = field(default=PATIENCE_S)


class Exchange(Response):
    """The answer to one stream."""

    media_type = MEDIA_TYPE

    def __init__(self, order: Order, open_exchanges: OpenExchanges) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._order = order
        self._open = open_exchanges

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        with self._open.one_of(self._order.subject):
            inbox, outcome = Inbox(self._order.max_lines), "interrupted"
            reading = asyncio.create_task(self._read(receive, inbox))
            try:
                await send(
                    {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
                )
                outcome = await self._answer_all(inbox, send)
            finally:
                reading.cancel()
                # Handed to its thread before anything is awaited: a server that stops cancels twice.
                told = loop.run_in_executor(None, self._order.ended, outcome, inbox.digest)
                await asyncio.wait([reading, told])

    async def _read(self, receive: Receive, inbox: Inbox) -> None:
        """Put into the inbox what arrives, then wait for the caller to go or to be answered."""
        try:
            await self._read_on(receive, inbox)
        finally:
            if not inbox.ended:
                inbox.leave()  # whatever happened: nobody waits for more

    async def _read_on(self, receive: Receive, inbox: Inbox) -> None:
        while not inbox.gone:
            await inbox.room()
            try:
                async with asyncio.timeout(None if inbox.ended else self._order.patience_s):
                    message = await receive()
            except TimeoutError:
                if inbox.idle:
                    inbox.refuse(InvalidInput("长时间没有收到新的行，已结束；其余的请另行提交。"))
                continue
            except HTTPException:
                inbox.refuse(TooLarge("提交的内容超过上限，其后的没有处理，请分批提交。"))
                return
            if message["type"] == "http.disconnect":
                inbox.leave()
            elif not inbox.ended:
                inbox.put(message.get("body", b""), last=not message.get("more_body", False))

    async def _answer_all(self, inbox: Inbox, send: Send) -> str:
        """Answer group by group; return how it ended."""
        loop, order = asyncio.get_running_loop(), self._order
        failure: ArchiveError | None = None
        while failure is None and (lines := await inbox.take()):
            try:
                answers = await loop.run_in_executor(self._open.thread, order.answer, lines)
            except ArchiveError as error:
                failure = error
            else:
                if not await self._sent(send, answers):
                    return "not_taken"
        if inbox.gone:
            return "disconnected"
        failure = failure or inbox.refusal
        last = line_of(error_of(None, failure)) if failure else b""
        taken = await self._sent(send, last, more=False)
        return failure.code if failure else ("ok" if taken else "not_taken")

    async def _sent(self, send: Send, body: bytes, *, more: bool = True) -> bool:
        """Send, waiting until the caller takes it; False where it does not."""
        try:
            async with asyncio.timeout(self._order.patience_s):
                await send({"type": "http.response.body", "body": body, "more_body": more})
        except TimeoutError:
            return False
        return True
