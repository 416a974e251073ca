"""Counters in the text format of Prometheus; numbers only, never an id, a name or a word of a question."""

from __future__ import annotations

from collections.abc import Iterator

from indexer.monitor import Tally

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_CHECKED = "chadang_monitor_checked_total"
_DROPPED = "chadang_monitor_dropped_total"


def exposition(tally: Tally) -> str:
    """Return what the reference monitor counted since this process began."""
    return "\n".join([*_monitor(tally), ""])


def _monitor(tally: Tally) -> Iterator[str]:
    yield f"# HELP {_CHECKED} 出口复核过的命中数"
    yield f"# TYPE {_CHECKED} counter"
    yield f"{_CHECKED} {tally.checked}"
    yield f"# HELP {_DROPPED} 出口复核拦下的命中数；cause=unexplained 应始终为 0"
    yield f"# TYPE {_DROPPED} counter"
    for cause, number in tally.dropped.items():
        yield f'{_DROPPED}{{cause="{cause.value}"}} {number}'
