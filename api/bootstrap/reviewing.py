"""What people check: reports, detections, classifications, entries."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from api.bootstrap.engines import Engines

if TYPE_CHECKING:
    from indexer.allowances import SecondPerson
    from indexer.classification_reviews import ClassificationReviews
    from indexer.classification_shift import ClassificationShift
    from indexer.entry_audits import EntryAudits
    from indexer.model_versions import ModelVersions
    from indexer.reports import Reports
    from indexer.review_examples import ReviewExamples
    from indexer.reviewed_texts import ReviewedTexts
    from indexer.reviews import DetectionReviews
    from indexer.signing import Signing
    from indexer.store.classification_sqlalchemy import SqlClassificationStore


class Reviewing(Engines):
    """What people check: reports, detections, classifications, entries."""

    @cached_property
    def reports(self) -> Reports:
        from indexer.reports import Reports

        return Reports(self.store, self.detection_records, self.audit, self.clock, self.via)

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
            self.clock,
            self.via,
            refresh=self.index.catch_up,
        )

    @cached_property
    def second_person(self) -> SecondPerson:
        from indexer.allowances import SecondPerson

        return SecondPerson(self.store, self.detection_records, self.audit, self.clock, self.via)

    @cached_property
    def signing(self) -> Signing:
        from api.reporting.values import report_value
        from indexer.signing import Signing
        from indexer.store.signed_reports import SignedReportStore

        signed = SignedReportStore(self.engine, self.sealer)
        return Signing(self.reports, signed, self.detector, self.audit, report_value, self.clock, self.via)

    @cached_property
    def entry_audits(self) -> EntryAudits:
        from indexer.entry_audits import EntryAudits

        return EntryAudits(self.store, self.detection_records, self.audit, self.clock, self.via)

    @cached_property
    def classification_records(self) -> SqlClassificationStore:
        from indexer.store.classification_sqlalchemy import SqlClassificationStore

        return SqlClassificationStore(self.engine, self.sealer)

    @cached_property
    def classification_reviews(self) -> ClassificationReviews:
        from indexer.classification_reviews import ClassificationReviews

        return ClassificationReviews(
            self.classification_records, self.store.standing, self.audit, self.clock, self.via
        )

    @cached_property
    def reviewed_texts(self) -> ReviewedTexts:
        from indexer.reviewed_texts import ReviewedTexts

        return ReviewedTexts(self.store, self.classification_records, self.audit, self.clock, self.via)

    @cached_property
    def review_examples(self) -> ReviewExamples:
        from indexer.review_examples import ReviewExamples

        return ReviewExamples(
            self.classification_records,
            self.store.standing,
            self.detector,
            self.embedder,
            self.audit,
            self.clock,
            self.via,
        )

    @cached_property
    def classification_shift(self) -> ClassificationShift:
        from indexer.classification_shift import ClassificationShift

        reference = self.classifier_versions.reference
        return ClassificationShift(
            self.classification_records, self.store.standing, self.audit, self.clock, reference, self.via
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
            self.clock,
            self.via,
        )
