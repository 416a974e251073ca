"""Counters in the text format of Prometheus; numbers only, never an id, a name or a word of a question."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from indexer.monitor import Tally

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_CHECKED = "chadang_monitor_checked_total"
_DROPPED = "chadang_monitor_dropped_total"
_UNREVIEWED = "chadang_emergencies_unreviewed"
_OLDEST = "chadang_emergencies_oldest_hours"
_HOUR_S = 3600


def exposition(tally: Tally, unreviewed: tuple[int, datetime | None], now: datetime) -> str:
    """Return what the reference monitor counted since this process began, and the emergencies that wait.

    ``unreviewed``: how many there are in the archive, and when the first was asked for.
    """
    return "\n".join([*_monitor(tally), *_emergencies(*unreviewed, now), ""])


def _emergencies(count: int, first: datetime | None, now: datetime) -> Iterator[str]:
    hours = (now - first).total_seconds() / _HOUR_S if first else 0
    yield f"# HELP {_UNREVIEWED} 尚未复核的紧急查阅"
    yield f"# TYPE {_UNREVIEWED} gauge"
    yield f"{_UNREVIEWED} {count}"
    yield f"# HELP {_OLDEST} 其中最早一次距今的小时数，没有时为 0"
    yield f"# TYPE {_OLDEST} gauge"
    yield f"{_OLDEST} {max(hours, 0):.1f}"


def _monitor(tally: Tally) -> Iterator[str]:
    yield f"# HELP {_CHECKED} 出口复核过的命中数"
    yield f"# TYPE {_CHECKED} counter"
    yield f"{_CHECKED} {tally.checked}"
    yield f"# HELP {_DROPPED} 出口复核拦下的命中数；cause=unexplained 应始终为 0"
    yield f"# TYPE {_DROPPED} counter"
    for cause, number in tally.dropped.items():
        yield f'{_DROPPED}{{cause="{cause.value}"}} {number}'
