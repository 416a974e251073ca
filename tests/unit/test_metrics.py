"""The counters a collector reads."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from api.metrics import exposition
from indexer.monitor import Tally
from tests.strategies import NOW


@pytest.mark.parametrize(
    ("waiting", "told"),
    [
        pytest.param((0, None), ("0", "0.0"), id="none"),
        pytest.param((3, NOW - timedelta(hours=30, minutes=30)), ("3", "30.5"), id="a day and more"),
        pytest.param((1, NOW + timedelta(hours=1)), ("1", "0.0"), id="a clock that was set back"),
    ],
)
def test_emergencies_that_wait_are_counted(
    waiting: tuple[int, datetime | None], told: tuple[str, str]
) -> None:
    lines = exposition(Tally(), waiting, NOW).splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert values["chadang_emergencies_unreviewed"] == told[0]
    assert values["chadang_emergencies_oldest_hours"] == told[1]
    kinds = [line.split() for line in lines if line.startswith("# TYPE")]
    assert {name for _, _, name, _ in kinds} == {name.partition("{")[0] for name in values}
