"""What a caller has sent and nobody has answered yet: bounded, whatever is sent and however fast."""

from __future__ import annotations

import asyncio
from collections import deque
from hashlib import sha256

from api.batch import Cutter
from models.errors import ArchiveError, TooLarge

INBOX_BYTES = 32 * 2**20
"""May wait, besides one message and one line; each line counts 64 bytes more than it has."""

GROUP_LINES = 64
GROUP_BYTES = 256 * 2**10
"""Handed out at once: whatever has arrived, up to whichever comes first."""

_LINE_OVERHEAD = 64


class Inbox:
    """Lines between reading and answering; both live in one event loop."""

    def __init__(self, max_lines: int) -> None:
        self._max_lines = max_lines
        self._cutter = Cutter()
        self._waiting: deque[bytes | None] = deque()
        self._waiting_bytes = 0
        self._changed = asyncio.Event()
        self._digest = sha256()
        self._lines = 0
        self._idle = False
        self.ended = False
        self.gone = False
        self.refusal: ArchiveError | None = None

    @property
    def digest(self) -> str:
        """sha256 (hex) of all that was read."""
        return self._digest.hexdigest()

    @property
    def idle(self) -> bool:
        """Whether everything is answered and the next word is the caller's."""
        return self._idle and not self._waiting

    def put(self, data: bytes, *, last: bool) -> None:
        """Take what arrived; past the last line allowed nothing more is taken."""
        self._digest.update(data)
        lines = self._cutter.feed(data)
        if last:
            lines += self._cutter.end()
        for line in lines:
            if self._lines >= self._max_lines:
                self.refuse(TooLarge(f"一次最多 {self._max_lines} 行，其后的没有处理，请分批提交。"))
                return
            self._lines += 1
            self._waiting.append(line)
            self._waiting_bytes += len(line or b"") + _LINE_OVERHEAD
        self.ended = self.ended or last
        self._tell()

    def refuse(self, error: ArchiveError) -> None:
        """Take no more; what has been taken is still handed out."""
        self.refusal, self.ended = error, True
        self._tell()

    def leave(self) -> None:
        """The caller has gone: nothing needs an answer any more."""
        self.gone = True
        self._waiting.clear()
        self._tell()

    async def room(self) -> None:
        """Wait until little enough is waiting."""
        while self._waiting_bytes > INBOX_BYTES and not self.gone:
            await self._changed.wait()

    async def take(self) -> list[bytes | None]:
        """Return what has arrived, at least one line; nothing at the end."""
        self._idle = True
        while not (self._waiting or self.ended or self.gone):
            await self._changed.wait()
        self._idle = False
        group: list[bytes | None] = []
        size = 0
        while self._waiting and len(group) < GROUP_LINES and size < GROUP_BYTES:
            line = self._waiting.popleft()
            group.append(line)
            size += len(line or b"")
        self._waiting_bytes -= size + _LINE_OVERHEAD * len(group)
        self._tell()
        return group

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
