"""`chadang grant`: documents, or the documents of a case, opened to one account for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.chinese import App
from api.cli.operators import As, operator_of
from api.cli.options import AsJson, State, existing_archive_of, print_json
from api.cli.tables import lines_of_table
from models.errors import InvalidInput

if TYPE_CHECKING:
    from indexer.store.access_port import GrantRecord

app = App("个别授权：给出、查看、撤销。")

CHINA = timezone(timedelta(hours=8))
"""Days of a term are those of China Standard Time."""


@app.add("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="授权给哪个账号。")],
    until: Annotated[
        str, typer.Option(metavar="DATE", help="到哪天止（含当天），或写到分钟，如 2026-12-31T18:00。")
    ],
    reason: Annotated[str, typer.Option(metavar="WORDS", help="授权的理由，加密保存。")],
    doc: Annotated[
        list[str] | None, typer.Option("--doc", metavar="ID", help="哪份档案：编号或档号，可写多次。")
    ] = None,
    case: Annotated[
        str, typer.Option("--case", metavar="NO", help="哪个办件（目录的“办件编号”）的全部档案。")
    ] = "",
    subject: As = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """授权：期限内可查阅所列档案或一个办件的档案，越过辖区、条线，不越过级别、岗位、用途和状态。"""
    from indexer.granting import GrantRequest

    archive = existing_archive_of(state)
    wanted = GrantRequest(name, tuple(doc or ()), case, reason, end_of(until))
    record = archive.granting.give(wanted, operator_of(archive, subject).principal)
    if as_json:
        print_json(_value(record, archive_now()))
        return
    typer.echo(f"已授权 {name}，编号 {record.grant.grant_id}，{_until(record)} 自动失效。")


@app.add("list")
def list_grants(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="只看这个账号的。")] = None,
    everything: Annotated[bool, typer.Option("--all", help="连同已到期、已撤销的。")] = False,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """列出授权：给谁、哪些档案、谁给的、为什么、到何时。"""
    now = archive_now()
    archive = existing_archive_of(state)
    with operator_of(archive, None).doing("grant_list", name or "grants"):
        records = [r for r in archive.access.grants(name) if everything or r.grant.holds_at(now)]
    if as_json:
        print_json([_value(record, now) for record in records])
        return
    if not records:
        typer.echo("没有有效的授权。" if not everything else "没有授权。")
        return
    header = ("编号", "账号", "范围", "状态", "到期", "授权人", "理由")
    for line in lines_of_table(header, [_row(record, now) for record in records]):
        typer.echo(line)


@app.add("revoke")
def revoke(
    grant_id: Annotated[str, typer.Argument(metavar="ID", help="授权编号，chadang grant list 可查。")],
    subject: As = None,
    state: State = None,
) -> None:
    """撤销授权，立即生效。"""
    archive = existing_archive_of(state)
    record = archive.granting.revoke(grant_id, operator_of(archive, subject).principal)
    typer.echo(f"已撤销给 {record.subject} 的授权，立即生效。")


def end_of(until: str) -> datetime:
    """Return the first moment after a term: of a day, the next midnight in China."""
    try:
        moment = datetime.fromisoformat(until)
        whole_day = len(until) == len("2026-12-31")
        moment = moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
        return (moment + timedelta(days=1) if whole_day else moment).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("--until 应写成 2026-12-31 或 2026-12-31T18:00 的形式。") from error


def archive_now() -> datetime:
    from api.bootstrap import utc_now

    return utc_now()


def _until(record: GrantRecord) -> str:
    return record.grant.expires_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def _state(record: GrantRecord, now: datetime) -> str:
    if record.grant.revoked_at is not None:
        return "已撤销"
    return "有效" if record.grant.holds_at(now) else "已到期"


def _row(record: GrantRecord, now: datetime) -> tuple[str, ...]:
    grant = record.grant
    covers = f"办件 {record.case_no}" if record.case_no else f"{len(grant.doc_ids)} 件"
    by = record.granted_by or "本机操作员"
    return (grant.grant_id, record.subject, covers, _state(record, now), _until(record), by, record.reason)


def _value(record: GrantRecord, now: datetime) -> dict[str, object]:
    grant = record.grant
    return {
        "grant_id": grant.grant_id,
        "subject": record.subject,
        "doc_ids": sorted(grant.doc_ids),
        "case_no": record.case_no,
        "reason": record.reason,
        "granted_by": record.granted_by,
        "granted_at": record.granted_at.isoformat(),
        "expires_at": grant.expires_at.isoformat(),
        "revoked_at": grant.revoked_at.isoformat() if grant.revoked_at else None,
        "revoked_by": record.revoked_by,
        "in_force": grant.holds_at(now),
    }
