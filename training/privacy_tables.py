"""How measurements of the privacy pass are shown: tables for people, JSON for machines. No text, no value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any
from unicodedata import east_asian_width

from training.evaluate_privacy import Measurement, Outcome
from training.privacy_figures import Agreement, KindFigures, PartFigures
from training.privacy_sets import AnnotatedFile

_PARTS = (("all", "全部"), ("documents", "完整文档"), ("lines", "单行"))
_SHARES = ("P", "R", "F1")
_NONE = "–"


def tables(sets: Sequence[AnnotatedFile], outcomes: Sequence[Outcome], *, report_only: bool) -> Iterator[str]:
    """Yield lines: in each file the systems side by side, then each by kind; last the files side by side."""
    for annotated in sets:
        yield from _about(annotated)
        measured = [m for outcome in outcomes for m in outcome.measurements if m.file == annotated.name]
        for part, title in _PARTS:
            rows = [_summary(m, getattr(m, part), speed=part == "all") for m in measured if getattr(m, part)]
            if rows:
                missing = [_missing(outcome) for outcome in outcomes if outcome.system.find is None]
                yield from ("", f"{annotated.name} · {title}（{getattr(measured[0], part).texts} 条）")
                yield from _grid(_summary_head(speed=part == "all"), rows + missing)
        yield from _by_form(annotated.name, measured)
        for m in measured:
            yield from ("", f"{annotated.name} · {m.system} · 按种类")
            yield from _by_kind(m.all)
            if report_only and m.report_only:
                yield f"{annotated.name} · {m.system} · 只报告不遮盖的种类"
                yield from _by_kind(m.report_only)
    if len(sets) > 1:
        yield from _files_side_by_side(sets, outcomes)
    yield ""
    yield from (
        f"{o.system.name}：{o.system.version}{f'（{o.system.note}）' if o.system.note else ''}"
        for o in outcomes
    )


def as_json(sets: Sequence[AnnotatedFile], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return everything measured as plain values; a share is 0–1, or null where nothing is there to share."""
    return {
        "files": [
            {
                "name": annotated.name,
                "texts": len(annotated.texts),
                "characters": sum(len(item.text) for item in annotated.texts),
                "held_out": annotated.is_held_out,
                "left_out_labels": dict(annotated.foreign),
                "bad_lines": list(annotated.faults),
            }
            for annotated in sets
        ],
        "systems": [
            {
                "name": outcome.system.name,
                "version": outcome.system.version or None,
                "measured": outcome.system.find is not None,
                "note": outcome.system.note or None,
                "measurements": [_measurement(m) for m in outcome.measurements],
            }
            for outcome in outcomes
        ],
    }


def _about(annotated: AnnotatedFile) -> Iterator[str]:
    characters = sum(len(item.text) for item in annotated.texts)
    spans = sum(len(item.spans) for item in annotated.texts)
    yield ""
    yield f"{annotated.name}：{len(annotated.texts)} 条，{characters} 字，标注 {spans} 处。"
    if annotated.is_held_out:
        yield "文件名含 test，按留出的测试集对待：只看数字，不据此修改规则。"
    if annotated.foreign:
        labels = "、".join(f"{label} {count} 处" for label, count in sorted(annotated.foreign.items()))
        yield f"不属于本系统种类的标注未计入：{labels}。"
    if annotated.faults:
        yield f"有 {len(annotated.faults)} 行无法读取，未计入。"


def _files_side_by_side(sets: Sequence[AnnotatedFile], outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield exact F1 of each file and the gap: a wide one between development and test is over-fitting."""
    yield from ("", "各文件一致F1，及最高与最低之差")
    yield from (f"[{number}] {annotated.name}" for number, annotated in enumerate(sets, start=1))
    rows = []
    for outcome in outcomes:
        shares = [m.all.all.exact.f1 for m in outcome.measurements]
        known = [share for share in shares if share is not None]
        gap = max(known) - min(known) if known else None
        rows.append([outcome.system.name, *map(_share, [*shares, gap])] if shares else _missing(outcome))
    yield from _grid(["系统", *(f"[{number}]" for number in range(1, len(sets) + 1)), "差距"], rows)


def _missing(outcome: Outcome) -> list[str]:
    return [outcome.system.name, outcome.system.note]


def _summary_head(*, speed: bool) -> list[str]:
    head = ["系统", *(f"一致{s}" for s in _SHARES), *(f"重叠{s}" for s in _SHARES), "号码F1", "漏出"]
    head += ["无信息文本", "误报", "每20条"]
    return [*head, "秒", "条/秒", "字/秒", "出错"] if speed else head


def _summary(measured: Measurement, part: PartFigures, *, speed: bool) -> list[str]:
    alarms = part.false_alarms
    row = [
        measured.system,
        *_shares(part.all.exact),
        *_shares(part.all.overlap),
        _share(part.numbers.exact.f1),
        _share(part.leak),
        str(alarms.texts),
        str(alarms.alarms),
        _NONE if alarms.per_20 is None else f"{alarms.per_20:.1f}",
    ]
    if speed:
        s = measured.speed
        row += [f"{s.seconds:.3f}", f"{s.documents_per_s:.0f}", f"{s.characters_per_s:.0f}"]
        row.append(str(measured.failures))
    return row


def _by_form(name: str, measured: Sequence[Measurement]) -> Iterator[str]:
    """Yield exact F1 of each system by form of text; where nothing is annotated, the false alarms."""
    if not measured:
        return
    yield from ("", f"{name} · 各形式一致F1")
    rows = [
        [form, str(agreement.gold), *(_form(m.forms[form]) for m in measured)]
        for form, agreement in measured[0].forms.items()
    ]
    yield from _grid(["形式", "标注", *(m.system for m in measured)], rows)


def _form(agreement: Agreement) -> str:
    return _share(agreement.f1) if agreement.gold else f"误报 {agreement.found}"


def _by_kind(part: PartFigures) -> Iterator[str]:
    head = ["种类", "标注", "报出", *(f"一致{s}" for s in _SHARES), *(f"重叠{s}" for s in _SHARES)]
    rows = [("合计", part.all), ("号码类", part.numbers), *part.kinds.items()]
    yield from _grid(head, [_kind_row(name, figures) for name, figures in rows])


def _kind_row(name: str, figures: KindFigures) -> list[str]:
    counts = [str(figures.exact.gold), str(figures.exact.found)]
    return [name, *counts, *_shares(figures.exact), *_shares(figures.overlap)]


def _shares(agreement: Agreement) -> list[str]:
    return [_share(agreement.precision), _share(agreement.recall), _share(agreement.f1)]


def _share(value: float | None) -> str:
    return _NONE if value is None else f"{value:.3f}"


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield lines with columns aligned on a terminal, first column to the left; short rows stay short."""
    table = [list(head), *map(list, rows)]
    full = [row for row in table if len(row) == len(head)]
    widths = [max(map(_width, column)) for column in zip(*full, strict=True)]
    widths[0] = max(_width(row[0]) for row in table)
    for row in table:
        cells = [row[0] + " " * (widths[0] - _width(row[0]))]
        cells += [" " * max(0, w - _width(cell)) + cell for cell, w in zip(row[1:], widths[1:], strict=False)]
        yield "  ".join(cells)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _measurement(measured: Measurement) -> dict[str, Any]:
    parts = {part: _part(getattr(measured, part)) for part, _ in _PARTS}
    return {
        "file": measured.file,
        **parts,
        "forms": {form: _agreement(agreement) for form, agreement in measured.forms.items()},
        "report_only": _part(measured.report_only),
        "speed": asdict(measured.speed),
        "failures": measured.failures,
    }


def _part(part: PartFigures | None) -> dict[str, Any] | None:
    if part is None:
        return None
    alarms = part.false_alarms
    return {
        "texts": part.texts,
        **_kind(part.all),
        "numbers": _kind(part.numbers),
        "leak": part.leak,
        "free_of_data": {"texts": alarms.texts, "alarms": alarms.alarms, "per_20": alarms.per_20},
        "kinds": {name: _kind(figures) for name, figures in part.kinds.items()},
    }


def _kind(figures: KindFigures) -> dict[str, Any]:
    return {"exact": _agreement(figures.exact), "overlap": _agreement(figures.overlap)}


def _agreement(a: Agreement) -> dict[str, Any]:
    return {"gold": a.gold, "found": a.found, "precision": a.precision, "recall": a.recall, "f1": a.f1}
