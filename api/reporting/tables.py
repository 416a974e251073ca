"""Reports as CSV for a spreadsheet: UTF-8 with a mark, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from indexer.exports import safe_cell
from models.privacy.classes import class_of
from models.privacy.estimates import Estimate
from models.privacy.report import ArchiveReport, DocumentReport, ReviewState

FINDING_HEADER = (
    "编号", "页", "起", "止", "种类", "代码", "脱敏样例", "可信度", "识别方法", "依据", "35273类别",
    "35273敏感", "45574敏感", "43697级别", "经办遮蔽方式", "校验不符", "宜先复核",
    "复核状态", "复核人", "复核时间",
)  # fmt: skip


def csv_of(report: ArchiveReport | DocumentReport) -> str:
    rows = _document(report) if isinstance(report, DocumentReport) else _archive(report)
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_safe(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def _document(report: DocumentReport) -> Iterator[Iterable[object]]:
    yield FINDING_HEADER
    for f in report.findings:
        yield (
            f.number, f.page_no, f.start, f.end, class_of(f.kind).name, f.kind.value, f.sample, f.score,
            f.recognizer, "；".join(f.evidence), f.class_35273, yes(f.sensitive_35273),
            yes(f.sensitive_45574), f.level_43697, f.operator, yes(f.check_failed),
            yes(f.needs_review), f.state.label, f.reviewed_by or "",
            f.reviewed_at.isoformat() if f.reviewed_at else "",
        )  # fmt: skip


def _archive(report: ArchiveReport) -> Iterator[Iterable[object]]:
    yield "部分", "项目", "指标", "数值"
    yield "总览", "文件", "件数", report.documents
    yield "总览", "含个人信息", "件数", report.with_personal_data
    yield "总览", "含敏感个人信息", "件数", report.with_sensitive_data
    for state in ReviewState:
        yield "复核", state.label, "处数", getattr(report.totals, state.value)
    yield "复核", "合计", "处数", report.totals.all
    yield "复核", "宜先复核", "处数", report.totals.needs_review
    for c in report.classes:
        figures = (
            ("处数", c.findings),
            ("件数", c.documents),
            ("不同值", c.distinct_values),
            ("人数", c.persons),
        )
        yield from (("类别", c.name, measure, value) for measure, value in figures)
    for k in report.kinds:
        name = class_of(k.kind).name
        counted = (("处数", k.findings), ("件数", k.documents), ("不同值", k.distinct_values))
        yield from (("种类", name, measure, value) for measure, value in counted)
        yield from _estimate("种类", name, "准确率", k.precision)
    risk = report.residual
    for measure, value in (
        ("等级", risk.grade.value), ("人数", risk.persons), ("k", risk.smallest), ("独一无二", risk.unique),
        (f"少于{risk.k_small}人", risk.small),
    ):  # fmt: skip
        yield "残余风险", "出生年、性别、区县、单位", measure, value
    yield from _open_points(report)


def _open_points(report: ArchiveReport) -> Iterator[Iterable[object]]:
    for failed in report.check_failed:
        yield "校验不符", failed.doc_id, class_of(failed.kind).name, f"第 {failed.number} 号"
    for kept in report.not_cleared:
        yield "未放行", kept.doc_id, "原因", "；".join(kept.reasons)
    for code, count in report.quarantined.items():
        yield "未放行", f"隔离：{code}", "件数", count
    for month in report.months:
        yield from (("趋势", month.month, name, count) for name, count in month.by_class.items())
        yield from _estimate("趋势", month.month, "准确率", month.precision)
    for drift in report.drifts:
        yield from _estimate("漂移告警", drift.month, f"{drift.name}：以往", drift.before)
        yield from _estimate("漂移告警", drift.month, f"{drift.name}：本月", drift.now)
    look = report.second_look
    for measure, value in (
        ("无检出", look.clean),
        ("抽中", look.sampled),
        ("已复看", look.looked),
        ("有漏检", look.missed),
    ):
        yield "抽查", "无检出文件", measure, value
    yield from _estimate("抽查", "无检出文件", "召回率（按件）", look.recall)


def _estimate(part: str, item: str, name: str, estimate: Estimate | None) -> Iterator[Iterable[object]]:
    if estimate is not None:
        yield part, item, name, f"{estimate.value:.4f}"
        yield part, item, f"{name}95%区间", f"{estimate.low:.4f}–{estimate.high:.4f}"


def yes(value: bool) -> str:
    return "是" if value else "否"


def _safe(cell: object) -> object:
    return safe_cell(cell) if isinstance(cell, str) else cell
