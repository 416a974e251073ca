"""The model card, written from the manifest and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from models.artifacts import Manifest

CARD_NAME = "MODEL_CARD.md"
_SETS = {
    "held out": "留出",
    "development": "真实文本",
    "misread": "误识",
    "unnamed": "去险种名",
    "colloquial": "口语",
}
_SOURCES = {
    "written": "手写短文本",
    "template": "模板文本",
    "table": "材料表",
    "document": "虚构档案",
    "reviewed": "复核文本",
}

Figures = Mapping[str, Mapping[str, Any]]


def card_of(manifest: Manifest) -> str:
    """Return the card of a classifier as Markdown, in Chinese; same manifest, same card."""
    # Through JSON, so that a manifest just made and one read from disk look the same.
    stated: Mapping[str, Any] = json.loads(json.dumps(dict(manifest.metadata)))
    metrics: Figures = stated["metrics"]
    parts = [
        [f"# 模型卡：{manifest.version}", "", *_INTRODUCTION],
        ["## 数据与许可", "", *_data(stated)],
        ["## 何时交人工", "", *_decision(stated["config"]["policy"])],
        ["## 测得的数字", "", *_MEASURED, "", *_table(metrics, _FIGURES)],
        ["### 各险种召回率", "", *_table(metrics, _recall_rows(metrics))],
        ["### 概率是否可信", "", *_reliability(metrics)],
        ["## 局限", "", *_LIMITS],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


_INTRODUCTION = (
    "社保档案文本的险种（养老、医疗、失业、工伤、生育、综合、其他）与材料类型分类。",
    "字符 n 元组（1–4）与句向量各接一个线性层，分数校准后相加；n 元组已有把握时不算句向量。",
    "预测集合由按险种、按长短文本分别校准的共形预测给出；不确定时不作结论，交人工复核。",
)
_MEASURED = (
    "留出：没有参与训练的模板、案卷和手写文本。真实文本：法条与网上提问，只测量、不训练。其余三栏是把留出文本弄难：",
    "误识（模拟扫描误识、丢字）、去险种名（删去险种及待遇名称）、口语（只留手写的提问和叙述）。",
    "方括号内为 95% 置信区间（Clopper–Pearson）。",
)
_LIMITS = (
    "- 手写文本与模板出自本项目；编写时看过开发集的部分错例，真实文本一栏因此略偏乐观；",
    "  上线前应以本单位数据另测。",
    "- 预测集合的保证以“来文与校准文本同类”为前提。校准时短文本只用手写文本，长文本不用虚构档案（太容易）；",
    "  来文若与二者都不像（如整段误识），遗漏比例可能超过设定值，见“误识”“去险种名”两栏。",
    "- 两三个字的词语、缺少上下文的短句常常不止一个险种说得通，多数会交人工。",
    "- 生育与医疗、劳动合同纠纷与社保综合类之间的界限本来就有争议，请看预测集合。",
)


def _data(stated: Mapping[str, Any]) -> list[str]:
    dataset, space = stated["dataset"], stated["embedding"]
    sources = "、".join(f"{_SOURCES[name]} {count}" for name, count in dataset["sources"].items() if count)
    origin, more = (
        ("其中复核文本来自一个档案库；", "个人信息已换成占位符，不取新词，本模型不得离开该档案库。")
        if "reviews" in stated
        else ("全部为本项目所写或生成；", "没有真实档案。")
    )
    return [
        f"- 文本 {dataset['examples']} 条（{sources}），{origin}",
        f"  {more}约一成按组（模板、案卷、手写文本十行一组）留出，不参加训练。",
        f"- 数据摘要 sha256：`{dataset['sha256']}`，种子 {stated['config']['seed']}。",
        f"- 句向量空间：`{space['model']}`，修订 `{space['revision']}`。",
        "- 换用其他向量模型时只用 n 元组判断（另行校准），产物编号带 `+ngrams-only`。",
        f"- 许可：{stated['licence']}。",
        "- 软件版本：" + "，".join(f"{name} {number}" for name, number in stated["packages"].items()) + "。",
    ]


def _decision(policy: Mapping[str, Any]) -> list[str]:
    levels = "、".join(f"{line} {level:g}" for line, level in policy["alpha"].items())
    return [
        f"- 误差水平 α（条线）：{levels}。",
        "  设置 `CHADANG_ALPHA_HRSS`、`CHADANG_ALPHA_MEDICAL` 可改，不必重新训练。",
        "- 预测集合只剩一个险种时自动采纳；多于一个，或没有一个险种说得通，交人工。",
        f"- 文中另有险种的可能不低于 {policy['second_from']} 时列入预测集合，于是也交人工。",
        "- 文本不可读（空白、乱码、非中文、超长）一律交人工。",
        f"- 材料类型的联合概率低于 {policy['material_from']} 时不给出材料类型。",
    ]


def _number(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda figures: str(figures[name]) if isinstance(figures[name], int) else f"{figures[name]:.3f}"


def _share(name: str) -> Callable[[Mapping[str, Any]], str]:
    def shown(figures: Mapping[str, Any]) -> str:
        share = figures[name]
        if not share["texts"]:
            return "–"
        return f"{share['value']:.3f} [{share['low']:.3f}, {share['high']:.3f}]"

    return shown


Row = tuple[str, Callable[[Mapping[str, Any]], str]]

_FIGURES: tuple[Row, ...] = (
    ("文本数", _number("texts")),
    ("宏平均 F1", _number("macro_f1")),
    ("其中短文本", _number("short_macro_f1")),
    ("准确率", _number("accuracy")),
    ("自动采纳比例", _share("accepted")),
    ("采纳部分准确率", _share("accepted_right")),
    ("预测集合漏掉正确险种", _share("missing")),
    ("预测集合平均大小", _number("set_size")),
    ("第二险种在预测集合内", _share("second_found")),
    ("材料类型准确率", _share("material")),
    ("校准误差 ECE", _number("calibration_error")),
)


def _recall_rows(metrics: Figures) -> list[Row]:
    labels = next(iter(metrics.values()))["recall"]

    def shown(label: str) -> Callable[[Mapping[str, Any]], str]:
        return lambda figures: f"{figures['recall'][label]:.3f}"

    return [(label, shown(label)) for label in labels]


def _table(metrics: Figures, rows: tuple[Row, ...] | list[Row]) -> list[str]:
    names = " | ".join(_SETS.get(name, name) for name in metrics)
    body = [f"| {title} | {' | '.join(shown(m) for m in metrics.values())} |" for title, shown in rows]
    return [f"| | {names} |", "|---" * (len(metrics) + 1) + "|", *body]


def _reliability(metrics: Figures) -> list[str]:
    lines = []
    for name in ("held out", "development"):
        if name in metrics:
            lines += [
                "",
                f"{_SETS[name]}：",
                "",
                "| 概率 | 文本数 | 平均概率 | 实际正确 | |",
                "|---|---|---|---|---|",
            ]
            lines += [
                f"| {b['low']:.1f}–{b['low'] + 0.1:.1f} | {b['texts']} "
                f"| {b['said']:.3f} | {b['right']:.3f} | "
                f"{'█' * round(20 * b['right'])} |"
                for b in metrics[name]["reliability"]
            ]
    return lines[1:]
