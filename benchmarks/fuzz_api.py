"""`make fuzz-api`: the whole OpenAPI document as every role, thousands of drawn requests, and a table."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzzing.callers import CALLERS, marked_house
from tests.fuzzing.http_cases import Fuzzer, Tally

_LEAST = 50_000


def main() -> None:
    """Send at least that many cases, as many of each caller to each route: ``fuzz_api CASES SEED``."""
    wanted, seed = (int(word) for word in [*sys.argv[1:], str(_LEAST), "20260101"][:2])
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch, marked_house(Path(scratch) / "state") as marked:
        fuzzer = Fuzzer(marked, random.Random(seed))
        operations = fuzzer.operations()
        while fuzzer.tally.cases.total() < wanted:
            left = wanted - fuzzer.tally.cases.total()
            each = max(2, min(6, left // (len(operations) * len(CALLERS)) + 1))
            for operation in operations:
                seed += 1
                fuzzer.send(operation, each, seed)
            told = f"{fuzzer.tally.cases.total()} cases, {fuzzer.tally.failures.total()} failures"
            print(told, *_failed(fuzzer.tally), sep="\n  ", file=sys.stderr, flush=True)
    _print(fuzzer.tally, time.perf_counter() - begin)
    sys.exit(1 if fuzzer.tally.failures else 0)


def _print(tally: Tally, took_s: float) -> None:
    for caller, route, cases, statuses, failed in tally.rows():
        print(f"{caller:16} {route:58} {cases:6} {statuses:40} {failed or ''}".rstrip())
    print(*_failed(tally), sep="\n")
    print(f"{tally.cases.total()} cases, {tally.failures.total()} failures, {took_s:.0f} s")


def _failed(tally: Tally) -> list[str]:
    found = sorted(tally.failures.items())
    return [f"FAILED {count} × {caller} {route}: {failure}" for (caller, route, failure), count in found]


if __name__ == "__main__":
    main()
