"""`make bench-timing`: can a caller tell by the clock whether a document exists that is not theirs to see?

Documents a clerk may see (hit), may not see (forbidden) and that were never there (absent) are asked for
over HTTP from a server process of its own, in random order on one connection, each timed from the first byte
sent to the last byte received. Two samples are told apart by the Kolmogorov-Smirnov test (Smirnov 1948,
as `scipy.stats.ks_2samp`, two-sided). Under equal clocks one of twenty comparisons falls below .05 by
chance alone. CHADANG_ANSWER_FLOOR_MS=0 shows what the floor is for (docs/adr/0010).
"""

from __future__ import annotations

import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from uuid import uuid4

from scipy.stats import ks_2samp

from api.authentication import hash_password
from api.bootstrap import Archive, utc_now
from api.settings import Settings
from indexer.catalogue import Row
from indexer.deposits import RecordDeposit
from indexer.store.port import Account
from models.access.policy import scope_of
from models.access.principal import Principal, Role
from models.access.scope import EVERYTHING, NOTHING
from models.archive.levels import AccessLevel, Line
from training.synthetic.archive import archive_documents

REQUESTS, DOCUMENTS, SEED, WARM_UP = 2000, 120, 20261130, 300
POOL = 20
"""Documents asked for of each kind, again and again in random order."""
PURPOSE = "查阅答复"
Samples = Mapping[str, Sequence[float]]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    with tempfile.TemporaryDirectory() as scratch:
        state = Path(scratch) / "state"
        archive = Archive(Settings(state=state, ocr=False, token_minutes=120), via="bench")
        pools, token = _prepared(archive)
        floor_ms = archive.settings.answer_floor_ms
        archive.engine.dispose()
        with _serving(state) as port:
            asked = _timed(port, pools, token, count)
    _print(asked, floor_ms)


def _prepared(archive: Archive) -> tuple[dict[str, list[str]], str]:
    """Fill the archive; return ids by kind and an access token of the clerk who asks."""
    deposits = (
        RecordDeposit(d.source_id, d.catalogue.title or "", "\n".join(d.pages), Row(d.catalogue))
        for d in archive_documents(DOCUMENTS, SEED)
    )
    list(archive.ingestor.ingest(deposits))
    archive.index.catch_up()
    facts = archive.store.facts(archive.store.ids_inside(EVERYTHING, NOTHING))
    region = next(f.region for f in facts.values() if f.region)[:2]
    clerk = Principal("timing", frozenset({Role.CLERK}), Line.HRSS, (region,), AccessLevel.SENSITIVE, PURPOSE)
    account = Account(clerk, hash_password(str(uuid4())))
    archive.accounts.add_account(account)
    seen = archive.store.ids_inside(scope_of(clerk, utc_now()), NOTHING)
    hidden = sorted(set(facts) - set(seen))
    pools = {"hit": seen[:POOL], "forbidden": hidden[:POOL], "absent": [str(uuid4()) for _ in range(POOL)]}
    assert all(len(pool) >= POOL // 2 for pool in pools.values()), "too few documents of a kind"
    return pools, archive.tokens.issue(account, PURPOSE).text


@contextmanager
def _serving(state: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "api.cli.main", "serve", "--port", str(port), "--state", str(state)]
    settings = {"CHADANG_OCR": "false", "CHADANG_RATE_PER_MINUTE": "0"}
    process = subprocess.Popen(command, env=os.environ | settings)
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            raise SystemExit("the server ended")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise SystemExit("the server is not ready")


def _timed(port: int, pools: Mapping[str, list[str]], token: str, count: int) -> Samples:
    """Return seconds per request and kind, asked one after another in random order."""
    order = [kind for kind in pools for _ in range(count)]
    draw = random.Random(SEED)
    draw.shuffle(order)
    samples: dict[str, list[float]] = {kind: [] for kind in pools}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    headers = {"Authorization": f"Bearer {token}"}
    for number, kind in enumerate([*order[:WARM_UP], *order]):
        path = f"/v1/documents/{draw.choice(pools[kind])}"
        begin = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        elapsed = time.perf_counter() - begin
        if answer.status != (200 if kind == "hit" else 404):
            raise SystemExit(f"{kind}: unexpected status {answer.status}")
        if number >= WARM_UP:
            samples[kind].append(elapsed)
    connection.close()
    return samples


def _print(samples: Samples, floor_ms: int) -> None:
    print(f"GET /v1/documents/{{id}}, floor {floor_ms} ms, milliseconds\n")
    print(f"{'kind':<12}{'requests':>9}{'p05':>9}{'median':>9}{'p95':>9}{'p99':>9}")
    for kind, seconds in samples.items():
        cuts = statistics.quantiles(seconds, n=100)
        row = "".join(f"{cuts[p - 1] * 1000:9.3f}" for p in (5, 50, 95, 99))
        print(f"{kind:<12}{len(seconds):>9}{row}")
    print(f"\n{'compared':<24}{'KS D':>9}{'p':>9}  told apart at .05")
    for one, other in combinations(samples, 2):
        found = ks_2samp(samples[one], samples[other])
        apart = "yes" if found.pvalue <= 0.05 else "no"
        print(f"{one + ' / ' + other:<24}{found.statistic:>9.4f}{found.pvalue:>9.4f}  {apart}")


if __name__ == "__main__":
    main()
