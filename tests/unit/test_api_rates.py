"""Buckets of requests: what comes back, who shares one, and that memory is bounded."""

from __future__ import annotations

import pytest

from api import rates
from api.rates import Buckets, Rate, site_of
from models.errors import TooManyRequests


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(buckets: Buckets, caller: str = "a", times: int = 1) -> int:
    """Return how many of so many requests went through."""
    through = 0
    for _ in range(times):
        try:
            buckets.take(caller)
        except TooManyRequests:
            continue
        through += 1
    return through


def test_a_burst_then_what_comes_back_by_the_minute() -> None:
    clock = Clock()
    buckets = Buckets(Rate(60, 5), clock)
    assert taken(buckets, times=9) == 5
    clock.now += 2
    assert taken(buckets, times=9) == 2
    clock.now += 3600
    assert taken(buckets, times=9) == 5


def test_each_caller_has_a_bucket_of_its_own() -> None:
    buckets = Buckets(Rate(1, 1), Clock())
    assert (taken(buckets, "a", 2), taken(buckets, "b", 2)) == (1, 1)


def test_being_refused_costs_nothing_and_tells_how_long_to_wait() -> None:
    clock = Clock()
    buckets = Buckets(Rate(6, 1), clock)
    assert taken(buckets, times=50) == 1
    with pytest.raises(TooManyRequests) as refused:
        buckets.take("a")
    assert refused.value.retry_after_s == 10
    clock.now += refused.value.retry_after_s
    assert taken(buckets) == 1


def test_without_a_rate_there_is_no_limit() -> None:
    assert taken(Buckets(Rate(0, 1), Clock()), times=1000) == 1000


def test_made_up_callers_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_MOST_CALLERS", 10)
    buckets = Buckets(Rate(1, 1), Clock())
    for number in range(100):
        buckets.take(f"{number}")
    assert len(buckets._left) == 10


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_one_site_is_one_caller(address: str, site: str) -> None:
    assert site_of(address) == site
