"""Texts that no office writes: the pass neither fails on them nor takes more than its share of time."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import _lru_cache_wrapper, cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import models.privacy
from models.privacy.presidio import PresidioDetector

_LITERAL = re.compile(r"[一-鿿]{1,4}|[A-Za-z]{2,5}")
_JOINTS = (" ", "0", "1", "9 ", "-", ":", "(", ")", "、", "\n", "A", "年", "张", ".", "*", "@", "  ")
# Only ever asked to match the whole of a line or guess, whose length is bounded.
_WHOLE_ONLY = {("grid", "_PAGE_MARK"), ("sequence_shapes", "_FOREIGN_NAME"), ("labels", "_FOREIGN")}
_SHORT, _LONG = 1500, 6000
_ODD = (
    "中",
    "骨",
    "0",
    "1 ",
    " ",
    "(",
    "(张",
    "张三 ",
    "|",
    "张三|13800138000|",
    "\x00",
    "\ud800",
    "😀",
    "a",
    "\r\n",
)


def _patterns_in(value: object, depth: int = 4) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _patterns_in(getattr(value, field.name), depth - 1)
    elif depth and isinstance(value, Mapping):
        for item in value.values():
            yield from _patterns_in(item, depth - 1)
    elif depth and isinstance(value, (tuple, list)):
        for item in value:
            yield from _patterns_in(item, depth - 1)


def _is_table(value: object) -> bool:
    return isinstance(value, _lru_cache_wrapper) and not inspect.signature(value).parameters


@cache
def patterns() -> tuple[re.Pattern[str], ...]:
    """Return every pattern of `models.privacy`: of its modules and of the tables they read."""
    found: set[re.Pattern[str]] = set()
    for info in pkgutil.iter_modules(models.privacy.__path__, "models.privacy."):
        module = info.name.rpartition(".")[2]
        for name, value in vars(importlib.import_module(info.name)).items():
            if (module, name) in _WHOLE_ONLY:
                continue
            table: Any = value() if _is_table(value) else value
            found.update(_patterns_in(table))
    return tuple(sorted(found, key=lambda pattern: pattern.pattern))


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _keeps_its_share(
    of: Callable[[str], object], short: str, long: str, times: float, slack_s: float
) -> bool:
    """Whether ``long`` takes at most ``times`` as long as ``short``; asked twice, as clocks hiccup."""
    for _ in range(2):
        spent = _seconds(lambda: of(short))
        if _seconds(lambda: of(long)) <= times * spent + slack_s:
            return True
    return False


def test_the_patterns_are_found() -> None:
    assert len(patterns()) >= 100


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_pattern_backtracks_without_end(data: st.DataObject) -> None:
    """Four times the text may take some twelve times as long; a square takes sixteen, a cube sixty-four."""
    pattern = data.draw(st.sampled_from(patterns()))
    literals = [*_LITERAL.findall(pattern.pattern), *_JOINTS]
    piece = "".join(data.draw(st.lists(st.sampled_from(literals), min_size=1, max_size=4)))
    short, long = (piece * (size // len(piece)) for size in (_SHORT, _LONG))
    assert _keeps_its_share(lambda text: list(pattern.finditer(text)), short, long, 12, 0.1)


@pytest.fixture(scope="module", params=[False, True], ids=["rules", "full"])
def detector(request: pytest.FixtureRequest) -> PresidioDetector:
    return PresidioDetector.load(names=request.param)


@pytest.mark.parametrize("piece", _ODD, ids=ascii)
def test_one_long_line_takes_its_share_of_time(detector: PresidioDetector, piece: str) -> None:
    short, long = (piece * (size // len(piece)) for size in (5_000, 20_000))
    assert _keeps_its_share(lambda text: detector.detect([text]), short, long, 9, 0.5)


def test_a_text_without_chinese_is_read(detector: PresidioDetector) -> None:
    text = "Name: John Smith, tel +86 138-0013-8000, mail js@example.com\r\n" * 20
    kinds = {d.kind.value for d in detector.detect([text])[0]}
    assert {"PHONE", "EMAIL"} <= kinds
