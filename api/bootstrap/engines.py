"""What reads texts: models, parsers and the index."""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from api.bootstrap.foundation import Foundation

if TYPE_CHECKING:
    from indexer.classifiers import ClassifierVersions
    from indexer.indexing import IndexKeeper
    from indexer.ingest import Ingestor
    from indexer.parsing.isolated import IsolatedParser
    from indexer.parsing.limits import ParsingLimits
    from indexer.parsing.ocr import OcrEngine
    from models.classification.results import Classifier
    from models.embedding.sentence_transformer import SentenceTransformerEmbedder
    from models.privacy.detector import PersonalDataDetector

CLASSIFIER_FOLDER = Path(str(files("models"))) / "weights" / "classifier-v4"


class Engines(Foundation):
    """What reads texts: models, parsers and the index."""

    @cached_property
    def embedder(self) -> SentenceTransformerEmbedder:
        from models.embedding.sentence_transformer import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder.load(
            self.settings.embedding_model, self.settings.model_cache, self.settings.threads, self.report
        )

    @cached_property
    def detector(self) -> PersonalDataDetector:
        from models.privacy.presidio import PresidioDetector

        return PresidioDetector.load(thorough=self.settings.thorough_privacy)

    @cached_property
    def classifier(self) -> Classifier:
        from indexer.served_classifier import ServedClassifier

        return ServedClassifier(self.classifier_versions, self.load_classifier)

    def load_classifier(self, folder: Path) -> Classifier:
        """Return a verified classifier, for the embedder and the error levels in use."""
        from models.archive.levels import Line
        from models.classification.conformal import Levels
        from models.classification.linear import load_classifier

        levels = {Line.HRSS: self.settings.alpha_hrss, Line.MEDICAL: self.settings.alpha_medical}
        return load_classifier(folder, self.embedder, Levels(levels))

    @cached_property
    def classifier_versions(self) -> ClassifierVersions:
        from indexer.classifiers import ClassifierVersions
        from models.classification.linear import load_classifier

        return ClassifierVersions(self.folder / "classifiers", CLASSIFIER_FOLDER, load_classifier)

    @cached_property
    def index(self) -> IndexKeeper:
        from indexer.indexing import IndexKeeper

        return IndexKeeper(self.folder / "index", self.store, self.embedder.space)

    @cached_property
    def limits(self) -> ParsingLimits:
        from indexer.parsing.limits import MIB, ParsingLimits

        return ParsingLimits(
            max_bytes=self.settings.max_file_mib * MIB,
            max_pages=self.settings.max_pages,
            ocr_timeout_s=self.settings.ocr_timeout_s,
        )

    @cached_property
    def parser(self) -> IsolatedParser:
        from indexer.parsing.isolated import IsolatedParser
        from indexer.parsing.limits import MIB

        settings = self.settings
        return IsolatedParser(
            self.limits, settings.parser_memory_mib * MIB, settings.threads if settings.ocr else 0
        )

    @cached_property
    def ocr(self) -> OcrEngine | None:
        """The engine for masked copies; files that come in are recognised in the parser process."""
        if not self.settings.ocr:
            return None
        from indexer.parsing.ocr_rapidocr import RapidOcr

        return RapidOcr(threads=self.settings.threads)

    @cached_property
    def ingestor(self) -> Ingestor:
        from indexer.ingest import Ingestor
        from indexer.preparation import Preparer

        preparer = Preparer(
            self.detector,
            self.classifier,
            self.embedder,
            self.settings.deposit_region,
            self.detection_records.deny_list,
        )
        return Ingestor(self.store, self.parser, preparer, self.limits)
