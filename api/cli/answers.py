"""How an answer to a question looks on a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from indexer.answers import Answer, MaskedHit

_PASSAGE_CHARACTERS = 120


def line_hit(hit: MaskedHit) -> dict[str, object]:
    return {"source_id": hit.source_id, "doc_id": hit.doc_id, "title": hit.title, "passage": hit.passage}


def answer_of(answer: Answer) -> dict[str, object]:
    facets = {f.name: asdict(answer.facets)[f.name] for f in fields(answer.facets) if f.name != "total"}
    return {
        "hits": [_hit(hit) for hit in answer.hits],
        "total": answer.facets.total,
        "facets": facets,
        "understood": [
            {
                "name": piece.name,
                "label": piece.kind.label,
                "start": piece.start,
                "end": piece.end,
                "meaning": piece.meaning,
                "ignored": piece.name in answer.ignored,
                "filters": piece.name in answer.filtering,
            }
            for piece in answer.understood
        ],
        "simplified": answer.simplified,
        "did_you_mean": list(answer.did_you_mean),
    }


def print_answer(answer: Answer) -> None:
    _print_understood(answer)
    if not answer.hits:
        typer.echo("没有找到可供您查阅的档案。")
    surely = len(answer.hits) - perhaps_among(answer.hits)
    for number, hit in enumerate(answer.hits, start=1):
        if number == surely + 1:
            typer.echo("以下只是可能相关：")
        print_hit(number, hit)
    if answer.hits:
        typer.echo(f"符合限定条件、可供您查阅的共 {answer.facets.total} 份。")
    if answer.did_you_mean:
        typer.echo(f"是否想找：{'；'.join(answer.did_you_mean)}")


def _print_understood(answer: Answer) -> None:
    told = []
    for piece in answer.understood:
        off = "，未采用" if piece.name in answer.ignored else ""
        off = "，按此限定" if piece.name in answer.filtering else off
        told.append(f"{piece.kind.label} {piece.meaning}（{piece.name}{off}）")
    if answer.simplified:
        told.append("繁体已按简体检索（script）")
    if told:
        typer.echo(f"理解为：{'；'.join(told)}")


def _hit(hit: MaskedHit) -> dict[str, object]:
    return {
        **line_hit(hit),
        "archive_no": hit.archive_no,
        "page_no": hit.page_no,
        "insurance_types": list(hit.insurance_types),
        "material_type": hit.material_type,
        "year": hit.year,
        "region": hit.region,
        "reasons": list(hit.reasons),
        "title_marks": [[span.start, span.end] for span in hit.title_marks],
        "passage_marks": [[span.start, span.end] for span in hit.passage_marks],
        "words": list(hit.words),
    }


def perhaps_among(hits: Sequence[MaskedHit]) -> int:
    """Return how many hits are only perhaps related; they stand behind all others."""
    from indexer.legs import PERHAPS

    return sum(hit.reasons == (PERHAPS,) for hit in hits)


def print_hit(number: int, hit: MaskedHit) -> None:
    from models.archive.regions import full_name

    typer.echo(f"{number}. {hit.title}")
    facts = [
        hit.archive_no or "无档号",
        "、".join(hit.insurance_types) or "险种未定",
        hit.material_type or "材料未定",
        f"{hit.year}年" if hit.year else "年度不详",
        full_name(hit.region) or hit.region or "区划不详",
        f"第 {hit.page_no} 页",
    ]
    words = f"：{' '.join(hit.words)}" if hit.words else ""
    typer.echo("   " + " · ".join(facts) + f"　〔{'、'.join(hit.reasons)}{words}〕")
    passage = " ".join(hit.passage.split())
    typer.echo("   " + passage[:_PASSAGE_CHARACTERS] + ("……" if len(passage) > _PASSAGE_CHARACTERS else ""))
