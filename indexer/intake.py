"""Where deposits come from: files, folders and zips on disk, with their catalogue rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from indexer.catalogue import Catalogue, Row, filled, row_of
from indexer.deposits import Deposit, FileDeposit, RecordDeposit, RefusedDeposit
from indexer.parsing.limits import ParsingLimits
from indexer.parsing.zip_members import is_container, members
from models.archive.documents import CatalogueEntry
from models.errors import InvalidInput, UnreadableFile

CATALOGUE_NAME = "catalogue.csv"
"""A file of this name at the top of a folder is taken as the folder's catalogue."""

_NOTHING = Row(CatalogueEntry())
_STRAY = "这是指向所给文件夹之外的链接，为安全起见没有读取；确需归档时请把原文件放进文件夹。"
_ZIP_SUFFIXES = frozenset({".zip", ""})
"""A zip under any other name claims to be something else and is judged as that."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to be taken in; ``name`` is its path relative to what the operator named.

    ``stray``: a link that leads out of the folder it lies in. Whoever filled the folder could so have any
    file of this machine taken in that the operator may read, keys included; it is refused unread.
    """

    name: str
    path: Path
    stray: bool = False


def sources_in(
    paths: Iterable[Path],
    *,
    leave_out: frozenset[Path] = frozenset(),
    state: Path | None = None,
) -> list[Source]:
    """Return every regular file under ``paths``, in a stable order, hidden files left out.

    ``state``: the folder of the archive itself, which is never taken in.

    Raises:
        InvalidInput: a path does not exist.
    """
    own = state.resolve() if state else None
    found: dict[Path, Source] = {}
    for path in paths:
        if not path.exists():
            raise InvalidInput("路径不存在，请核对后重试。")
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.is_file() and not _hidden(p.relative_to(path)))
            top = path.resolve()
            sources = [
                Source(p.relative_to(path).as_posix(), p, stray=not p.resolve().is_relative_to(top))
                for p in inside
            ]
        else:
            sources = [Source(path.name, path)]
        for source in sources:
            place = source.path.resolve()
            if own is not None and place.is_relative_to(own) and not source.stray:
                continue
            if place not in leave_out:
                found.setdefault(source.path.absolute() if source.stray else place, source)
    return list(found.values())


def deposits_of(
    sources: Iterable[Source], catalogue: Catalogue, limits: ParsingLimits, defaults: Row = _NOTHING
) -> Iterator[Deposit]:
    """Yield one deposit per file and per member of a zip, with its catalogue row.

    Files with a row come first, then zips: of two files with the same bytes the first is kept, and that
    shall be the one somebody catalogued.
    """
    for source in sorted(sources, key=lambda source: _turn_of(source, catalogue)):
        if source.stray:
            yield RefusedDeposit(source.name, UnreadableFile.code, _STRAY)
        elif source.path.suffix.lower() in _ZIP_SUFFIXES and is_container(source.path):
            yield from _members_of(source, catalogue, limits, defaults)
        else:
            row = filled(catalogue.rows.get(source.name, _NOTHING), defaults)
            yield FileDeposit(source.name, path=source.path, row=row)


def _turn_of(source: Source, catalogue: Catalogue) -> int:
    if source.name in catalogue.rows:
        return 0
    return 1 if source.path.suffix.lower() in _ZIP_SUFFIXES else 2


def without_file(catalogue: Catalogue, sources: Iterable[Source]) -> int:
    """Return how many catalogue rows name a file that is not among ``sources`` (有目无件)."""
    return len(set(catalogue.rows) - {source.name for source in sources})


def record_of(line: str, defaults: Row = _NOTHING) -> RecordDeposit:
    """Return the record on a JSON line ``{"source_id","title","text","metadata":{…}}``.

    ``id`` and ``pid`` are read where ``source_id`` is absent, as other systems name it so.

    Raises:
        InvalidInput: not a JSON object, or without id or text.
    """
    value = json_object(line)
    source_id = next((value[key] for key in ("source_id", "id", "pid") if value.get(key) is not None), None)
    text, title, metadata = value.get("text"), value.get("title") or "", value.get("metadata") or {}
    named = isinstance(source_id, str | int) and not isinstance(source_id, bool) and str(source_id).strip()
    if not named or not isinstance(text, str) or not isinstance(title, str):
        raise InvalidInput("每行应有 source_id 和文本 text，请补全后重新导入这一行。")
    if not isinstance(metadata, dict):
        raise InvalidInput("metadata 应是一个对象，请改正后重新导入这一行。")
    return RecordDeposit(str(source_id), title, text, filled(row_of(metadata), defaults))


def json_object(line: str) -> Mapping[str, Any]:
    """Return the object on a line of JSON Lines; InvalidInput for anything else."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("这一行不是有效的 JSON，请改正后重试。") from error
    if not isinstance(value, dict):
        raise InvalidInput("这一行不是 JSON 对象，请改正后重试。")
    return value


def _members_of(
    source: Source, catalogue: Catalogue, limits: ParsingLimits, defaults: Row
) -> Iterator[Deposit]:
    try:
        for member in members(source.path, limits):
            name = str(PurePosixPath(source.name) / member.name)
            if member.refusal is not None:
                yield RefusedDeposit(name, member.refusal.code, member.refusal.detail)
                continue
            row = catalogue.rows.get(name) or catalogue.rows.get(member.name) or _NOTHING
            yield FileDeposit(name, content=member.data, row=filled(row, defaults))
    except UnreadableFile as error:
        small = source.path.stat().st_size <= limits.max_bytes
        content = source.path.read_bytes() if small else None
        yield RefusedDeposit(source.name, error.code, error.detail, content)


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in path.parts)
