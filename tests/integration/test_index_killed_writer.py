"""kill -9 at any moment leaves a valid CURRENT, and nothing acknowledged is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.generations import open_current
from models.access.visible import VisibleSet
from models.embedding.space import EmbeddingSpace

ROUNDS = 25
WRITER = """
import sys
from pathlib import Path
import numpy as np
from indexer.generations import extend_generation, open_current, write_generation
from models.embedding.space import EmbeddingSpace

root, space = Path(sys.argv[1]), EmbeddingSpace("test", "1", 4)
vectors = np.eye(4, dtype=np.float32)
opened = open_current(root, space)
number = opened.seq + 1 if opened else 1
texts = ["工伤认定", "养老保险", "失业保险金"]
while True:
    new = dict(generation=str(number), seq=number, space=space)
    if number % 2:
        write_generation(root, row_ids=[number] * 3, vectors=vectors[:3], texts=texts, **new)
    else:
        keep = np.array([True, False, True])
        extend_generation(root, keep=keep, row_ids=[number], vectors=vectors[:1], texts=texts[:1], **new)
    print(number, flush=True)
    number += 1
"""


def last_acknowledged(root: Path, wait_s: float) -> int:
    """Run a writer, kill it ``wait_s`` after its first generation, return the last it reported."""
    command = [sys.executable, "-c", WRITER, str(root)]
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        try:
            writer.wait(wait_s)
        except subprocess.TimeoutExpired:
            writer.kill()
        else:
            pytest.fail("the writer stopped by itself")
        lines = [first, *writer.stdout.read().splitlines(keepends=True)]
    return int([line for line in lines if line.endswith("\n")][-1])


@pytest.mark.slow
def test_a_killed_writer_leaves_an_intact_generation(tmp_path: Path) -> None:
    space = EmbeddingSpace("test", "1", 4)
    for round_no in range(ROUNDS):
        # The waits walk through one write (some 10 ms) in steps far finer than it lasts.
        acknowledged = last_acknowledged(tmp_path, wait_s=0.003 + 0.0013 * round_no)
        generation = open_current(tmp_path, space)
        assert generation is not None
        assert generation.seq in {acknowledged, acknowledged + 1}
        assert generation.warnings == ()
        assert generation.rows == len(generation.row_ids) == 3
        assert generation.row_ids[-1] == generation.seq
        among = VisibleSet(generation.generation, np.ones(3, dtype=np.bool_))
        assert generation.lexical.search("工伤", 1, among)[0].row_no in {0, 2}
        assert generation.vectors.nearest(np.eye(4, dtype=np.float32)[0], 1, among)[0].row_no == 0


def test_readers_always_find_an_intact_generation_while_a_writer_switches(tmp_path: Path) -> None:
    space = EmbeddingSpace("test", "1", 4)
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        try:
            seen = [open_current(tmp_path, space) for _ in range(60)]
        finally:
            writer.kill()
    positions = [generation.seq for generation in seen if generation is not None]
    assert len(positions) == len(seen)
    assert positions == sorted(positions)
    assert positions[-1] > positions[0]
    assert all(generation.warnings == () for generation in seen if generation is not None)
