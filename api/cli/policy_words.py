"""How policies, their differences and their reasons are told to an operator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from api.cli.tables import lines_of_table
from models.archive.regions import full_name, jurisdictions

if TYPE_CHECKING:
    from indexer.policies import Change, Explained
    from indexer.store.access_port import ActivatedPolicy
    from models.access.explanation import Finding

_SHOWN = 20
_STATES = {"held": "在库", "to_be_catalogued": "待著录", "withdrawn": "已停用"}


def lines_of_explanation(told: Explained) -> Iterator[str]:
    facts, explanation = told.facts, told.explanation
    lines = "、".join(line.label for line in sorted(facts.lines)) or "条线未定"
    insurances = "、".join(facts.insurance_types) or "险种未定"
    region = full_name(facts.region) or facts.region or "区划不详"
    about = f"{lines} · {insurances} · {region} · {facts.access_level.label} · {_STATES[facts.state]}"
    yield f"{'可见' if explanation.visible else '不可见'}：{told.principal.subject} × {facts.doc_id}"
    yield f"档案：{about}"
    if told.disabled:
        yield "账号：已停用"
    yield f"辖区层级：{' ← '.join(jurisdictions(facts.region)) or '不详'}"
    yield f"用途：{told.principal.purpose or '未说明'}；策略：{told.principal.policy.name}"
    if explanation.hindrance is not None:
        yield _line(explanation.hindrance)
    for way in explanation.ways:
        yield f"{way.name}：{'成立' if way.opens else '不成立'}"
        yield from (_line(finding) for finding in way.findings)


def _line(finding: Finding) -> str:
    basis = finding.basis
    checked = "" if basis.verified else "（未核实）"
    return f"  {'✓' if finding.fits else '✗'} {basis.title}：{finding.says}　〔{basis.source}{checked}〕"


def explained_value(told: Explained) -> dict[str, object]:
    explanation = told.explanation
    barred = explanation.hindrance
    return {
        "subject": told.principal.subject,
        "doc_id": told.facts.doc_id,
        "purpose": told.principal.purpose,
        "disabled": told.disabled,
        "policy": {"name": told.principal.policy.name, "digest": told.principal.policy.digest},
        "visible": explanation.visible,
        "hindrance": _finding_value(barred) if barred else None,
        "ways": [
            {"name": way.name, "opens": way.opens, "findings": [_finding_value(f) for f in way.findings]}
            for way in explanation.ways
        ],
    }


def _finding_value(finding: Finding) -> dict[str, object]:
    basis = finding.basis
    return {
        "condition": finding.condition.value,
        "fits": finding.fits,
        "says": finding.says,
        "clause": {
            "title": basis.title,
            "says": basis.says,
            "source": basis.source,
            "verified": basis.verified,
        },
    }


def lines_of_changes(changes: Sequence[Change]) -> Iterator[str]:
    if not changes:
        yield "没有人多看到或少看到任何档案。"
        return
    rows = [(c.subject, "、".join(c.purposes), str(len(c.gained)), str(len(c.lost))) for c in changes]
    yield from lines_of_table(("账号", "用途", "增加", "减少"), rows)
    for change in changes:
        for what, doc_ids in (("增加", change.gained), ("减少", change.lost)):
            if doc_ids:
                more = f" …… 另有 {len(doc_ids) - _SHOWN} 件，用 --json 查看" if len(doc_ids) > _SHOWN else ""
                yield f"{change.subject} {what}：{' '.join(doc_ids[:_SHOWN])}{more}"


def change_value(change: Change) -> dict[str, object]:
    return {
        "subject": change.subject,
        "purposes": list(change.purposes),
        "gained": list(change.gained),
        "lost": list(change.lost),
    }


def lines_of_history(activated: Sequence[ActivatedPolicy]) -> Iterator[str]:
    if not activated:
        yield "还没有启用过策略，现行的是随程序的（shipped）。"
        return
    rows = [
        (
            f"v{one.version}",
            one.activated_at.isoformat(timespec="seconds") if one.activated_at else "—",
            one.activated_by or "本机操作员",
            one.policy.digest[:12],
            f"{one.policy.name}：{one.reason}",
        )
        for one in activated
    ]
    yield from lines_of_table(("版本", "启用时间（UTC）", "启用人", "校验值", "名称与理由"), rows)


def policy_value(one: ActivatedPolicy) -> dict[str, object]:
    return {
        "version": one.version,
        "name": one.policy.name,
        "digest": one.policy.digest,
        "reason": one.reason,
        "activated_by": one.activated_by,
        "activated_at": one.activated_at.isoformat() if one.activated_at else None,
    }
