"""`make fuzz-uploads`: real files of every kind, damaged at random, read as the service reads them.

Says for every kind how the files ended, how many the parser process did not survive (each costs that file
and nothing else), the slowest, and the most memory the process ever had.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from indexer.parsing.isolated import IsolatedParser
from indexer.parsing.limits import MIB, ParsingLimits
from tests.fuzzing.mutations import READ, ending_of, mutated
from tests.integration.test_parsing_hostile import VALID

_SAMPLES = Path(__file__).parents[1] / "data" / "sample" / "files"
_LEAST, _MEMORY_BYTES = 3_000, 2048 * MIB
_HTML = (
    "<!doctype html><html><body><table><tr><td>险种</td><td>工伤</td></tr></table><p>登记</p></body></html>"
)


def main() -> None:
    """Read that many damaged files of each seed in turn: ``fuzz_uploads FILES SEED``."""
    wanted, seed = (int(word) for word in [*sys.argv[1:], str(_LEAST), "20260101"][:2])
    draw, files = random.Random(seed), seeds()
    parser = IsolatedParser(ParsingLimits(file_timeout_s=120), _MEMORY_BYTES, 0)
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    slowest: dict[str, float] = defaultdict(float)
    lost: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(wanted):
        name = sorted(files)[number % len(files)]
        kind, data, before = Path(name).suffix, mutated(files[name], draw, files), parser.ended_over_files
        begin = time.perf_counter()
        try:
            ends[kind][ending_of(parser, data, name)] += 1
        except Exception as error:  # noqa: BLE001 - each is what this looks for
            wrong.append(f"{name}, file {number}: {type(error).__name__}")
        slowest[kind] = max(slowest[kind], time.perf_counter() - begin)
        lost[kind] += parser.ended_over_files - before
    parser.close()
    for kind in sorted(ends):
        refused = " ".join(f"{code}:{n}" for code, n in sorted(ends[kind].items()) if code != READ)
        total = ends[kind].total()
        print(f"{kind:6} {total:6} files, read {ends[kind][READ]:6}, lost processes {lost[kind]}, "
              f"slowest {slowest[kind]:.1f} s; {refused}")  # fmt: skip
    print(
        f"{wanted} files, {sum(lost.values())} processes lost, {len(wrong)} failures,"
        f" most memory {_most_mib()} MiB"
    )
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


def seeds() -> dict[str, bytes]:
    """Return the files that are damaged: made ones of every kind, and those of the sample archive."""
    made = VALID | {"a.html": _HTML.encode(), "a.csv": "单位,险种\n某厂,工伤\n".encode("gb18030")}
    real = {path.name: path.read_bytes() for path in sorted(_SAMPLES.rglob("*")) if path.is_file()}
    return made | real


def _most_mib() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


if __name__ == "__main__":
    main()
