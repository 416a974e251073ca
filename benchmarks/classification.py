"""`make bench-classification`: how right and how fast, beside a pipeline like the one of paperless-ngx.

Texts are the groups that the shipped model was not trained on: short ones by hand and by template, and pages
of generated documents. The peer is what paperless-ngx does (documents/classifier.py: word uni- and bigrams
that occur in 1 % of the texts, a multilayer perceptron, tol .01), learnt from the same training texts. Speeds
are per second of processor time: other work on the machine does not count; two cores do twice as much.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.classification.linear import LinearClassifier
from models.classification.parameters import read_parameters
from models.classification.results import Classification, Classifier
from models.embedding.sentence_transformer import DEFAULT_MODEL, SentenceTransformerEmbedder
from models.privacy.masking import mask, profile
from models.privacy.presidio import PresidioDetector
from training.cli import CACHE, CLASSIFIER
from training.configs import builtin_config
from training.dataset import Example, Source, build
from training.evaluate_classification import LabelledText, macro_f1

SHORT, PAGES, SINGLE = 600, 250, 200
Answers = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class System:
    """``share`` says which share 0–1 of some texts is embedded."""

    name: str
    answers: Answers
    share: Callable[[Sequence[str]], float] = lambda _: 0.0


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else SHORT
    examples = build(builtin_config())
    unseen = [e for e in examples if e.held_out]
    short = _spread([e for e in unseen if e.source is not Source.DOCUMENT and len(e.text) <= 60], limit)
    pages = _spread([e for e in unseen if e.kind == "document"], min(limit, PAGES))
    parameters, manifest = read_parameters(CLASSIFIER)
    embedder = SentenceTransformerEmbedder.load(DEFAULT_MODEL, Path(CACHE), 1)
    always = replace(parameters, policy=replace(parameters.policy, skip_embedding_from=2.0))
    cascade = LinearClassifier(parameters, manifest.version, embedder)
    systems = [
        System("bag of words + MLP, as paperless-ngx", _paperless([e for e in examples if not e.held_out])),
        _ours("character n-grams alone", LinearClassifier(parameters, manifest.version, None)),
        _ours("n-grams and embedding", LinearClassifier(always, manifest.version, embedder)),
        _ours("cascade (shipped)", cascade),
        System("cascade, masked before", _masked(cascade), cascade.share_embedded),
    ]
    for title, texts in (("short texts", short), ("pages", pages)):
        _print_table(title, systems, texts)
    _print_single(cascade, [e.text for e in short[:SINGLE]])


def _ours(name: str, classifier: LinearClassifier) -> System:
    return System(name, _labels(classifier), classifier.share_embedded)


def _labels(classifier: Classifier) -> Answers:
    return lambda texts: [answer.insurance_type for answer in classifier.classify(texts)]


def _masked(classifier: Classifier) -> Answers:
    detector, index = PresidioDetector.load(), profile("index")

    def answers(texts: Sequence[str]) -> list[str]:
        found = detector.detect(texts)
        return _labels(classifier)([mask(t, d, index).text for t, d in zip(texts, found, strict=True)])

    return answers


def _paperless(examples: Sequence[Example]) -> Answers:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.neural_network import MLPClassifier

    words = CountVectorizer(analyzer="word", ngram_range=(1, 2), min_df=0.01)
    network: Any = MLPClassifier(tol=0.01, random_state=1)
    network.fit(words.fit_transform([e.text for e in examples]), [e.label for e in examples])
    return lambda texts: [str(label) for label in network.predict(words.transform(texts))]


def _print_table(title: str, systems: Sequence[System], examples: Sequence[Example]) -> None:
    texts = [e.text for e in examples]
    print(f"\n{len(texts)} {title}, {np.mean([len(t) for t in texts]):.0f} characters each\n")
    print(f"{'system':<40}{'macro-F1':>9}{'embedded':>9}{'per core-s':>11}{'on 2 cores/s':>13}")
    for system in systems:
        system.answers(texts[:4])
        began = time.process_time()
        said = system.answers(texts)
        speed = len(texts) / max(1e-9, time.process_time() - began)
        figures = f"{_f1(examples, said):>9.3f}{system.share(texts):>9.0%}{speed:>11.0f}{2 * speed:>13.0f}"
        print(f"{system.name:<40}{figures}")


def _f1(examples: Sequence[Example], said: Sequence[str]) -> float:
    texts = [LabelledText("", e.text, e.label, e.kind) for e in examples]
    return macro_f1([(t, _answer(label)) for t, label in zip(texts, said, strict=True)])


def _answer(label: str) -> Classification:
    from models.classification.results import Decision

    return Classification(label, (), (label,), Decision.NEEDS_REVIEW, None, 0.0, (), "")


def _print_single(classifier: Classifier, texts: Sequence[str]) -> None:
    took_ms = []
    for text in texts:
        began = time.process_time()
        classifier.classify([text])
        took_ms.append(1000 * (time.process_time() - began))
    print(
        f"\none text a call: p50 {np.percentile(took_ms, 50):.1f} ms, p95 {np.percentile(took_ms, 95):.1f} ms"
    )


def _spread(examples: Sequence[Example], count: int) -> list[Example]:
    step = max(1, len(examples) // count)
    return list(examples[::step][:count])


if __name__ == "__main__":
    main()
