"""A made-up archive on disk: files by fonds and year, catalogue, gold labels, awkward files."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from models.archive.documents import CatalogueEntry
from training.synthetic.broken import BrokenFile, broken_files
from training.synthetic.documents import SyntheticDocument, generate
from training.synthetic.featured import featured
from training.synthetic.fonts import can_show
from training.synthetic.rendering import FileFormat, format_for, rendered

HEADER = ("档号", "全宗号", "题名", "险种", "材料类型", "行政区划代码", "形成日期", "保管期限", "访问级别",
          "责任者", "持有人", "条线", "公民身份号码", "单位名称", "文件")  # fmt: skip
GOLD_FOLDER = ".gold"
"""Hidden, so that taking in the whole folder leaves the answers out."""

_NAMED_FILE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class ArchiveSummary:
    """What was written: counts of good and awkward files, bytes in all, documents by format."""

    documents: int
    broken: int
    size_bytes: int
    by_format: Mapping[str, int]


def archive_documents(count: int, seed: int) -> Iterator[SyntheticDocument]:
    """Yield the featured documents first, then random ones, ``count`` in all."""
    return islice(chain(featured(seed), generate(count, seed)), count)


def write_archive(folder: Path, count: int, seed: int) -> ArchiveSummary:
    """Write ``count`` documents and the awkward files into ``folder``, replacing files of the same name.

    The same arguments give the same bytes (on machines with the same font and library versions).

    Raises:
        FontMissing: no Chinese font on this machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    formats: Counter[str] = Counter()
    plain: list[SyntheticDocument] = []
    size = 0
    rows: list[tuple[str, ...]] = []
    gold: list[str] = []
    for document in archive_documents(count, seed):
        form = format_for(document)
        file = _place(document, form)
        content = rendered(document, form)
        _write(folder / file, content)
        size += len(content)
        formats[form.value] += 1
        rows.append((*catalogue_row(document.catalogue), file))
        gold.append(json.dumps(_gold(document, file, form), ensure_ascii=False))
        if not plain and can_show("".join(document.pages)):
            plain.append(document)
    awkward = [*broken_files(plain, seed), _duplicate(folder, rows)] if plain else []
    for broken in awkward:
        _write(folder / "broken" / broken.name, broken.content)
        size += len(broken.content)
    _write_lists(folder, rows, gold, awkward)
    return ArchiveSummary(len(rows), len(awkward), size, dict(formats))


def catalogue_row(entry: CatalogueEntry) -> tuple[str, ...]:
    """Return the catalogue columns of ``HEADER`` except 文件; an absent value is empty."""
    return (
        entry.archive_no or "",
        entry.fonds or "",
        entry.title or "",
        "、".join(entry.insurance_types),
        entry.material_type or "",
        entry.region or "",
        entry.formed_on.isoformat() if entry.formed_on else "",
        entry.retention.value if entry.retention else "",
        entry.access_level.label if entry.access_level is not None else "",
        entry.agency or "",
        entry.holder_name or "",
        entry.line.value if entry.line else "",
        entry.holder_id or "",
        entry.employer or "",
    )


def _place(document: SyntheticDocument, form: FileFormat) -> str:
    """Return the relative path; one file in ten carries a name, as files from windows often do."""
    entry = document.catalogue
    number = entry.archive_no or document.source_id
    year = number.partition("·")[2][:4] or "0000"
    name = number
    if entry.holder_name and random.Random(f"name:{document.source_id}").random() < _NAMED_FILE_SHARE:
        name = f"{number}（{entry.holder_name}）"
    return f"files/{entry.fonds}/{year}/{name}{form.suffix}"


def _gold(document: SyntheticDocument, file: str, form: FileFormat) -> dict[str, object]:
    return {
        "source_id": document.source_id,
        "file": file,
        "format": form.value,
        "title": document.title,
        "insurance_types": list(document.insurance_types),
        "material_type": document.material_type,
        "insurance_named": document.insurance_named,
        "defects": list(document.defects),
        "layout": document.layout,
        "pages": [
            {"text": text, "spans": [[start, end, kind.value] for start, end, kind in spans]}
            for text, spans in zip(document.pages, document.spans, strict=True)
        ],
    }


def _duplicate(folder: Path, rows: list[tuple[str, ...]]) -> BrokenFile:
    original = folder / rows[0][-1]
    return BrokenFile(f"重复件{original.suffix}", original.read_bytes(), ("duplicate",))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _write_lists(
    folder: Path, rows: Iterable[tuple[str, ...]], gold: Iterable[str], awkward: Iterable[BrokenFile]
) -> None:
    with (folder / "catalogue.csv").open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([HEADER, *rows])
    beside = folder / GOLD_FOLDER
    beside.mkdir(exist_ok=True)
    (beside / "gold.jsonl").write_text("".join(line + "\n" for line in gold), "utf-8")
    expected = {f"broken/{broken.name}": list(broken.expected) for broken in awkward}
    (beside / "broken.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", "utf-8")
