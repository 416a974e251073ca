"""Other tools for personal data in Chinese text, as they come, for measuring beside ours.

None of them is needed by the product. The extra ``bench`` installs those whose licences allow it; one that
is not there is an outcome. ``privacy_peers.toml`` says which of their labels is which of our kinds. All run
without any network: only rules, or models inside the package.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from importlib.resources import files

from training.privacy_figures import OTHER, Span

Reader = Callable[[str], Iterable[Span]]
"""Return the spans of a text under the tool's own labels."""

# What foreign code raises on a text it cannot bear (a lone surrogate, a missing token).
_FAILURES = (ValueError, TypeError, LookupError, AttributeError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Peer:
    """One tool: ``labels`` maps its labels to our kinds, ``read_off`` is the version they were read off."""

    name: str
    distribution: str
    read_off: str
    licence: str
    source: str
    labels: Mapping[str, str]

    @property
    def installed(self) -> str | None:
        """The version that is installed, or None."""
        try:
            return installed_version(self.distribution)
        except PackageNotFoundError:
            return None


@cache
def peers() -> Mapping[str, Peer]:
    """Return the tools known here by name, in the order of the table."""
    table = tomllib.loads((files("training") / "privacy_peers.toml").read_text("utf-8"))
    return {row["name"]: Peer(**row) for row in table["peer"]}


def load_reader(name: str) -> Reader:
    """Import the tool called ``name`` and make it ready.

    Raises:
        ImportError: it is not installed, or cannot be imported beside what else is.
    """
    # Some greet on standard output, where the report goes.
    with redirect_stdout(sys.stderr):
        return _LOADERS[name]()


def find_as_ours(reader: Reader, labels: Mapping[str, str], text: str) -> frozenset[Span] | None:
    """Return what ``reader`` finds under our kinds (else `OTHER`), or None if it fails on ``text``."""
    try:
        found = list(reader(text))
    except _FAILURES:
        return None
    return frozenset((start, end, labels.get(label, OTHER)) for start, end, label in found)


def _presidio() -> Reader:
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):  # type: ignore[misc]
        def load(self) -> None:
            self.nlp = {"zh": spacy.blank("zh")}

    engine = Blank(models=[{"lang_code": "zh", "model_name": "blank"}])
    engine.load()
    recognizers = RecognizerRegistry(supported_languages=["zh"])
    recognizers.load_predefined_recognizers(languages=["zh"], nlp_engine=engine)
    analyzer = AnalyzerEngine(registry=recognizers, nlp_engine=engine, supported_languages=["zh"])
    return lambda text: [(r.start, r.end, r.entity_type) for r in analyzer.analyze(text, language="zh")]


def _argus() -> Reader:
    from argus_redact import redact

    def read(text: str) -> Iterable[Span]:
        report = redact(text, lang="zh", mode="fast", report=True)
        return [(found["start"], found["end"], found["type"]) for found in report.entities]

    return read


def _jionlp() -> Reader:
    import jionlp

    extractors = {label: getattr(jionlp, label) for label in peers()["jionlp"].labels}

    def read(text: str) -> Iterable[Span]:
        return [
            (*found["offset"], label)
            for label, extract in extractors.items()
            for found in extract(text, detail=True)
        ]

    return read


def _privyscope() -> Reader:
    from privyscope_zh_hans import Privyscope

    engine = Privyscope.from_pretrained(lang="zh-Hans", regex_only=True)
    return lambda text: [(s.start, s.end, s.label) for s in engine.redact(text).detected_spans]


def _datamask() -> Reader:
    from datamask_core.pipeline import DataMaskPipeline

    pipeline = DataMaskPipeline(use_model=False)

    def read(text: str) -> Iterable[Span]:
        report = pipeline.mask_with_report(text)
        return [(found["start"], found["end"], found["type"]) for found in report["replacements"]]

    return read


_LOADERS: Mapping[str, Callable[[], Reader]] = {
    "presidio-default": _presidio,
    "argus-redact": _argus,
    "jionlp": _jionlp,
    "privyscope-zh-hans": _privyscope,
    "datamask-core": _datamask,
}
