"""A progress bar on stderr: how far, how fast, and an honest guess of the time left."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Advance(Protocol):
    def __call__(self, steps: int = 1) -> None: ...


@contextmanager
def progress(what: str, total: int | None, unit: str) -> Iterator[Advance]:
    """Show a bar while the block runs; call the value it gives once per thing done.

    Things are done in batches, so speed and time left come from the whole run so far, and are "--" while
    nothing is known; a speed between two moments would be that of a burst.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = _speed(task.completed, task.elapsed)
            return Text(f"{speed:.1f} {unit}/秒" if speed else f"-- {unit}/秒")

    class Left(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = _speed(task.completed, task.elapsed)
            if not speed or task.remaining is None:
                return Text("剩余 --")
            minutes, seconds = divmod(round(task.remaining / speed), 60)
            return Text(f"剩余约 {minutes} 分 {seconds:02} 秒" if minutes else f"剩余约 {seconds} 秒")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        Rate(),
        TextColumn("已用"),
        TimeElapsedColumn(),
        Left(),
    )
    bar = Progress(*columns, console=Console(file=sys.__stderr__), refresh_per_second=4)
    with bar:
        task = bar.add_task(what, total=total)

        def advance(steps: int = 1) -> None:
            bar.advance(task, steps)
            shown = bar.tasks[0]
            if shown.total is not None and shown.completed > shown.total:  # a zip holds more than one
                bar.update(task, total=shown.completed)

        yield advance


def _speed(done: float, seconds: float | None) -> float:
    return done / seconds if seconds else 0.0
