"""What goes over the wire for reviews of classifications."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from api.schemas import Answer, Insurance, Sent, Word, example
from indexer.classification_shift import ShiftReport
from indexer.reclassification import MAX_INSURANCES
from indexer.review_queue import LabelDoubt, ReviewItem
from indexer.store.classification_port import ClassificationReview, ReviewVerdict, Truth
from models.classification.results import Decision

Share = Annotated[float, Field(ge=0, le=1)]


class CorrectionIn(Sent):
    model_config = example(insurance_type="工伤", secondary=["医疗"], material_type="工伤认定申请")

    insurance_type: Insurance = Field(description="主险种")
    secondary: list[Insurance] = Field([], max_length=MAX_INSURANCES - 1, description="次要险种")
    material_type: Word | None = Field(None, description="材料类型（简称），没有合适的不填")

    def truth(self) -> Truth:
        return Truth((self.insurance_type, *self.secondary), self.material_type)


class TruthOut(Answer):
    insurance_types: list[str] = Field(description="险种，主险种在前")
    material_type: str | None = Field(description="材料类型")

    @classmethod
    def of(cls, truth: Truth) -> Self:
        return cls(insurance_types=list(truth.insurance_types), material_type=truth.material_type)


class CandidateOut(Answer):
    label: str = Field(description="险种")
    probability: Share = Field(description="概率")


class PredictedOut(Answer):
    decision: Decision = Field(description="自动分类当时的结论")
    labels: list[CandidateOut] = Field(description="各险种的概率，由高到低")
    prediction_set: list[str] = Field(description="不能排除的险种")
    material_type: str | None = Field(description="材料类型，没有把握时为空")
    evidence: list[str] = Field(description="依据的词句，个人信息已遮蔽；复核之后不再保留")
    artifact: str = Field(description="分类模型编号")


class ClaimOut(Answer):
    by: str = Field(description="认领人")
    expires_at: datetime = Field(description="认领到期（UTC）")


class DecidedOut(Answer):
    doc_id: str = Field(description="档案编号（系统内）")
    verdict: ReviewVerdict = Field(description="confirmed 确认，corrected 改正，skipped 跳过")
    by: str = Field(description="复核人")
    at: datetime = Field(description="复核时间（UTC）")
    truth: TruthOut | None = Field(description="复核认定的分类，跳过时为空")

    @classmethod
    def of(cls, review: ClassificationReview) -> Self:
        truth = TruthOut.of(review.truth) if review.truth else None
        return cls(doc_id=review.doc_id, verdict=review.verdict, by=review.by, at=review.at, truth=truth)


class ReviewItemOut(Answer):
    doc_id: str = Field(description="档案编号（系统内）")
    archive_no: str | None = Field(description="档号")
    title: str = Field(description="题名，个人信息已遮蔽")
    sampled: bool = Field(description="已自动采用、抽出来核对的")
    reviewed: bool = Field(description="已有人复核过")
    recorded: TruthOut = Field(description="目录现在的记载")
    proposed: TruthOut = Field(description="点“确认”即认定为此")
    predicted: PredictedOut = Field(description="自动分类的结果")
    claim: ClaimOut | None = Field(description="谁在复核，没有人认领时为空")
    history: list[DecidedOut] = Field(description="历次复核，早的在前")

    @classmethod
    def of(cls, item: ReviewItem) -> Self:
        document, predicted = item.document, item.document.predicted
        recorded = Truth(document.facts.insurance_types, document.facts.material_type)
        return cls(
            doc_id=document.facts.doc_id,
            archive_no=document.archive_no,
            title=document.title,
            sampled=document.sampled,
            reviewed=document.reviewed,
            recorded=TruthOut.of(recorded),
            proposed=TruthOut.of(item.proposed),
            predicted=PredictedOut(
                decision=predicted.decision,
                labels=[CandidateOut.model_validate(p, from_attributes=True) for p in predicted.labels],
                prediction_set=list(predicted.prediction_set),
                material_type=predicted.material_type,
                evidence=list(predicted.evidence),
                artifact=predicted.artifact,
            ),
            claim=ClaimOut.model_validate(item.claim, from_attributes=True) if item.claim else None,
            history=[DecidedOut.of(review) for review in item.history],
        )


class ReviewsOut(Answer):
    items: list[ReviewItemOut] = Field(description="待复核的档案，最该先看的在前；不给总数")


class HintOut(Answer):
    doc_id: str = Field(description="档案编号（系统内）")
    archive_no: str | None = Field(description="档号")
    title: str = Field(description="题名，个人信息已遮蔽")
    given: TruthOut = Field(description="复核认定的分类")
    likely: str = Field(description="文字更像的险种")
    margin: float = Field(description="相差多少，越大越可疑")

    @classmethod
    def of(cls, doubt: LabelDoubt) -> Self:
        document = doubt.document
        return cls(
            doc_id=document.facts.doc_id,
            archive_no=document.archive_no,
            title=document.title,
            given=TruthOut.of(doubt.given),
            likely=doubt.likely,
            margin=round(doubt.margin, 4),
        )


class HintsOut(Answer):
    hints: list[HintOut] = Field(description="复核结论可能有误的档案，最可疑的在前")


class ShiftOut(Answer):
    name: str = Field(description="比较的项目：decision、probability、insurance、pages、carrier、labels")
    psi: float = Field(description="群体稳定性指数 PSI")
    bound: float = Field(description="单凭偶然可达到的界")
    alert: bool = Field(description="是否告警")


class MonthShiftOut(Answer):
    month: str = Field(description="来件月份")
    documents: int | None = Field(description="件数，过少时为空")
    against_artifact: list[ShiftOut] = Field(description="与模型训练时的基准相比")
    against_earlier: list[ShiftOut] = Field(description="与此前几个月相比")


class LabelRowOut(Answer):
    label: str = Field(description="险种")
    predicted: int | None = Field(description="自动分类判为此险种的复核件数，过少时为空")
    true: int | None = Field(description="人工认定为此险种的件数，过少时为空")
    changed: int | None = Field(description="被人工改正的件数，过少时为空")


class IntervalOut(Answer):
    low: Share = Field(description="95% 区间下限")
    high: Share = Field(description="95% 区间上限")


class DriftOut(Answer):
    artifact: str = Field(description="分类模型编号")
    alerts: list[str] = Field(description="告警，空为没有发现漂移")
    months: list[MonthShiftOut] = Field(description="各月来件的变化（输入漂移）")
    labels: list[LabelRowOut] = Field(description="复核结论与自动分类（标签漂移）")
    label_shift: ShiftOut | None = Field(description="险种构成的变化，复核过少时为空")
    accepted_wrong: IntervalOut | None = Field(description="自动采用的抽查中有误的比例，抽查过少时为空")

    @classmethod
    def of(cls, report: ShiftReport) -> Self:
        return cls.model_validate(report, from_attributes=True)
