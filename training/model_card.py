"""The model card, written from the manifest and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from models.artifacts import Manifest

CARD_NAME = "MODEL_CARD.md"
_FIGURES = (
    ("texts", "文本数"),
    ("macro_f1", "宏平均 F1"),
    ("short_macro_f1", "其中短问句"),
    ("accuracy", "准确率"),
    ("coverage", "自动采纳比例"),
    ("accepted_accuracy", "采纳部分准确率"),
    ("calibration_error", "校准误差 ECE"),
    ("set_coverage", "预测集合含正确标签的比例"),
    ("set_size", "预测集合平均大小"),
    ("material_accuracy", "材料类型准确率"),
)
_SETS = {"held out": "留出的模板与案卷（生成文本）", "development": "真实文本（仅测量，不参与训练）"}


def card_of(manifest: Manifest) -> str:
    """Return the card of a classifier as Markdown, in Chinese; same manifest, same card."""
    # Through JSON, so that a manifest just made and one read from disk look the same.
    stated: Mapping[str, Any] = json.loads(json.dumps(dict(manifest.metadata)))
    metrics: Mapping[str, Mapping[str, Any]] = stated["metrics"]
    policy = stated["config"]["policy"]
    return "\n".join(
        [
            f"# 模型卡：{manifest.version}",
            "",
            "社保档案文本的险种（养老、医疗、失业、工伤、生育、综合、其他）与材料类型分类。",
            "字符 n 元组（1–4）与句向量各接一个线性层，分数校准后相加；不确定时不作结论，交人工复核。",
            "",
            "## 数据与许可",
            "",
            f"- 训练数据：{stated['dataset']['examples']} 条，全部由本项目的模板生成，没有真实档案。",
            f"- 数据摘要 sha256：`{stated['dataset']['sha256']}`，种子 {stated['config']['seed']}。",
            f"- 句向量空间：`{stated['embedding']['model']}`，修订 `{stated['embedding']['revision']}`。",
            "- 换用其他向量模型时只用 n 元组判断，产物编号带 `+ngrams-only`。",
            f"- 许可：{stated['licence']}。",
            f"- 软件版本：{'，'.join(f'{name} {number}' for name, number in stated['packages'].items())}。",
            "",
            "## 何时交人工",
            "",
            f"- 险种概率低于 {policy['accept_from']}，或文本不可读（空白、乱码、非中文、超长）。",
            f"- 材料类型的联合概率低于 {policy['material_from']} 时不给出材料类型。",
            "",
            "## 测得的数字",
            "",
            *_figures(metrics),
            "",
            "### 各险种召回率",
            "",
            *_recalls(metrics),
            "",
            "## 局限",
            "",
            "- 生成文本比真实文本规整，留出部分的数字偏乐观；真实文本一栏以法规条文为主，短问句约百条。",
            "- 编写模板时看过开发集的部分错例，开发集数字因此也略偏乐观；上线前应以本单位数据另测。",
            "- 完全不用术语的口语离模板较远，约三成判错，其中多数会因把握不足转人工。",
            "- 一份材料涉及两个险种时，第二个险种多半不在预测集合里。",
            "- 预测集合按概率累计给出，尚无覆盖率保证。",
            "- 生育与医疗、劳动合同纠纷与社保综合类之间的界限本来就有争议，概率接近时请看预测集合。",
            "",
        ]
    )


def _figures(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    rows = [
        f"| {title} | {' | '.join(_shown(m[name]) for m in metrics.values())} |" for name, title in _FIGURES
    ]
    return [_header("指标", metrics), _rule(metrics), *rows]


def _recalls(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    labels = next(iter(metrics.values()))["recall"]
    rows = [
        f"| {name} | {' | '.join(_shown(m['recall'][name]) for m in metrics.values())} |" for name in labels
    ]
    return [_header("险种", metrics), _rule(metrics), *rows]


def _header(first: str, metrics: Mapping[str, object]) -> str:
    return f"| {first} | {' | '.join(_SETS.get(name, name) for name in metrics)} |"


def _rule(metrics: Mapping[str, object]) -> str:
    return "|---" * (len(metrics) + 1) + "|"


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
