"""The catalogue (目录): from JSON metadata and CSV rows to catalogue entries.

One table names every field, so that the CSV header and the JSON key of a field are the same idea.
A value that cannot be read is reported by field, never echoed, and counts as missing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from models.archive import taxonomy
from models.archive.documents import CatalogueEntry
from models.archive.levels import AccessLevel, Line, Retention
from models.archive.regions import is_code
from models.errors import InvalidCatalogue
from models.text.normalisation import normalise

FILE_COLUMN = "文件"
HEADERS = {
    "档号": "archive_no",
    "全宗号": "fonds",
    "题名": "title",
    "险种": "insurance_type",
    "材料类型": "material_type",
    "条线": "line",
    "行政区划代码": "region",
    "形成日期": "formed_on",
    "保管期限": "retention",
    "访问级别": "access_level",
    "责任者": "agency",
    "持有人": "holder_name",
    "公民身份号码": "holder_id",
    "单位名称": "employer",
}
"""CSV header to JSON key of ``metadata``."""

_HEADER_OF = {key: header for header, key in HEADERS.items()}
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d\d)(\d\d))", re.ASCII)
_DELIMITERS = ",;\t"
_MAX_CATALOGUE_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Row:
    """One catalogue row: the entry and, in Chinese, what could not be read of it."""

    entry: CatalogueEntry
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Rows by relative file path (forward slashes); ``problems`` concern rows without a file."""

    rows: Mapping[str, Row] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def row_of(metadata: Mapping[str, Any]) -> Row:
    """Return the entry of JSON metadata or of one CSV row already keyed by JSON names.

    Unknown keys become extensions. An unreadable value is left out and reported by its header; an
    unreadable access level counts as 敏感 and is looked at as 密级, where state-secret grades are refused.
    """
    values: dict[str, Any] = {}
    extensions: dict[str, str] = {}
    problems: list[str] = []
    for key, raw in metadata.items():
        name = HEADERS.get(key, key)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            continue
        if name not in _READERS:
            extensions[key] = _words(raw)
            continue
        try:
            values[_FIELD_OF.get(name, name)] = _READERS[name](raw)
        except ValueError as error:
            problems.append(f"{_HEADER_OF[name]}不可用：{error}")
            if name == "access_level":
                values["access_level"] = AccessLevel.SENSITIVE  # unreadable closes, it does not open
                extensions.setdefault("密级", _words(raw))
    return Row(CatalogueEntry(**values, extensions=extensions), tuple(problems))


def filled(row: Row, defaults: Row) -> Row:
    """Return ``row`` with the fields it is silent about taken from ``defaults``."""
    given = {name: getattr(defaults.entry, name) for name in _ENTRY_FIELDS}
    missing = {
        name: value
        for name, value in given.items()
        if value not in (None, ()) and getattr(row.entry, name) in (None, ())
    }
    return replace(row, entry=replace(row.entry, **missing)) if missing else row


def read_catalogue(path: Path) -> Catalogue:
    """Return the rows of a catalogue CSV (UTF-8 or GB18030; comma, semicolon or tab).

    Raises:
        InvalidCatalogue: the file cannot be read, or has no column 文件.
    """
    lines = _lines_of(_text_of(path), path.name)
    if not lines:
        raise InvalidCatalogue(f"目录表 {path.name} 是空的，请补上表头和各行后重试。")
    headers = [normalise(cell).strip() for cell in lines[0][1]]
    if FILE_COLUMN not in headers:
        raise InvalidCatalogue(f"目录表 {path.name} 缺少“{FILE_COLUMN}”一列，无法与文件对应，请补上后重试。")
    rows: dict[str, Row] = {}
    problems: list[str] = []
    for line_no, cells in lines[1:]:
        values = dict(zip(headers, cells, strict=False))
        file = _relative(values.pop(FILE_COLUMN, ""))
        if not file:
            problems.append(f"第 {line_no} 行没有“{FILE_COLUMN}”，未采用。")
        elif file in rows:
            problems.append(f"第 {line_no} 行与前面的行指向同一文件，未采用。")
        else:
            row = row_of(values)
            rows[file] = replace(row, problems=tuple(f"第 {line_no} 行{p}" for p in row.problems))
    return Catalogue(rows, tuple(problems))


def _lines_of(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Return the rows that are not blank with their line numbers; the header tells the delimiter."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=header.count))
    try:
        return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        limit = csv.field_size_limit()
        detail = (
            f"目录表 {name} 第 {reader.line_num} 行读不出：一格超过 {limit} 字或引号不成对，请改正后重试。"
        )
        raise InvalidCatalogue(detail) from error


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_CATALOGUE_BYTES:
            raise InvalidCatalogue(f"目录表 {path.name} 超过 256 MiB，请分成几个文件。")
        raw = path.read_bytes()
    except OSError as error:
        raise InvalidCatalogue(f"目录表 {path.name} 打不开，请检查路径与权限。") from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidCatalogue(f"目录表 {path.name} 的编码无法识别，请另存为 UTF-8 后重试。")


def _relative(raw: str) -> str:
    path = PurePosixPath(raw.strip().replace("\\", "/"))
    return "" if not path.parts or path.is_absolute() or ".." in path.parts else str(path)


def _words(raw: object) -> str:
    if isinstance(raw, list | tuple):
        return "、".join(_words(item) for item in raw)
    # JSON can carry half of a surrogate pair, which no database takes.
    return str(raw).strip().encode("utf-8", "replace").decode("utf-8")


def _insurances(raw: object) -> tuple[str, ...]:
    parts = raw if isinstance(raw, list | tuple) else re.split(r"[、,，;；/+ ]+", normalise(str(raw)))
    known = taxonomy.insurance_types()
    names = []
    for part in filter(None, (normalise(str(part)).strip() for part in parts)):
        name = re.sub(r"^(企业|城镇|机关事业单位)?(职工|城乡居民|居民)?(基本)?|保险$", "", part)
        if name not in known:
            raise ValueError(f"只能是 {'、'.join(known)}，多个用顿号分开")
        names.append(name)
    return tuple(dict.fromkeys(names))


def _material(raw: object) -> str:
    words = _words(raw)
    known = taxonomy.material_called(words)
    return known.name if known else words


def _line(raw: object) -> Line:
    words = _words(raw).upper()
    by_label = {line.label: line for line in Line} | {line.value: line for line in Line}
    if words not in by_label:
        raise ValueError("只能是 HRSS（人社）或 MEDICAL（医保）")
    return by_label[words]


def _region(raw: object) -> str:
    code = normalise(_words(raw)).strip()
    if not is_code(code):
        raise ValueError("应为 6 位或 9 位行政区划代码")
    return code


def _date(raw: object) -> date:
    found = _DATE.fullmatch(normalise(_words(raw)).split("T")[0].split(" ")[0])
    if found is None:
        raise ValueError("应为 2019-03-05 形式的日期")
    try:
        return date(int(found[1]), int(found[2] or found[4]), int(found[3] or found[5]))
    except ValueError as error:
        raise ValueError("不是存在的日期") from error


def _retention(raw: object) -> Retention:
    words = normalise(_words(raw))
    try:
        return Retention(
            words if words == Retention.PERMANENT.value or words.endswith("年") else f"{words}年"
        )
    except ValueError as error:
        raise ValueError(f"只能是 {'、'.join(Retention)}") from error


def _level(raw: object) -> AccessLevel:
    return AccessLevel.of(_words(raw))


_READERS: dict[str, Callable[[object], object]] = {
    "archive_no": _words,
    "fonds": _words,
    "title": _words,
    "insurance_type": _insurances,
    "material_type": _material,
    "line": _line,
    "region": _region,
    "formed_on": _date,
    "retention": _retention,
    "access_level": _level,
    "agency": _words,
    "holder_name": _words,
    "holder_id": _words,
    "employer": _words,
}
_FIELD_OF = {"insurance_type": "insurance_types"}
_ENTRY_FIELDS: Iterable[str] = tuple(_FIELD_OF.get(name, name) for name in _READERS)
