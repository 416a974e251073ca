"""A process that ends itself by SIGKILL at a chosen step of what it does."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import count

Step = Callable[[], None]
WATCHED = frozenset(
    {"open", "os.rename", "os.remove", "os.mkdir", "os.link", "sqlite3.connect", "fcntl.flock"}
)


def killed_at(prepare: Callable[[], Callable[[Step], object]], step: int) -> bool:
    """Act in a forked process that kills itself at a step; whether it ended before.

    ``prepare`` returns the act; steps are counted while it runs: every file touched, and every call of the
    function it is given.
    """
    child = os.fork()
    if child == 0:
        steps = count()

        def take() -> None:
            if next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            act = prepare()
            sys.addaudithook(lambda name, _: take() if name in WATCHED else None)
            act(take)
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, -signal.SIGKILL}
    return status == 0
