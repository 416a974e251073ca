"""`make bench-privacy`: the privacy pass on generated documents with gold spans, beside a peer.

The peer is presidio-analyzer with its own recognizers over a blank Chinese pipeline: what one gets
without this project. Both read the same documents in the same run. Generated text is friendlier than
real archives; docs/privacy.md says how the pass does on text by another hand.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from models.privacy.presidio import PresidioDetector
from training.privacy_figures import OTHER
from training.privacy_peers import find_as_ours, load_reader, peers
from training.synthetic.documents import generate

DOCUMENTS = 400
SEED = 99
Span = tuple[int, int, str]
Finder = Callable[[Sequence[str]], list[set[Span]]]


@dataclass(slots=True)
class Tally:
    """Exact matches by kind, and personal characters left uncovered by any detection."""

    right: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    true: Counter[str] = field(default_factory=Counter)
    personal: int = 0
    uncovered: int = 0

    def add(self, gold: set[Span], found: set[Span]) -> None:
        self.true.update(kind for *_, kind in gold)
        self.said.update(kind for *_, kind in found)
        self.right.update(kind for *_, kind in gold & found)
        covered = {i for start, end, _ in found for i in range(start, end)}
        characters = {i for start, end, _ in gold for i in range(start, end)}
        self.personal += len(characters)
        self.uncovered += len(characters - covered)

    def f1(self, kind: str | None = None) -> float:
        right, said, true = (
            sum(c.values()) if kind is None else c[kind] for c in (self.right, self.said, self.true)
        )
        return 2 * right / max(1, said + true)

    @property
    def leak(self) -> float:
        return self.uncovered / max(1, self.personal)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    texts: list[str] = []
    gold: list[set[Span]] = []
    for document in generate(count, SEED):
        for page, spans in zip(document.pages, document.spans, strict=True):
            texts.append(page)
            gold.append({(start, end, kind.value) for start, end, kind in spans})
    characters = sum(map(len, texts))
    print(f"{len(texts)} pages, {characters / len(texts):.0f} characters each, one thread\n")
    print(f"{'system':<26}{'F1':>7}{'leak':>7}{'pages/s':>9}{'chars/s':>10}")
    tallies = {}
    for name, finder in _systems():
        finder(texts[:4])
        began = time.process_time()
        found = finder(texts)
        spent = time.process_time() - began
        tally = tallies[name] = Tally()
        for expected, said in zip(gold, found, strict=True):
            tally.add(expected, said)
        speed = f"{len(texts) / spent:>9.0f}{characters / spent:>10.0f}"
        print(f"{name:<26}{tally.f1():>7.3f}{tally.leak:>7.3f}{speed}")
    ours = tallies["chadang, full pass"]
    _print_lengths(texts)
    print(f"\n{'kind':<16}{'gold':>7}{'precision':>11}{'recall':>8}{'F1':>7}")
    for kind, true in ours.true.most_common():
        precision = ours.right[kind] / max(1, ours.said[kind])
        print(f"{kind:<16}{true:>7}{precision:>11.3f}{ours.right[kind] / true:>8.3f}{ours.f1(kind):>7.3f}")


def _print_lengths(texts: Sequence[str]) -> None:
    """Print how the time of the full pass grows with the length of one text, ordinary and odd."""
    ordinary = "\n".join(texts)
    shapes = {
        "ordinary pages": ordinary,
        "one line of Chinese": "中",
        "one line of digits": "0",
        "one line of blanks": " ",
        "one line of brackets": "（",
        "one line of a table": "张三|13800138000|",
    }
    detector = PresidioDetector.load()
    lengths = (10_000, 100_000, 1_000_000)
    print(f"\n{'seconds, full pass':<26}" + "".join(f"{length:>12}" for length in lengths))
    for name, piece in shapes.items():
        seconds = []
        for length in lengths:
            text = (piece * (length // len(piece) + 1))[:length]
            began = time.process_time()
            detector.detect([text])
            seconds.append(time.process_time() - began)
        print(f"{name:<26}" + "".join(f"{spent:>12.2f}" for spent in seconds))


def _systems() -> list[tuple[str, Finder]]:
    def ours(detector: PresidioDetector) -> Finder:
        return lambda texts: [
            {(d.start, d.end, d.kind.value) for d in found} for found in detector.detect(texts)
        ]

    return [
        ("presidio as it comes, zh", _peer()),
        ("chadang, rules only", ours(PresidioDetector.load(names=False))),
        ("chadang, full pass", ours(PresidioDetector.load())),
        ("chadang, thorough", ours(PresidioDetector.load(thorough=True))),
    ]


def _peer() -> Finder:
    name = "presidio-default"
    reader, labels = load_reader(name), peers()[name].labels
    return lambda texts: [
        {span for span in find_as_ours(reader, labels, text) or () if span[2] != OTHER} for text in texts
    ]


if __name__ == "__main__":
    main()
