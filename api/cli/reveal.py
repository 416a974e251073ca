"""`chadang reveal`: masked values in clear for a case; approvals; emergencies and their review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.chinese import App, with_default
from api.cli.options import AsJson, State, existing_archive_of, principal_of, print_json
from api.cli.tables import KIND_NAMES, lines_of_table
from models.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from api.bootstrap import Archive
    from indexer.reveals import OpenedReveal
    from models.access.principal import Principal
    from models.privacy.detections import DetectionKind

app = App(
    "显示遮蔽的内容：chadang reveal DOC --kind PERSON --reason 事由 --case 办件编号 --as NAME；批准、复核。",
    cls=with_default("ask"),
)

_STATES = {"waiting": "待批准", "granted": "可查看", "refused": "未批准", "expired": "已到期"}
_FIELDS = {"holder_name": "持有人", "holder_id": "公民身份号码", "employer": "单位名称"}
As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="以哪个账号的身份操作。")]
Purpose = Annotated[
    str | None, typer.Option(metavar="WORDS", help="用途，须为岗位允许的；不写为账号的默认用途。")
]
RevealId = Annotated[str, typer.Argument(metavar="ID", help="申请编号。")]
Note = Annotated[str, typer.Option(metavar="TEXT", help="写明依据；其中的个人信息会被遮蔽。")]


@app.add("ask")
def ask(
    doc_id: Annotated[str, typer.Argument(metavar="DOC", help="档案编号（系统内）。")],
    kind: Annotated[
        list[str], typer.Option(metavar="KIND", help="要显示的种类，如 PERSON 或 姓名，可写多次。")
    ],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="事由，加密保存；请不要写个人信息。")],
    case: Annotated[str, typer.Option(metavar="NO", help="办件编号，加密保存。")],
    emergency: Annotated[
        bool, typer.Option("--emergency", help="紧急查阅：不等第二人批准，事后必须复核。")
    ] = False,
    purpose: Purpose = None,
    subject: As = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """申请并查看（ask 可省略）：只显示所列种类，限时，逐次记入日志；最敏感的种类须第二人批准。"""
    from indexer.reveals import RevealRequest

    archive = existing_archive_of(state)
    wanted = RevealRequest(frozenset(map(_kind, kind)), reason, case, emergency)
    asker = _asker(archive, subject, purpose)
    _print_opened(archive.reveals.request(doc_id.strip(), wanted, asker), archive.clock(), as_json=as_json)


@app.add("open")
def open_again(
    reveal_id: RevealId,
    purpose: Purpose = None,
    subject: As = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """查看自己已获准的申请；到期前可以再看。"""
    archive = existing_archive_of(state)
    opened = archive.reveals.open(reveal_id, _asker(archive, subject, purpose))
    _print_opened(opened, archive.clock(), as_json=as_json)


@app.add("list")
def list_own(subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """列出该账号的申请和状态；不含原文。"""
    from api.routers.reveal_schemas import RevealOut

    archive = existing_archive_of(state)
    now = archive.clock()
    listed = [RevealOut.of(r, now) for r in archive.reveals.listed(_asker(archive, subject, None))]
    if as_json:
        print_json({"reveals": [one.model_dump(mode="json") for one in listed]})
        return
    rows = [(r.reveal_id, _STATES[r.state], _time(r.expires_at), _names(r.kinds), r.doc_id) for r in listed]
    _print_table(("申请", "状态", "到期", "种类", "档案"), rows, "没有申请。")


@app.add("approvals")
def approvals(subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """列出本岗位范围内别人提出、等待批准的申请。"""
    from api.routers.reveal_schemas import PendingOut

    archive = existing_archive_of(state)
    found = [PendingOut.of(p) for p in archive.reveal_approvals.listed(_asker(archive, subject, None))]
    if as_json:
        print_json({"waiting": [one.model_dump(mode="json") for one in found]})
        return
    rows = [
        (p.reveal_id, p.subject, p.purpose, _names(p.kinds), p.case_no, _fits(p.case_fits), p.title, p.reason)
        for p in found
    ]
    header = ("申请", "申请人", "用途", "种类", "办件", "与目录", "题名", "事由")
    _print_table(header, rows, "没有等待批准的申请。")


@app.add("approve")
def approve(reveal_id: RevealId, subject: As = None, state: State = None) -> None:
    """批准别人的申请。"""
    archive = existing_archive_of(state)
    decided = archive.reveal_approvals.approve(reveal_id, _asker(archive, subject, None))
    typer.echo(f"已批准，{decided.subject} 可查看到 {_time(decided.expires_at)}。")


@app.add("refuse")
def refuse(reveal_id: RevealId, note: Note, subject: As = None, state: State = None) -> None:
    """不批准，写明理由。"""
    archive = existing_archive_of(state)
    archive.reveal_approvals.refuse(reveal_id, note, _asker(archive, subject, None))
    typer.echo("已记下：不批准。")


@app.add("emergencies")
def emergencies(subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """列出紧急查阅：谁、何时、哪些种类、是否复核；不含事由和内容。"""
    from api.routers.reveal_schemas import EmergenciesOut

    archive = existing_archive_of(state)
    found = EmergenciesOut.of(archive.emergency_reviews.listed(principal_of(archive, subject)))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    verdicts = {None: "未复核", "justified": "确有必要", "unjustified": "没有必要"}
    rows = [
        (
            e.reveal_id,
            e.subject,
            _time(e.requested_at),
            f"{e.opened} 次",
            "逾期未复核" if e.overdue else verdicts[e.verdict],
            _names(e.kinds),
            e.doc_id,
        )
        for e in found.emergencies
    ]
    _print_table(("申请", "账号", "时间", "查看", "复核", "种类", "档案"), rows, "没有紧急查阅。")
    if rows:
        typer.echo(f"未复核 {found.unreviewed} 次，其中逾期 {found.overdue} 次。")


@app.add("review")
def review(
    reveal_id: RevealId,
    verdict: Annotated[
        str, typer.Option(metavar="VERDICT", help="justified 确有必要，unjustified 没有必要。")
    ],
    note: Note,
    subject: As = None,
    state: State = None,
) -> None:
    """复核一次紧急查阅。"""
    from indexer.store.reveals_port import RevealVerdict

    if verdict not in set(RevealVerdict):
        raise InvalidInput("--verdict 应是 justified（确有必要）或 unjustified（没有必要）。")
    archive = existing_archive_of(state)
    found = RevealVerdict(verdict)
    archive.emergency_reviews.review(reveal_id, found, note, principal_of(archive, subject))
    typer.echo("已复核。")


def _asker(archive: Archive, subject: str | None, purpose: str | None) -> Principal:
    """Return the account's principal for a purpose, as logging in over HTTP would."""
    from dataclasses import replace

    from api.authentication import purpose_for
    from indexer.store.port import Account

    principal = principal_of(archive, subject)
    return replace(principal, purpose=purpose_for(Account(principal, None), purpose))


def _kind(written: str) -> DetectionKind:
    from models.privacy.detections import DetectionKind

    by_name = {name: kind for kind, name in KIND_NAMES.items()}
    try:
        return DetectionKind(by_name.get(written, written.upper()))
    except ValueError:
        every = "、".join(f"{kind} {name}" for kind, name in KIND_NAMES.items())
        raise InvalidInput(f"--kind 没有这一种类，可用的有：{every}。") from None


def _print_opened(opened: OpenedReveal, now: datetime, *, as_json: bool) -> None:
    from api.routers.reveal_schemas import OpenedOut

    told = OpenedOut.of(opened, now)
    if as_json:
        print_json(told.model_dump(mode="json"))
        return
    reveal = told.reveal
    if reveal.state == "waiting":
        typer.echo(f"须第二人批准，申请 {reveal.reveal_id} 已记下，{_time(reveal.expires_at)} 前有效。")
        typer.echo(
            f"批准后查看：chadang reveal open {reveal.reveal_id} --as {opened.reveal.subject}", err=True
        )
        return
    if reveal.state == "refused":
        typer.echo(f"未批准：{reveal.note}")
        return
    rows = [(_page(p.page_no, p.start), _names(p.kinds), _one_line(p.value)) for p in told.places]
    rows += [(f"目录·{_FIELDS[c.name]}", _names([c.kind]), _one_line(c.value)) for c in told.catalogue]
    _print_table(("位置", "种类", "原文"), rows, "没有遮蔽着的所列种类；本来就看得到的不在此列。")
    flagged = "紧急查阅，事后须复核；" if reveal.emergency else ""
    typer.echo(
        f"{flagged}申请 {reveal.reveal_id}，可再看到 {_time(reveal.expires_at)}；已记入日志。", err=True
    )


def _print_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], nothing: str) -> None:
    for line in lines_of_table(header, rows) if rows else (nothing,):
        typer.echo(line)


def _page(page_no: int, start: int) -> str:
    return f"题名·{start}" if page_no == 0 else f"第 {page_no} 页·{start}"


def _names(kinds: Collection[str]) -> str:
    return "、".join(KIND_NAMES[str(kind)] for kind in kinds)


def _fits(fits: bool | None) -> str:
    return {True: "相符", False: "不符", None: "未载"}[fits]


def _one_line(value: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def _time(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
