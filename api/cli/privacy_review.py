"""`chadang privacy report|review|missed|allowances|approve|sample|looked|regression`: the officer's desk."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.chinese import App
from api.cli.options import AsJson, State, existing_archive_of, principal_of, print_json
from api.cli.tables import KIND_NAMES, lines_of_table
from models.errors import InvalidInput, StoreUnavailable
from models.privacy.detections import DetectionKind

_DAYS, _MAX_DAYS = 180, 366


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    HTML = "html"


class Judged(StrEnum):
    CONFIRMED = "confirmed"
    FALSE_POSITIVE = "false_positive"
    WRONG_KIND = "wrong_kind"


class Scope(StrEnum):
    DOCUMENT = "document"
    ALL = "all"


As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="以哪个隐私专员账号的身份操作。")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="理由；其中的个人信息会被遮蔽。")]
DocId = Annotated[str, typer.Argument(metavar="ID", help="档案编号（系统内），报告清单中可查。")]


def report(
    document: Annotated[
        str | None, typer.Option("--document", metavar="ID", help="只要这一件的报告；不写为全库。")
    ] = None,
    format: Annotated[  # noqa: A002 - the name of the option
        Format | None, typer.Option("--format", metavar="FORMAT", help="json、csv 或可打印的 html。")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="写到文件，不写则输出。")] = None,
    subject: As = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """检查报告：全库或一件，不含原值。不带 --as 时只有各种类的总数。"""
    archive = existing_archive_of(state)
    if subject is None and document is None and format is None and out is None:
        _counts(archive.store.counts(), as_json=as_json)
        return
    from api.reporting.pages import page_of
    from api.reporting.tables import csv_of
    from api.reporting.values import report_value

    principal = principal_of(archive, subject)
    made = archive.reports.document(document, principal) if document else archive.reports.archive(principal)
    if format is Format.CSV:
        text = csv_of(made)
    elif format is Format.HTML:
        text = page_of(made)
    else:
        import json

        text = json.dumps(report_value(made), ensure_ascii=False, indent=2)
    _write(text, out)


def reports(subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """报告清单：查阅范围内每一件的编号、检出数和复核情况。"""
    from api.reporting.values import plain

    archive = existing_archive_of(state)
    listed = archive.reports.summaries(principal_of(archive, subject), limit=1_000_000)
    if as_json:
        print_json({"reports": [plain(item) for item in listed]})
        return
    rows = [
        (i.doc_id, str(i.totals.all), str(i.totals.open), "；".join(i.not_cleared) or "可放行", i.title)
        for i in listed
    ]
    for line in lines_of_table(("编号", "检出", "待复核", "放行", "题名"), rows) if rows else ("没有文件。",):
        typer.echo(line)


def review(
    document: DocId,
    number: Annotated[int, typer.Argument(metavar="N", help="检出编号。")],
    verdict: Annotated[
        Judged,
        typer.Argument(metavar="VERDICT", help="confirmed 确认，false_positive 误报，wrong_kind 改类。"),
    ],
    reason: Reason,
    kind: Annotated[
        DetectionKind | None, typer.Option(metavar="KIND", help="改类时写正确的种类代码。")
    ] = None,
    scope: Annotated[
        Scope, typer.Option(metavar="SCOPE", help="误报放行范围：document 本件，all 所有。")
    ] = Scope.DOCUMENT,
    days: Annotated[
        int,
        typer.Option(min=1, max=_MAX_DAYS, metavar="N", show_default=False, help="误报放行几天，默认 180。"),
    ] = _DAYS,
    subject: As = None,
    state: State = None,
) -> None:
    """复核一处检出：确认、判为误报（待第二人批准）或改正种类。"""
    from indexer.reviews import Judgement
    from indexer.store.reviews_port import AllowanceScope, Verdict

    archive = existing_archive_of(state)
    judgement = Judgement(Verdict(verdict.value), reason, kind, AllowanceScope(scope.value), days)
    made = archive.detection_reviews.judge(document, number, judgement, principal_of(archive, subject))
    typer.echo(f"已记录；放行编号 {made}，待另一位隐私专员批准。" if made else "已记录。")


def missed(
    document: DocId,
    page: Annotated[int, typer.Option(metavar="N", help="页码，自 1 起；0 为题名。")],
    start: Annotated[int, typer.Option(metavar="N", help="起点，按字符计，自 0 起。")],
    end: Annotated[int, typer.Option(metavar="N", help="终点（不含）。")],
    kind: Annotated[DetectionKind, typer.Option(metavar="KIND", help="种类代码，如 PERSON。")],
    reason: Reason,
    subject: As = None,
    state: State = None,
) -> None:
    """补充一处漏检：同样的内容在全库立即遮蔽，以后入库的也一样。"""
    from indexer.reviews import MissedSpan

    archive = existing_archive_of(state)
    span = MissedSpan(page, start, end, kind, reason)
    number = archive.detection_reviews.add_missed(document, span, principal_of(archive, subject))
    typer.echo(f"已补充为第 {number} 号检出，并已遮蔽。")


def allowances(subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """误报放行清单。"""
    archive = existing_archive_of(state)
    listed = archive.second_person.allowances(principal_of(archive, subject))
    states = {"proposed": "待批准", "approved": "已批准", "withdrawn": "已撤回"}
    rows = [
        (
            s.allowance.allowance_id,
            "已过期" if s.expired else states[s.allowance.state.value],
            "本件" if s.allowance.scope.value == "document" else "所有",
            f"{s.allowance.expires_at:%Y-%m-%d}",
            s.allowance.proposed_by,
            s.sample,
        )
        for s in listed
    ]
    header = ("编号", "状态", "范围", "到期", "提出人", "样例")
    if as_json:
        print_json({"allowances": [dict(zip(header, row, strict=True)) for row in rows]})
        return
    for line in lines_of_table(header, rows) if rows else ("没有误报放行。",):
        typer.echo(line)


def approve(
    allowance: Annotated[str, typer.Argument(metavar="ID", help="放行编号。")],
    subject: As = None,
    state: State = None,
) -> None:
    """批准误报放行；提出人不能批准自己提出的。"""
    archive = existing_archive_of(state)
    made = archive.second_person.approve(allowance, principal_of(archive, subject)).allowance
    typer.echo(f"已批准，到 {made.expires_at:%Y-%m-%d} 为止显示原文。")


def sample(subject: As = None, state: State = None) -> None:
    """抽查名单：没有检出的文件中抽百分之二，请人复看。"""
    archive = existing_archive_of(state)
    listed = archive.second_person.sample(principal_of(archive, subject))
    rows = [(s.document.doc_id, s.looked_by or "待复看", s.document.title) for s in listed]
    for line in lines_of_table(("编号", "复看人", "题名"), rows) if rows else ("没有无检出的文件。",):
        typer.echo(line)


def looked(document: DocId, subject: As = None, state: State = None) -> None:
    """记下抽查的一件已从头到尾复看；漏检的请先用 missed 提交。"""
    archive = existing_archive_of(state)
    archive.second_person.look(document, principal_of(archive, subject))
    typer.echo("已记录。")


def regression(
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="写到文件，不写则输出。")] = None,
    subject: As = None,
    state: State = None,
) -> None:
    """导出人工更正过的位置和种类（JSON Lines，不含原文），供检验下一版识别。"""
    from api.reporting.values import regression_lines

    archive = existing_archive_of(state)
    lines = regression_lines(archive.second_person.regression(principal_of(archive, subject)))
    _write("\n".join(lines), out)


def add_to(app: App) -> None:
    """Make these commands part of `chadang privacy`."""
    for command in (report, reports, review, missed, allowances, approve, sample, looked, regression):
        app.add(command.__name__)(command)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text.removeprefix("\ufeff"))
        return
    if out.is_dir():
        raise InvalidInput("--out 应是文件，不是目录。")
    try:
        out.write_text(text, "utf-8", newline="")
    except OSError as error:
        raise StoreUnavailable("报告无法写入，请检查 --out 的路径与权限。") from error
    typer.echo(f"已写入 {out}。", err=True)


def _counts(counts: dict[str, dict[str, int]], *, as_json: bool) -> None:
    detections = dict(sorted(counts.get("detections", {}).items(), key=lambda pair: -pair[1]))
    documents = sum(counts.get("state", {}).values())
    if as_json:
        print_json({"detections": detections, "documents": documents})
        return
    typer.echo(f"已归档 {documents} 件，" + ("检出：" if detections else "没有检出个人信息。"))
    rows = [(KIND_NAMES.get(kind, kind), kind, str(count)) for kind, count in detections.items()]
    for line in lines_of_table(("种类", "代码", "处"), rows) if rows else ():
        typer.echo(f"  {line}")
