"""A progress bar on stderr: how far, how fast, and an honest guess of the time left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Advance(Protocol):
    def __call__(self, steps: int = 1) -> None: ...


@contextmanager
def progress(what: str, total: int | None, unit: str) -> Iterator[Advance]:
    """Show a bar while the block runs; call the value it gives once per thing done.

    The time left comes from the speed of the last minutes, and is "--" while nothing is known.
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
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.completed / task.elapsed if task.elapsed and task.finished else task.speed
            return Text(f"{speed:.1f} {unit}/秒" if speed else f"-- {unit}/秒")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        Rate(),
        TextColumn("已用"),
        TimeElapsedColumn(),
        TextColumn("剩余"),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), speed_estimate_period=120, refresh_per_second=4)
    with bar:
        task = bar.add_task(what, total=total)

        def advance(steps: int = 1) -> None:
            bar.advance(task, steps)
            shown = bar.tasks[0]
            if shown.total is not None and shown.completed > shown.total:  # a zip holds more than one
                bar.update(task, total=shown.completed)

        yield advance
