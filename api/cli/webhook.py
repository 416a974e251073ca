"""`chadang webhook`: where machine accounts are told of their finished jobs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.chinese import App
from api.cli.operators import As, operator_of
from api.cli.options import AsJson, State, existing_archive_of, print_json
from api.cli.tables import lines_of_table
from indexer.store.machines_port import DeliveryState

if TYPE_CHECKING:
    from indexer.store.machines_port import Delivery, Webhook

app = App("完成通知：登记地址、查看、试发、停用、发送记录。")

STATE_NAMES = {
    DeliveryState.WAITING: "待发",
    DeliveryState.DELIVERED: "已送达",
    DeliveryState.DEAD: "已放弃",
    DeliveryState.CANCELLED: "已取消",
}
CODE_NAMES = {
    "status": "对方没有接受",
    "redirect": "对方要求转到别处，不跟随",
    "address_refused": "地址不允许（内网、本机等）",
    "not_resolved": "域名解析不了",
    "not_reached": "连接不上",
    "bad_certificate": "证书不可信",
    "timed_out": "超时",
}

WebhookId = Annotated[str, typer.Argument(metavar="ID", help="地址编号，chadang webhook list 可查。")]


@app.add("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="机器账号名，岗位须为 intake。")],
    url: Annotated[str, typer.Argument(metavar="URL", help="接收通知的地址，以 https:// 开头。")],
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="从标准输入读签名密钥；不写则由系统生成。")
    ] = False,
    subject: As = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """登记地址：该账号的归档任务完成后，向它发出签名的通知。密钥只显示这一次。"""
    archive = existing_archive_of(state)
    secret = sys.stdin.readline().rstrip("\r\n") if secret_stdin else ""
    with operator_of(archive, subject).doing("webhook_add", name) as operator:
        made = archive.webhooks.add(name, url, secret=secret, by=operator)
    if as_json:
        print_json(_value(made.webhook) | {"secret": made.secret})
        return
    typer.echo(made.secret)
    typer.echo(
        f"地址编号 {made.webhook.webhook_id}；上面是签名密钥，只显示这一次，请交给收件系统。", err=True
    )


@app.add("list")
def list_webhooks(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="只看这个账号的。")] = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """列出通知地址，不含密钥。"""
    webhooks = existing_archive_of(state).webhooks.store.webhooks(name)
    if as_json:
        print_json([_value(webhook) for webhook in webhooks])
        return
    if not webhooks:
        typer.echo("还没有通知地址，请用 chadang webhook add 登记。")
        return
    rows = [(w.webhook_id, w.subject, "已停用" if w.disabled_at else "在用", w.url) for w in webhooks]
    for line in lines_of_table(("编号", "账号", "状态", "地址"), rows):
        typer.echo(line)


@app.add("test")
def try_out(webhook_id: WebhookId, state: State = None) -> None:
    """试发一条，看地址、证书和对方的回答是否正常。退出码 1 表示没有送达。"""
    receipt = existing_archive_of(state).webhooks.test(webhook_id)
    if receipt.received:
        typer.echo(f"已送达，对方回答 {receipt.status}。")
        return
    status = f"，对方回答 {receipt.status}" if receipt.status else ""
    typer.echo(f"没有送达：{CODE_NAMES.get(receipt.code, receipt.code)}{status}。")
    raise typer.Exit(1)


@app.add("disable")
def disable(webhook_id: WebhookId, subject: As = None, state: State = None) -> None:
    """停用地址，待发的通知一并取消。"""
    archive = existing_archive_of(state)
    with operator_of(archive, subject).doing("webhook_disable", webhook_id):
        archive.webhooks.disable(webhook_id)
    typer.echo(f"已停用通知地址 {webhook_id}。")


@app.add("deliveries")
def deliveries(
    webhook_id: Annotated[
        str | None, typer.Option("--webhook", metavar="ID", help="只看发往这个地址的。")
    ] = None,
    only: Annotated[
        DeliveryState | None,
        typer.Option(
            "--only",
            metavar="STATE",
            help="waiting 待发，delivered 已送达，dead 已放弃，cancelled 已取消。",
        ),
    ] = None,
    again: Annotated[
        str | None, typer.Option("--again", metavar="ID", help="把一条已放弃的通知重新列入待发。")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="最多几条，1 到 1000。")] = 100,
    subject: As = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """发送记录，新的在前：送达、待发和已放弃（多次发送都不成功）的通知。"""
    archive = existing_archive_of(state)
    if again is not None:
        with operator_of(archive, subject).doing("webhook_again", again):
            archive.webhooks.send_again(again)
        typer.echo(f"通知 {again} 已重新列入待发，由运行中的服务发出。")
        return
    found = archive.webhooks.store.deliveries(webhook_id=webhook_id, state=only, limit=limit)
    if as_json:
        print_json([_delivery(delivery) for delivery in found])
        return
    if not found:
        typer.echo("没有符合的发送记录。")
        return
    for line in lines_of_table(("编号", "状态", "次数", "下次或结束", "原因"), [_row(d) for d in found]):
        typer.echo(line)


def _row(delivery: Delivery) -> tuple[str, ...]:
    moment = delivery.ended_at or delivery.next_at
    why = CODE_NAMES.get(delivery.last_code or "", delivery.last_code or "—")
    return (
        delivery.delivery_id,
        STATE_NAMES[delivery.state],
        str(delivery.attempts),
        f"{moment:%Y-%m-%d %H:%M:%S}Z",
        f"{why}（{delivery.last_status}）" if delivery.last_status and delivery.last_code else why,
    )


def _value(webhook: Webhook) -> dict[str, object]:
    return {
        "webhook_id": webhook.webhook_id,
        "account": webhook.subject,
        "url": webhook.url,
        "created_by": webhook.created_by,
        "created_at": webhook.created_at.isoformat(),
        "disabled_at": webhook.disabled_at.isoformat() if webhook.disabled_at else None,
    }


def _delivery(delivery: Delivery) -> dict[str, object]:
    return {
        "delivery_id": delivery.delivery_id,
        "webhook_id": delivery.webhook_id,
        "event": delivery.event,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at.isoformat(),
        "next_at": delivery.next_at.isoformat() if delivery.state is DeliveryState.WAITING else None,
        "ended_at": delivery.ended_at.isoformat() if delivery.ended_at else None,
        "last_status": delivery.last_status,
        "last_code": delivery.last_code,
    }
