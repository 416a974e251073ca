"""Training rows of the sequence model: generated and hand-written texts with spans, statutes without any."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.privacy.lac import LacTagger
from models.privacy.layout import read
from models.privacy.sequence_features import ROWS, Numbers, Vocabulary
from models.privacy.sequence_tags import tags_of
from models.text.normalisation import normalise
from training.privacy_texts.documents import Example, generate
from training.privacy_texts.marked import MarkedText
from training.privacy_texts.written import multiplied
from training.synthetic.documents import generate as generate_archive

_MIN_COUNT = 3
_AT_ONCE = 400


Small = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts one behind another: int32 features (`ROWS`, characters) and the tag of every character.

    ``edges`` has where each text begins, ascending, and behind them where the last one ends.
    """

    features: Small
    tags: Small
    edges: Numbers


def statutes(path: Path) -> list[str]:
    """Return the texts of the law articles of a JSONL corpus (`{"type": "law_article", "text"}`)."""
    with path.open(encoding="utf-8") as stream:
        passages = (json.loads(line) for line in stream)
        return [str(p["text"]) for p in passages if p["type"] == "law_article"]


def examples(
    texts: int, archive_documents: int, seed: int, laws: Sequence[str], law_share: float
) -> list[Example]:
    """Return generated texts, archive documents and statutes, shuffled.

    ``law_share``: how much of ``laws`` goes in as it is, labelled as free of personal data.
    """
    rng = random.Random(f"privacy-dataset:{seed}")
    carriers = [law for law in laws if 20 <= len(law) <= 200]
    made = list(generate(texts, seed, carriers))
    for document in generate_archive(archive_documents, seed):
        made.extend(zip(document.pages, document.spans, strict=True))
    made.extend((law, ()) for law in rng.sample(list(laws), int(len(laws) * law_share)))
    rng.shuffle(made)
    return made


def written_examples(texts: Sequence[MarkedText], count: int, seed: int) -> list[Example]:
    """Return ``count`` variants of hand-written texts, shuffled."""
    made = list(multiplied(texts, count, seed))
    random.Random(f"privacy-written:{seed}").shuffle(made)
    return made


def alphabet_of(texts: Iterable[str]) -> str:
    """Return the characters of the basic plane that occur often enough, in code order."""
    counts = Counter(c for text in texts for c in normalise(text) if 0 < ord(c) < 0x10000)
    return "".join(sorted(c for c, n in counts.items() if n >= _MIN_COUNT and not _surrogate(c)))


def rows_of(made: Sequence[Example], vocabulary: Vocabulary, tagger: LacTagger) -> Rows:
    """Return the rows of examples, a line end between two texts."""
    edges = np.cumsum([0, *(len(text) + 1 for text, _ in made)])
    rows = Rows(np.zeros((ROWS, edges[-1]), np.int32), np.zeros(edges[-1], np.int32), edges)
    at = 0
    for features, tags in _parts(made, vocabulary, tagger):
        rows.features[:, at : at + len(tags)] = features
        rows.tags[at : at + len(tags)] = tags
        at += len(tags)
    return rows


def _parts(
    made: Sequence[Example], vocabulary: Vocabulary, tagger: LacTagger
) -> Iterator[tuple[Numbers, Numbers]]:
    for first in range(0, len(made), _AT_ONCE):
        batch = [(text + "\n", spans) for text, spans in made[first : first + _AT_ONCE]]
        tagged = tagger.tag([normalise(text) for text, _ in batch])
        for (text, spans), words in zip(batch, tagged, strict=True):
            reading = read(text, words.tagged.names, words.tagged.places)
            yield vocabulary.rows(reading, words.words), tags_of(len(text), spans)


def digest_of(made: Sequence[Example]) -> str:
    """Return the sha256 over texts and spans."""
    digest = sha256()
    for text, spans in made:
        digest.update(text.encode("utf-8", "surrogatepass"))
        digest.update(repr([(a, b, kind.value) for a, b, kind in spans]).encode())
    return digest.hexdigest()


def _surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"
