"""`chadang reviews`: the reviewer's desk for classifications."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.chinese import App
from api.cli.options import AsJson, State, existing_archive_of, principal_of, print_json
from api.cli.tables import lines_of_table
from models.errors import InvalidInput, StoreUnavailable

if TYPE_CHECKING:
    from indexer.classification_shift import ShiftReport
    from indexer.review_queue import ReviewItem
    from indexer.store.classification_port import ClassificationReview, Truth

app = App("分类复核：认领、确认、改正，导出训练样本，察看漂移。")

As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="以哪个复核账号的身份操作。")]
DocId = Annotated[str, typer.Argument(metavar="ID", help="档案编号（系统内），清单中可查。")]
Limit = Annotated[
    int, typer.Option(min=1, max=100, metavar="N", show_default=False, help="最多几件，默认 20。")
]


@app.add("list")
def list_queue(limit: Limit = 20, subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """待复核的档案：把握最小、与已看过的最不相像的在前；夹有自动采用的抽查件。"""
    archive = existing_archive_of(state)
    listed = archive.classification_reviews.queue(principal_of(archive, subject), limit)
    if as_json:
        print_json({"items": [item_value(item) for item in listed]})
        return
    rows = [
        (
            i.document.facts.doc_id,
            "抽查" if i.document.sampled else "待定",
            _words(i.proposed),
            i.claim.by if i.claim else "—",
            i.document.title,
        )
        for i in listed
    ]
    header = ("编号", "缘由", "拟定分类", "认领人", "题名")
    for line in lines_of_table(header, rows) if rows else ("没有待复核的档案。",):
        typer.echo(line)


@app.add("show")
def show(document: DocId, subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """一件的自动分类、目录记载、认领和历次复核。"""
    archive = existing_archive_of(state)
    _print(archive.classification_reviews.item(document, principal_of(archive, subject)), as_json=as_json)


@app.add("claim")
def claim(
    document: Annotated[
        str | None, typer.Argument(metavar="ID", help="档案编号；不写则认领队列中的下一件。")
    ] = None,
    subject: As = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """认领一件，三十分钟内别人不能复核；再次认领即延长。"""
    archive = existing_archive_of(state)
    desk, principal = archive.classification_reviews, principal_of(archive, subject)
    _print(desk.claim(document, principal) if document else desk.claim_next(principal), as_json=as_json)


@app.add("confirm")
def confirm(document: DocId, subject: As = None, state: State = None) -> None:
    """确认拟定的分类正确；须先认领。"""
    archive = existing_archive_of(state)
    _told(archive.classification_reviews.confirm(document, principal_of(archive, subject)))


@app.add("correct")
def correct(
    document: DocId,
    insurance: Annotated[str, typer.Option("--insurance", metavar="LABEL", help="主险种。")],
    secondary: Annotated[
        list[str] | None, typer.Option("--secondary", metavar="LABEL", help="次要险种，可写多次。")
    ] = None,
    material: Annotated[
        str | None, typer.Option("--material", metavar="NAME", help="材料类型简称；没有合适的不写。")
    ] = None,
    subject: As = None,
    state: State = None,
) -> None:
    """写明正确的险种和材料类型，立即生效；须先认领。"""
    from indexer.store.classification_port import Truth

    archive = existing_archive_of(state)
    truth = Truth((insurance, *(secondary or ())), material)
    _told(archive.classification_reviews.correct(document, truth, principal_of(archive, subject)))


@app.add("skip")
def skip(document: DocId, subject: As = None, state: State = None) -> None:
    """拿不准，留给别人；须先认领。"""
    archive = existing_archive_of(state)
    _told(archive.classification_reviews.skip(document, principal_of(archive, subject)))


@app.add("hints")
def hints(limit: Limit = 20, subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """复核结论可能有误的档案，最可疑的在前，供再看一次。"""
    archive = existing_archive_of(state)
    found = archive.classification_reviews.hints(principal_of(archive, subject), limit)
    rows = [
        (h.document.facts.doc_id, _words(h.given), h.likely, f"{h.margin:.2f}", h.document.title)
        for h in found
    ]
    header = ("编号", "复核为", "更像", "相差", "题名")
    if as_json:
        print_json({"hints": [dict(zip(header, row, strict=True)) for row in rows]})
        return
    for line in lines_of_table(header, rows) if rows else ("没有可疑的复核。",):
        typer.echo(line)


@app.add("drift")
def drift(subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """来件和复核结论有没有明显变化；过小的数不给出。退出码 1 表示有告警。"""
    from api.routers.review_schemas import DriftOut

    archive = existing_archive_of(state)
    report = archive.classification_shift.report(principal_of(archive, subject))
    if as_json:
        print_json(DriftOut.of(report).model_dump(mode="json"))
    else:
        _print_drift(report)
    raise typer.Exit(1 if report.alerts else 0)


@app.add("export")
def export(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="写到哪里；不写则写到档案库目录的 reviews/ 下。"),
    ] = None,
    subject: As = None,
    state: State = None,
) -> None:
    """导出复核过的文本（个人信息一律换成占位符）和分类，供 chadang-train fit --with-reviews 训练。"""
    from models.classification.reviewed import EXPORT_NAME, written

    archive = existing_archive_of(state)
    texts = archive.reviewed_texts.export(principal_of(archive, subject))
    target = out or archive.folder / EXPORT_NAME
    if target.is_dir():
        raise InvalidInput("--out 应是文件，不是目录。")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(mode=0o600)
        target.write_text(written(texts), "utf-8", newline="")
    except OSError as error:
        raise StoreUnavailable("样本无法写入，请检查路径与权限。") from error
    typer.echo(f"已写到 {target}，{len(texts)} 件。")


def item_value(item: ReviewItem) -> dict[str, object]:
    """Return an item as the HTTP interface does."""
    from api.routers.review_schemas import ReviewItemOut

    return ReviewItemOut.of(item).model_dump(mode="json")


def _print(item: ReviewItem, *, as_json: bool) -> None:
    if as_json:
        print_json(item_value(item))
        return
    document, predicted = item.document, item.document.predicted
    candidates = "、".join(f"{p.label} {p.probability:.2f}" for p in predicted.labels[:3])
    typer.echo(f"{document.facts.doc_id}  {document.title}")
    typer.echo(f"自动分类：{candidates}；材料 {predicted.material_type or '未定'}")
    if predicted.evidence:
        typer.echo(f"依据：{'、'.join(predicted.evidence)}")
    typer.echo(f"确认即认定为：{_words(item.proposed)}")
    if item.claim:
        typer.echo(f"认领人 {item.claim.by}，到 {item.claim.expires_at.astimezone():%H:%M} 为止")
    for review in item.history:
        _told(review)


def _told(review: ClassificationReview) -> None:
    names = {"confirmed": "确认", "corrected": "改正", "skipped": "跳过"}
    truth = f"：{_words(review.truth)}" if review.truth else ""
    when = f"{review.at.astimezone():%Y-%m-%d %H:%M}"
    typer.echo(f"{when} {review.by} {names[review.verdict.value]}{truth}")


def _print_drift(report: ShiftReport) -> None:
    for alert in report.alerts or ("没有发现漂移。",):
        typer.echo(alert)
    rows = [
        (m.month, _count(m.documents), base, s.name, f"{s.psi:.3f}", "告警" if s.alert else "")
        for m in report.months[-3:]
        for base, shifts in (("基准", m.against_artifact), ("此前", m.against_earlier))
        for s in shifts
    ]
    for line in lines_of_table(("月份", "件数", "对比", "项目", "PSI", ""), rows) if rows else ():
        typer.echo(line)
    labels = [(r.label, _count(r.predicted), _count(r.true), _count(r.changed)) for r in report.labels]
    for line in lines_of_table(("险种", "自动", "人工", "改正"), labels) if labels else ():
        typer.echo(line)
    wrong = report.accepted_wrong
    if wrong is not None:
        typer.echo(f"自动采用的抽查：有误 {wrong.low:.1%}–{wrong.high:.1%}（95% 区间）")


def _count(number: int | None) -> str:
    return "过少" if number is None else str(number)


def _words(truth: Truth) -> str:
    return "、".join(truth.insurance_types) + f" / {truth.material_type or '材料未定'}"
