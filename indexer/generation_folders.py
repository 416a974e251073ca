"""Which folder holds which generation, and which one is served.

<root>/CURRENT              the folder served and the one before it, one a line
<root>/gen-<id>/            MANIFEST.json, rows.json, vectors/, lexical/
<root>/building-*, old-*    of a writer at work, or one that was killed
"""

from __future__ import annotations

import re
from pathlib import Path

from indexer.durable import BUILDING, building_folder, name_folder, remove_aside, replace_text
from models.errors import Conflict

_CURRENT = "CURRENT"
_PREFIX = "gen-"
_NAME = re.compile(r"gen-[0-9A-Za-z_-]{1,64}", re.ASCII)


def generation_of(folder: Path) -> str:
    """Return the id of a generation from its folder, finished or being built."""
    return folder.name.removeprefix(BUILDING).removeprefix(_PREFIX)


def has_been_used(root: Path) -> bool:
    return (root / _CURRENT).exists()


def listed_in(root: Path) -> list[str]:
    """Return the folder names in CURRENT; none if it is absent, damaged or names nothing."""
    try:
        names = (root / _CURRENT).read_text(encoding="utf-8").split()
    except (FileNotFoundError, UnicodeDecodeError):
        return []
    intact = bool(names) and all(map(_NAME.fullmatch, names))
    return names if intact and (root / names[0]).is_dir() else []


def candidates_in(root: Path) -> list[Path]:
    """Return folders to try: what CURRENT names first, then whatever else was published, newest first."""
    first = [root / name for name in listed_in(root)[:1]]
    dated = [(_modified_ns(path), path) for path in root.glob(f"{_PREFIX}*") if path not in first]
    return first + [path for _, path in sorted(dated, reverse=True)]


def new_folder(root: Path, generation: str) -> Path:
    """Return an empty folder to build in; call with the writer lock held.

    Raises:
        ValueError: not an id.
        Conflict: the id is in use.
    """
    name = f"{_PREFIX}{generation}"
    if not _NAME.fullmatch(name):
        raise ValueError("a generation id is 1-64 of 0-9A-Za-z_-")
    if name in listed_in(root):
        raise Conflict("这个索引编号正在使用，请换一个编号。")
    return building_folder(root, name)


def switch_to(root: Path, built: Path) -> Path:
    """Give a flushed folder its final name, serve it, and remove all but the one before it."""
    final = root / f"{_PREFIX}{generation_of(built)}"
    if final.exists():  # named by a writer that was killed before the switch
        remove_aside(final)
    before = candidates_in(root)
    name_folder(built, final)
    served = [final.name, *[path.name for path in before[:1]]]
    replace_text(root / _CURRENT, "\n".join(served) + "\n")
    for old in root.glob(f"{_PREFIX}*"):
        if old.name not in served:
            remove_aside(old)
    return final


def remove_others(root: Path, served: Path) -> None:
    """Leave nothing but the served generation; call with the writer lock held."""
    replace_text(root / _CURRENT, served.name + "\n")
    for old in root.glob(f"{_PREFIX}*"):
        if old != served:
            remove_aside(old)


def _modified_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # pruned by a writer just now
        return 0
