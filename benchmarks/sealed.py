"""`make prove-sealed`: ten thousand planted identities, and every byte an archive writes looked at."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.test_planted import prove


def main() -> None:
    """Prove with as many identities as asked for: ``sealed [IDENTITIES]``."""
    identities = int([*sys.argv[1:], "10000"][0])
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chadang-sealed-") as folder:
        seen = prove(Path(folder), identities)
    for name, value in seen.items():
        print(f"{name}: {value}")
    print(f"found: 0, in {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
