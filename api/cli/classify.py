"""`chadang classify`: insurance type and material type of texts and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import AsJson, Jsonl, State, archive_of, complain, print_json
from models.archive.consequences import consequences_of
from models.errors import InvalidInput, UnreadableFile

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from models.classification.results import Classification


def classify(
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE", help="要分类的文件，可多个。")] = None,
    jsonl: Jsonl = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """分类：判断险种与材料类型；没有把握时给出 NEEDS_REVIEW 和候选，交人工。不归档。"""
    if bool(files) == bool(jsonl):
        raise InvalidInput("请给出要分类的文件，或用 --jsonl 给出一批文本（二者选一）。")
    archive = archive_of(state)
    if jsonl is not None:
        _answer_all(archive, jsonl)
        return
    results = [_judged(archive, path, as_json=as_json) for path in files or []]
    if as_json:
        print_json(results)
    raise typer.Exit(1 if any("error" in result for result in results) else 0)


def _judged(archive: Archive, path: Path, *, as_json: bool) -> Mapping[str, object]:
    """Classify one file and say so at once; a file that cannot be read has an error instead of labels."""
    try:
        pages = archive.parser.read(path).pages
    except UnreadableFile as error:
        complain(error, str(path))
        return {"file": str(path), "error": {"code": error.code, "detail": error.detail}}
    (decision,) = _classified(archive, ["\n".join(page.text for page in pages)])
    if not as_json:
        _print(str(path), decision)
    return {"file": str(path), **result_of(decision)}


def result_of(decision: Classification, formed_on: date | None = None) -> dict[str, object]:
    """Return the fields of the contract for one classification, and what follows from its material."""
    return {
        "insurance_type": decision.insurance_type,
        "labels": [{"label": p.label, "probability": round(p.probability, 6)} for p in decision.labels],
        "prediction_set": list(decision.prediction_set),
        "decision": decision.decision.value,
        "material_type": decision.material_type,
        "retention": _retention(decision.material_type, formed_on),
    }


def _retention(material_type: str | None, formed_on: date | None) -> dict[str, object] | None:
    follows = consequences_of(material_type, formed_on)
    if follows is None:
        return None
    return {
        "class": follows.class_name,
        "class_code": follows.class_code,
        "period": follows.retention.value,
        "verified": follows.verified,
        "source": follows.source,
        "due_on": follows.due_on.isoformat() if follows.due_on else None,
    }


def _answer_all(archive: Archive, source: str) -> None:
    from api.cli.jsonl import answer_lines, finish, id_of, text_field

    def answer(requests: Sequence[Mapping[str, Any]]) -> list[Mapping[str, object]]:
        decisions = _classified(archive, [text_field(request, "text") for request in requests])
        return [
            {"id": id_of(r), **result_of(d, _formed_on(r))} for r, d in zip(requests, decisions, strict=True)
        ]

    finish(answer_lines(source, answer))


def _formed_on(request: Mapping[str, Any]) -> date | None:
    stated = request.get("formed_on")
    try:
        return date.fromisoformat(stated) if stated is not None else None
    except (TypeError, ValueError) as error:
        raise InvalidInput("formed_on 须为 ISO 日期，例如 2024-03-01。") from error


def _classified(archive: Archive, texts: Sequence[str]) -> list[Classification]:
    from indexer.preparation import classified

    return classified(texts, archive.detector, archive.classifier)


def _print(name: str, decision: Classification) -> None:
    sure = "可自动采用" if decision.decision.value == "ACCEPTED" else "需人工复核"
    candidates = "、".join(f"{p.label} {p.probability:.2f}" for p in decision.labels[:3])
    typer.echo(
        f"{name}：{decision.insurance_type} / {decision.material_type or '材料未定'}（{sure}；{candidates}）"
    )
    if decision.evidence:
        typer.echo(f"   依据：{'、'.join(decision.evidence)}")
    follows = consequences_of(decision.material_type)
    if follows:
        known = "" if follows.verified else "（未核实）"
        typer.echo(f"   保管期限：{follows.retention.value}{known}，{follows.source}（{follows.class_code}）")
