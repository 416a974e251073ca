"""The one place that joins ports to adapters. Everything heavy is imported when first needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from api.settings import Settings
from models.errors import StoreUnavailable

if TYPE_CHECKING:
    from api.machines import MachineTokens
    from api.webhooks.registration import Webhooks
    from indexer.allowances import SecondPerson
    from indexer.classification_reviews import ClassificationReviews
    from indexer.classification_shift import ClassificationShift
    from indexer.classifiers import ClassifierVersions
    from indexer.copies import MaskedCopies
    from indexer.entry_audits import EntryAudits
    from indexer.exports import Exports
    from indexer.granting import Granting
    from indexer.indexing import IndexKeeper
    from indexer.ingest import Ingestor
    from indexer.model_versions import ModelVersions
    from indexer.parsing.limits import ParsingLimits
    from indexer.parsing.parsers import FileParser
    from indexer.policies import Policies
    from indexer.reading import Reader
    from indexer.redaction.files import Copier
    from indexer.reports import Reports
    from indexer.review_examples import ReviewExamples
    from indexer.reviewed_texts import ReviewedTexts
    from indexer.reviews import DetectionReviews
    from indexer.saved_searches import SavedSearches
    from indexer.search import Searcher
    from indexer.signing import Signing
    from indexer.similar import SimilarDocuments
    from indexer.store.access_sqlalchemy import SqlAccessStore
    from indexer.store.accounts_sqlalchemy import SqlAccountStore
    from indexer.store.audit_sqlalchemy import SqlAuditLog
    from indexer.store.classification_sqlalchemy import SqlClassificationStore
    from indexer.store.database import Database
    from indexer.store.documents_sqlalchemy import SqlDocumentStore
    from indexer.store.jobs_sqlalchemy import SqlJobStore
    from indexer.store.machines_port import Delivery
    from indexer.store.reviews_sqlalchemy import SqlReviewStore
    from indexer.store.sealing import Sealer
    from indexer.suggestions import Suggester
    from models.classification.results import Classifier
    from models.embedding.sentence_transformer import SentenceTransformerEmbedder
    from models.privacy.detector import PersonalDataDetector

CLASSIFIER_FOLDER = Path(str(files("models"))) / "weights" / "classifier-v3"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Archive:
    """One state folder with everything that works on it; parts are made on first use and kept.

    ``via`` names the edge in the audit log (http, cli).
    """

    settings: Settings
    via: str
    report: Callable[[str], None] = lambda _: None
    """Told in Chinese about steps that take time."""

    @cached_property
    def folder(self) -> Path:
        folder = self.settings.state
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable("状态目录无法建立，请检查 --state 的路径与权限。") from error
        return folder

    @cached_property
    def sealer(self) -> Sealer:
        from indexer.store.sealing import Sealer, master_key_of

        given = self.settings.master_key.get_secret_value() if self.settings.master_key else None
        return Sealer(master_key_of(self.folder / "keys", given))

    @cached_property
    def engine(self) -> Database:
        from indexer.store.database import migrate, open_engine, sqlite_url

        engine = open_engine(self.settings.database_url or sqlite_url(self.folder / "archive.db"))
        migrate(engine)
        return engine

    @cached_property
    def store(self) -> SqlDocumentStore:
        from indexer.store.documents_sqlalchemy import SqlDocumentStore

        return SqlDocumentStore(self.engine, self.sealer, self.folder)

    @cached_property
    def accounts(self) -> SqlAccountStore:
        from indexer.store.accounts_sqlalchemy import SqlAccountStore

        return SqlAccountStore(self.engine)

    @cached_property
    def access(self) -> SqlAccessStore:
        from indexer.store.access_sqlalchemy import SqlAccessStore

        return SqlAccessStore(self.engine, self.sealer)

    @cached_property
    def granting(self) -> Granting:
        from indexer.granting import Granting

        return Granting(self.store, self.access, self.audit, utc_now, self.via)

    @cached_property
    def policies(self) -> Policies:
        from indexer.policies import Policies

        return Policies(self.store, self.access, self.accounts, self.audit, utc_now, self.via)

    @cached_property
    def machine_tokens(self) -> MachineTokens:
        from api.machines import MachineTokens
        from indexer.store.machine_tokens_sqlalchemy import SqlTokenStore

        return MachineTokens(self.accounts, SqlTokenStore(self.engine), self.sealer, utc_now)

    @cached_property
    def webhooks(self) -> Webhooks:
        from api.webhooks.addresses import AddressRule
        from api.webhooks.courier import Courier, RetryPlan
        from api.webhooks.registration import Webhooks
        from api.webhooks.sender import Sender, tls_trusting
        from indexer.store.webhooks_sqlalchemy import SqlWebhookStore

        settings = self.settings
        networks = tuple(settings.webhook_networks.split())
        rule = AddressRule(networks, settings.webhook_http_on_loopback)
        sender = Sender(rule, settings.webhook_timeout_s, tls_trusting(settings.webhook_ca_file))
        plan = RetryPlan(settings.webhook_retry_s, settings.webhook_attempts)
        store = SqlWebhookStore(self.engine, self.sealer)
        courier = Courier(store, sender, plan, utc_now, self._record_notice)
        return Webhooks(self.accounts, store, courier, utc_now)

    def _record_notice(self, delivery: Delivery, outcome: str) -> None:
        """Write to the audit log that a notice left the house, or was given up."""
        from indexer.notices import doc_ids_of
        from indexer.store.port import AuditEvent

        self.audit.record(
            AuditEvent(
                at=utc_now(),
                principal=self.webhooks.store.webhook(delivery.webhook_id).subject,
                via="webhook",
                purpose="",
                action="notify",
                doc_ids=doc_ids_of(delivery.body),
                query=self.audit.query_key(delivery.delivery_id),
                outcome=outcome,
            )
        )

    @cached_property
    def audit(self) -> SqlAuditLog:
        from indexer.store.audit_sqlalchemy import SqlAuditLog

        return SqlAuditLog(self.engine, self.sealer)

    @cached_property
    def jobs(self) -> SqlJobStore:
        from indexer.store.jobs_sqlalchemy import SqlJobStore

        return SqlJobStore(self.engine, timedelta(hours=self.settings.idempotency_hours))

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
    def parser(self) -> FileParser:
        from indexer.parsing.parsers import FileParser

        if not self.settings.ocr:
            return FileParser(self.limits)
        from indexer.parsing.ocr_rapidocr import RapidOcr

        return FileParser(self.limits, RapidOcr(threads=self.settings.threads))

    @cached_property
    def detection_records(self) -> SqlReviewStore:
        from indexer.store.reviews_sqlalchemy import SqlReviewStore

        return SqlReviewStore(self.engine, self.sealer)

    @cached_property
    def reports(self) -> Reports:
        from indexer.reports import Reports

        return Reports(self.store, self.detection_records, self.audit, utc_now, self.via)

    @cached_property
    def detection_reviews(self) -> DetectionReviews:
        from indexer.rerendering import Rerenderer
        from indexer.reviews import DetectionReviews

        return DetectionReviews(
            self.store,
            self.detection_records,
            Rerenderer(self.store, self.embedder),
            self.detector,
            self.audit,
            utc_now,
            self.via,
            refresh=self.index.catch_up,
        )

    @cached_property
    def second_person(self) -> SecondPerson:
        from indexer.allowances import SecondPerson

        return SecondPerson(self.store, self.detection_records, self.audit, utc_now, self.via)

    @cached_property
    def classification_records(self) -> SqlClassificationStore:
        from indexer.store.classification_sqlalchemy import SqlClassificationStore

        return SqlClassificationStore(self.engine, self.sealer)

    @cached_property
    def classification_reviews(self) -> ClassificationReviews:
        from indexer.classification_reviews import ClassificationReviews

        return ClassificationReviews(
            self.classification_records, self.store.standing, self.audit, utc_now, self.via
        )

    @cached_property
    def reviewed_texts(self) -> ReviewedTexts:
        from indexer.reviewed_texts import ReviewedTexts

        return ReviewedTexts(self.store, self.classification_records, self.audit, utc_now, self.via)

    @cached_property
    def review_examples(self) -> ReviewExamples:
        from indexer.review_examples import ReviewExamples

        return ReviewExamples(
            self.classification_records,
            self.store.standing,
            self.detector,
            self.embedder,
            self.audit,
            utc_now,
            self.via,
        )

    @cached_property
    def classification_shift(self) -> ClassificationShift:
        from indexer.classification_shift import ClassificationShift

        reference = self.classifier_versions.reference
        return ClassificationShift(
            self.classification_records, self.store.standing, self.audit, utc_now, reference, self.via
        )

    @cached_property
    def model_versions(self) -> ModelVersions:
        from indexer.model_versions import ModelVersions

        return ModelVersions(
            self.classifier_versions,
            self.store,
            self.classification_records,
            self.load_classifier,
            self.audit,
            utc_now,
            self.via,
        )

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

    @cached_property
    def reader(self) -> Reader:
        from indexer.reading import Reader

        return Reader(self.store, self.audit, utc_now, self.via)

    @cached_property
    def signing(self) -> Signing:
        from api.reporting.values import report_value
        from indexer.signing import Signing
        from indexer.store.signed_reports import SignedReportStore

        signed = SignedReportStore(self.engine, self.sealer)
        return Signing(self.reports, signed, self.detector, self.audit, report_value, utc_now, self.via)

    @cached_property
    def entry_audits(self) -> EntryAudits:
        from indexer.entry_audits import EntryAudits

        return EntryAudits(self.store, self.detection_records, self.audit, utc_now, self.via)

    @cached_property
    def copier(self) -> Copier:
        from indexer.redaction.files import Copier

        return Copier(self.limits, self.parser.ocr)

    @cached_property
    def copies(self) -> MaskedCopies:
        from indexer.copies import MaskedCopies

        return MaskedCopies(self.store, self.audit, self.detector, self.copier, utc_now, self.via)

    @cached_property
    def searcher(self) -> Searcher:
        from indexer.search import Searcher

        return Searcher(
            self.store,
            self.index,
            self.embedder,
            self.reader,
            self.audit,
            utc_now,
            self.via,
            sealer=self.sealer,
        )

    @cached_property
    def saved_searches(self) -> SavedSearches:
        from indexer.saved_searches import SavedSearches
        from indexer.store.saved_searches_sqlalchemy import SqlSavedSearchStore

        return SavedSearches(SqlSavedSearchStore(self.engine, self.sealer), self.searcher, utc_now)

    @cached_property
    def similar(self) -> SimilarDocuments:
        from indexer.similar import SimilarDocuments

        return SimilarDocuments(self.searcher)

    @cached_property
    def exports(self) -> Exports:
        from indexer.exports import Exports

        return Exports(self.searcher, utc_now)

    @cached_property
    def suggester(self) -> Suggester:
        from indexer.suggestions import Suggester

        return Suggester(self.store, self.index, self.audit, utc_now, self.via)
