"""Training rows of the sequence model: generated texts with spans, statutes without any personal data."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from models.privacy.lac import LacTagger
from models.privacy.layout import read
from models.privacy.sequence_features import Alphabet, Features, Numbers, joined
from models.privacy.sequence_tags import tags_of
from models.text.normalisation import normalise
from training.privacy_texts.documents import Example, generate
from training.synthetic.documents import generate as generate_archive

_MIN_COUNT = 3
_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts one behind another: features and tags of every character."""

    features: Features
    tags: Numbers


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


def alphabet_of(texts: Iterable[str]) -> Alphabet:
    """Return the characters of the basic plane that occur often enough, in code order."""
    counts = Counter(c for text in texts for c in normalise(text) if 0 < ord(c) < 0x10000)
    return Alphabet("".join(sorted(c for c, n in counts.items() if n >= _MIN_COUNT and not _surrogate(c))))


def rows_of(made: Sequence[Example], alphabet: Alphabet, tagger: LacTagger) -> Rows:
    """Return the rows of examples, a line end between two texts."""
    parts = list(_parts(made, alphabet, tagger))
    return Rows(joined([features for features, _ in parts]), np.concatenate([tags for _, tags in parts]))


def _parts(
    made: Sequence[Example], alphabet: Alphabet, tagger: LacTagger
) -> Iterator[tuple[Features, Numbers]]:
    for first in range(0, len(made), _AT_ONCE):
        batch = [(text + "\n", spans) for text, spans in made[first : first + _AT_ONCE]]
        tagged = tagger.tag([normalise(text) for text, _ in batch])
        for (text, spans), words in zip(batch, tagged, strict=True):
            reading = read(text, words.tagged.names, words.tagged.places)
            yield alphabet.features(reading, words.words), tags_of(len(text), spans)


def digest_of(made: Sequence[Example]) -> str:
    """Return the sha256 over texts and spans."""
    digest = sha256()
    for text, spans in made:
        digest.update(text.encode("utf-8", "surrogatepass"))
        digest.update(repr([(a, b, kind.value) for a, b, kind in spans]).encode())
    return digest.hexdigest()


def _surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"
