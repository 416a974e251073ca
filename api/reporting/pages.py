"""Reports as a page to print and sign: one file, no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from html import escape
from string import Template

from api.reporting.html import page, table, template
from api.reporting.tables import yes
from models.archive.regions import full_name
from models.errors import title_of_code
from models.privacy.classes import class_of, privacy_classes
from models.privacy.estimates import Estimate
from models.privacy.evidence import evidence_names
from models.privacy.report import ArchiveReport, DocumentReport, Engine, Finding, ReviewState, Totals

CHINA = timezone(timedelta(hours=8))
_PAGE_NAMES = {0: "题名", -1: "文件名"}


def page_of(report: ArchiveReport | DocumentReport) -> str:
    """Return the whole HTML document."""
    if isinstance(report, DocumentReport):
        title, meta, body = "个人信息检查报告（单件）", _document_meta(report), _document_body(report)
    else:
        title, meta, body = "个人信息检查报告（全库）", _archive_meta(report), _archive_body(report)
    classes = privacy_classes()
    signed = Template(template("report.html")).substitute(
        body=body,
        source=escape(classes.source),
        unverified="" if classes.verified else "（对照表待法务核实）",
    )
    return page(title, meta, signed)


def _archive_meta(report: ArchiveReport) -> list[str]:
    return [
        f"范围：{'、'.join(report.regions) or '无'}　编制：{report.officer}　时间：{_time(report.made_at)}",
        *_engine_lines(report.engine),
    ]


def _document_meta(report: DocumentReport) -> list[str]:
    return [
        f"档号：{report.archive_no or '无'}　题名：{report.title}",
        f"页数：{report.page_count}　行政区划：{full_name(report.region) or report.region}",
        f"系统编号：{report.doc_id}　SHA-256：{report.sha256}",
        f"时间：{_time(report.made_at)}",
        *_engine_lines(report.engine),
    ]


def _engine_lines(engine: Engine) -> list[str]:
    floor = sorted({(limit, class_of(kind).name) for kind, limit in engine.thresholds.items()})
    usual = min(limit for limit, _ in floor)
    higher = "、".join(f"{name} {limit:.2f}" for limit, name in floor if limit > usual)
    limits = f"取用界限：{usual:.2f}" + (f"（{higher}）" if higher else "")
    names = f"缺姓名模型时识别的文件：{engine.degraded} 件" if engine.degraded else "姓名模型：齐全"
    return [f"识别引擎：{'；'.join(engine.versions) or '无'}", f"{limits}　{names}"]


def _archive_body(report: ArchiveReport) -> str:
    cards = [
        ("文件", str(report.documents), f"含个人信息 {report.with_personal_data} 件"),
        (
            "含敏感个人信息",
            str(report.with_sensitive_data),
            f"占 {_share(report.with_sensitive_data, report.documents)}",
        ),
        ("残余风险", report.residual.grade.value, f"最小组 k = {report.residual.smallest}"),
        ("未放行", str(len(report.not_cleared)), f"另有隔离 {sum(report.quarantined.values())} 件"),
    ]
    sections = (
        ("一、按类别（GB/T 35273 附录A）", _classes(report)),
        ("二、按种类", _kinds(report)),
        ("三、残余风险（出生年、性别、区县、单位的组合）", _residual(report)),
        ("四、未放行", _not_cleared(report)),
        ("五、号码校验不符", _check_failed(report)),
        ("六、趋势（按入库月份）", _months(report)),
        ("七、抽查无检出的文件", _second_look(report)),
    )
    parts = [f"<h2>{escape(title)}</h2>{body}" for title, body in sections]
    return "\n".join([_cards(cards), _reviews(report.totals), *parts])


def _classes(report: ArchiveReport) -> str:
    rows = [(c.name, c.findings, c.documents, c.distinct_values, c.persons) for c in report.classes]
    note = '<p class="note">人数按公民身份号码去重，指这些文件中能以号码区分的人。</p>'
    return table(("类别", "处数", "文件", "不同值", "人数"), rows) + note


def _kinds(report: ArchiveReport) -> str:
    rows = []
    for k in report.kinds:
        row = class_of(k.kind)
        figures = (k.findings, k.documents, k.distinct_values, _estimate(k.precision))
        rows.append((row.name, f"{row.level_43697} 级", yes(row.sensitive), *figures))
    header = ("种类", "级别", "敏感", "处数", "文件", "不同值", "准确率（95% 区间）")
    return table(header, rows)


def _residual(report: ArchiveReport) -> str:
    risk = report.residual
    header = ("等级", "人数", "组合数", "最小组 k", "独一无二", f"少于 {risk.k_small} 人的组")
    row = (risk.grade.value, risk.persons, risk.groups, risk.smallest, risk.unique, risk.small)
    note = '<p class="note">遮蔽姓名和号码之后，这四项仍可读；同组人数越少，越可能认出本人。</p>'
    return table(header, [row]) + note


def _not_cleared(report: ArchiveReport) -> str:
    kept = [(n.doc_id, n.archive_no or "无", "；".join(n.reasons)) for n in report.not_cleared]
    refused = [
        ("（隔离）", "—", f"{title_of_code(code)}：{count} 件未能读取")
        for code, count in report.quarantined.items()
    ]
    return table(("文件", "档号", "原因"), [*kept, *refused], "没有未放行的文件。")


def _check_failed(report: ArchiveReport) -> str:
    rows = [(f.doc_id, f.archive_no or "无", f.number, class_of(f.kind).name) for f in report.check_failed]
    return table(("文件", "档号", "编号", "种类"), rows, "没有校验不符的号码。")


def _months(report: ArchiveReport) -> str:
    rows = [
        (m.month, m.documents, name, count, m.reviewed, _estimate(m.precision))
        for m in report.months
        for name, count in (m.by_class or {"无检出": 0}).items()
    ]
    alarms = [
        (
            d.month,
            d.name,
            f"{d.before.value:.1%}",
            _estimate(d.now),
            "升" if d.now.value > d.before.value else "降",
        )
        for d in report.drifts
    ]
    alarm = (
        '<p class="bad">与此前三个月明显不同，请查明是文件变了、扫描变了，还是识别失灵：</p>'
        + table(("月份", "含此类信息的文件占比", "以往", "本月（95% 区间）", "升降"), alarms)
        if alarms
        else '<p class="note">本月与此前三个月没有明显差别（每边少于 20 件时不作比较）。</p>'
    )
    header = ("月份", "文件", "类别", "处数", "本月已复核", "本月准确率（95% 区间）")
    return alarm + table(header, rows)


def _second_look(report: ArchiveReport) -> str:
    look = report.second_look
    row = (look.clean, look.sampled, look.looked, look.missed, _estimate(look.recall))
    return table(("无检出", "抽中", "已复看", "有漏检", "召回率（按件，95% 区间）"), [row])


def _document_body(report: DocumentReport) -> str:
    reasons = "；".join(report.not_cleared)
    verdict = f'<p class="bad">未放行：{escape(reasons)}</p>' if reasons else ""
    rows = [_finding(f) for f in report.findings]
    header = ("编号", "页", "起–止", "种类", "样例", "可信度", "依据", "类别", "级别", "状态")
    return "\n".join(
        [verdict, _reviews(report.totals), "<h2>检出明细</h2>", table(header, rows, "没有检出个人信息。")]
    )


def _finding(f: Finding) -> tuple[object, ...]:
    told = [evidence_names().get(word, word) for word in (*f.evidence, f.recognizer)]
    evidence = "；".join(dict.fromkeys([*told, *(["校验不符"] if f.check_failed else [])]))
    return (
        f.number,
        _PAGE_NAMES.get(f.page_no, str(f.page_no)),
        f"{f.start}–{f.end}",
        class_of(f.kind).name,
        f.sample,
        f"{f.score:.2f}{'（宜先复核）' if f.needs_review else ''}",
        evidence,
        f.class_35273,
        f"{f.level_43697} 级{'，敏感' if f.sensitive_35273 or f.sensitive_45574 else ''}",
        f.state.label + ("（已允许显示）" if f.allowed else ""),
    )


def _reviews(totals: Totals) -> str:
    shown = [(state.label, str(getattr(totals, state.value)), "") for state in ReviewState]
    line = "　".join(f"{name} {count}" for name, count, _ in shown)
    first = f"（其中宜先复核 {totals.needs_review}）" if totals.needs_review else ""
    return f'<p class="note">检出合计 {totals.all} 处：{escape(line)}{first}</p>'


def _cards(cards: Sequence[tuple[str, str, str]]) -> str:
    inner = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><small>{escape(more)}</small></div>"
        for name, value, more in cards
    )
    return f'<dl class="cards">{inner}</dl>'


def _estimate(estimate: Estimate | None) -> str:
    if estimate is None:
        return "尚无"
    return f"{estimate.value:.0%}（{estimate.low:.0%}–{estimate.high:.0%}，{estimate.trials} 次）"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "—"


def _time(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"
