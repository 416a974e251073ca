"""Classification and detection of a text that is not kept."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import AliasChoices, Field

from api.analysis import ClassifiedText, DetectedText, classify_text, detect_in_text
from api.dependencies import ClassifyCaller, DetectCaller, Serving, only_json
from api.routers.answers import refusals
from api.schemas import MAX_TEXT_CHARACTERS, Answer, Sent, example
from models.classification.results import Decision
from models.errors import DependencyFailed, Forbidden, InvalidInput, Unauthenticated, UnsupportedMedia
from models.privacy.detections import DetectionKind

router = APIRouter(prefix="/v1", tags=["分类与隐私检查"], dependencies=[Depends(only_json)])
_REFUSALS = refusals(Unauthenticated, Forbidden, InvalidInput, UnsupportedMedia, DependencyFailed)
_SAMPLE = "企业职工退休审批表：该职工符合退休条件，自 2019 年 4 月起按月领取基本养老金。"

Probability = Annotated[float, Field(ge=0, le=1)]


class TextIn(Sent):
    model_config = example(text=_SAMPLE)

    text: str = Field(max_length=MAX_TEXT_CHARACTERS, description="文字，不保存")


class ClassifyIn(Sent):
    model_config = example(text=_SAMPLE, formed_on="2019-03-05")

    text: str = Field(max_length=MAX_TEXT_CHARACTERS, description="文字，不保存")
    formed_on: date | None = Field(None, description="形成日期；给出时算出保管期满日")


class LabelOut(Answer):
    label: str = Field(description="险种")
    probability: Probability = Field(description="概率")


class RetentionOut(Answer):
    period: str = Field(validation_alias=AliasChoices("period", "retention"), description="保管期限")
    verified: bool = Field(description="期限规则是否已核实")
    source: str = Field(description="规则出处")
    class_name: str = Field(
        validation_alias=AliasChoices("class", "class_name"),
        serialization_alias="class",
        description="规定附件中的大类，一至九",
    )
    class_code: str = Field(description="建议的分类代码")
    due_on: date | None = Field(description="保管期满日：次年 1 月 1 日起算；永久或形成日期不明时为空")


class ClassificationOut(Answer):
    model_config = example(
        insurance_type="养老",
        labels=[{"label": "养老", "probability": 0.97}, {"label": "其他", "probability": 0.03}],
        prediction_set=["养老"],
        decision="ACCEPTED",
        material_type="退休审批",
        material_probability=0.93,
        evidence=["退休审批表", "基本养老金"],
        artifact="classifier-v4",
        retention={
            "period": "50年",
            "verified": False,
            "source": "《社会保险业务档案管理规定（试行）》附件，第三类",
            "class": "三",
            "class_code": "YL",
            "due_on": "2070-01-01",
        },
    )

    insurance_type: str = Field(description="险种")
    labels: list[LabelOut] = Field(description="各险种的概率，由高到低")
    prediction_set: list[str] = Field(description="不能排除的险种，由高到低")
    decision: Decision = Field(description="ACCEPTED 可采用，NEEDS_REVIEW 须人工复核")
    material_type: str | None = Field(description="材料类型，没有把握时为空")
    material_probability: Probability = Field(description="材料类型的概率")
    evidence: list[str] = Field(description="依据的词句，个人信息已遮蔽")
    artifact: str = Field(description="分类模型编号")
    retention: RetentionOut | None = Field(description="按材料类型建议的保管期限")

    @classmethod
    def of(cls, classified: ClassifiedText) -> Self:
        made, retention = classified.classification, classified.retention
        return cls(
            insurance_type=made.insurance_type,
            labels=[LabelOut.model_validate(label, from_attributes=True) for label in made.labels],
            prediction_set=list(made.prediction_set),
            decision=made.decision,
            material_type=made.material_type,
            material_probability=made.material_probability,
            evidence=list(made.evidence),
            artifact=made.artifact,
            retention=RetentionOut.model_validate(retention, from_attributes=True) if retention else None,
        )


class DetectionOut(Answer):
    start: int = Field(description="起点，按字符计，自 0 起")
    end: int = Field(description="终点（不含）")
    kind: DetectionKind = Field(description="个人信息种类")
    score: Probability = Field(description="可信度")
    recognizer: str = Field(description="识别规则或模型")
    evidence: list[str] = Field(description="判断依据，不含原值")


class DetectionsOut(Answer):
    model_config = example(
        detections=[
            {
                "start": 7,
                "end": 25,
                "kind": "RESIDENT_ID",
                "score": 0.99,
                "recognizer": "resident-id-18",
                "evidence": ["校验码相符"],
            }
        ],
        degraded=False,
    )

    detections: list[DetectionOut] = Field(description="检出的个人信息，按位置排列，互不重叠，不含原值")
    degraded: bool = Field(description="识别能力不全（缺姓名模型），结果可能有遗漏")

    @classmethod
    def of(cls, detected: DetectedText) -> Self:
        found = [DetectionOut.model_validate(d, from_attributes=True) for d in detected.detections]
        return cls(detections=found, degraded=detected.degraded)


@router.post("/classify", summary="自动分类", response_description="分类结果", responses=_REFUSALS)
def classify(request: ClassifyIn, caller: ClassifyCaller, service: Serving) -> ClassificationOut:
    """判断一段文字的险种和材料类型，并按规则建议保管期限。先遮蔽个人信息，再分类。"""
    service.readiness.need("detector", "embedder", "classifier")
    return ClassificationOut.of(classify_text(service.archive, request.text, caller, request.formed_on))


@router.post("/privacy/detect", summary="个人信息检查", response_description="检出结果", responses=_REFUSALS)
def detect(request: TextIn, caller: DetectCaller, service: Serving) -> DetectionsOut:
    """指出一段文字中个人信息的位置和种类，不返回原值。"""
    service.readiness.need("detector")
    return DetectionsOut.of(detect_in_text(service.archive, request.text, caller))
