"""The ledger measured: random tampers found, and what recording, verifying and proving cost."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from indexer.store.ledger_port import Wanted
from indexer.store.ledger_reading import SqlLedger
from tests.ledger_tampers import document, event, found_in, planted
from tests.strategies import NOW


def tampers(count: int) -> int:
    """Print how many of ``count`` tampers were found; 1 where one was not, or named wrongly."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as scratch:
        archive = planted(Path(folder))
        found, wrong = found_in(archive.folder, count, 2026, Path(scratch))
    print(f"{found} of {count} tampers found; {len(wrong)} not named as expected")
    print("\n".join(wrong[:20]))
    return int(found != count or bool(wrong))


def speed(entries: int) -> int:
    """Print what one entry, a whole verification, proofs and a receipt's look-up cost."""
    import random

    with tempfile.TemporaryDirectory() as folder:
        archive, rng = planted(Path(folder)), random.Random(1)
        had = 300
        cpu = time.process_time()
        for number in range(had, entries):
            archive.audit.record(event(rng, number))
        spent = (time.process_time() - cpu) / max(1, entries - had)
        print(f"record: {spent * 1e3:.2f} ms of CPU an entry, tiles and checkpoints included")
        ledger = SqlLedger(archive.audit)
        _told("verify", archive.audit.check)
        _told("checkpoint", lambda: ledger.checkpoint(NOW))
        _told("inclusion proof", lambda: ledger.inclusion([entries // 2], entries))
        _told("consistency proof", lambda: ledger.consistency(entries // 3, entries))
        _told("look-up by document", lambda: ledger.page(Wanted(doc_ids=(document(99),)), None, 50))
    return 0


def _told(name: str, act: Callable[[], object]) -> None:
    begin, cpu = time.perf_counter(), time.process_time()
    act()
    wall, spent = time.perf_counter() - begin, time.process_time() - cpu
    print(f"{name}: {wall * 1e3:.1f} ms, {spent * 1e3:.1f} ms of CPU")


if __name__ == "__main__":
    sys.exit({"tampers": tampers, "speed": speed}[sys.argv[1]](int(sys.argv[2])))
