"""`make bench-ingest`: 1,000 one-page text files taken in, documents per second and seconds by stage.

Beside it, in the same run and on the same files, what a plain pipeline would do: read, embed whole
pages and append to a FAISS index, with no masking, no classification, no store and no lexical index.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from api.bootstrap import Archive
from api.settings import Settings
from indexer.catalogue import Catalogue, Row
from indexer.intake import deposits_of, sources_in
from indexer.vectors.faiss_index import FaissVectorIndex
from training.synthetic.documents import generate

DOCUMENTS = 1000
SEED = 7


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "files"
        catalogue, characters = _write_files(folder, count)
        archive = Archive(Settings(state=Path(scratch) / "state"), via="bench")
        _ = archive.ingestor, archive.embedder.embed_query("预热"), archive.detector.detect(["预热"])
        chadang_s = _chadang(archive, folder, catalogue)
        plain_s = _plain(archive, folder)
    print(
        f"{count} one-page text files, {characters / count:.0f} characters each, "
        f"{archive.settings.threads} threads\n"
    )
    print(f"{'stage':<12}{'seconds':>9}{'share':>8}{'docs/s':>9}")
    for stage, seconds in archive.ingestor.clock.seconds.items():
        print(f"{stage:<12}{seconds:>9.2f}{seconds / chadang_s:>8.0%}{count / max(seconds, 1e-9):>9.0f}")
    print(f"{'all':<12}{chadang_s:>9.2f}{1:>8.0%}{count / chadang_s:>9.1f}")
    print(f"{'plain':<12}{plain_s:>9.2f}{'':>8}{count / plain_s:>9.1f}   (read + embed + FAISS only)")
    print(f"\nchadang / plain: {plain_s / chadang_s:.2f} of its documents per second")


def _write_files(folder: Path, count: int) -> tuple[Catalogue, int]:
    folder.mkdir()
    rows, characters = {}, 0
    for number, document in enumerate(generate(count, SEED)):
        name = f"{number:05d}.txt"
        text = document.pages[0]
        (folder / name).write_text(text, "utf-8")
        rows[name] = Row(document.catalogue)
        characters += len(text)
    return Catalogue(rows), characters


def _chadang(archive: Archive, folder: Path, catalogue: Catalogue) -> float:
    began = time.perf_counter()
    deposits = deposits_of(sources_in([folder]), catalogue, archive.limits)
    stored = sum(outcome.kind.value == "stored" for outcome in archive.ingestor.ingest(deposits))
    with archive.ingestor.clock.stage("index"):
        archive.index.catch_up()
    print(f"stored {stored}", file=sys.stderr)
    return time.perf_counter() - began


def _plain(archive: Archive, folder: Path) -> float:
    began = time.perf_counter()
    texts = [path.read_text("utf-8") for path in sorted(folder.iterdir())]
    FaissVectorIndex.build(archive.embedder.space, archive.embedder.embed_passages(texts))
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
