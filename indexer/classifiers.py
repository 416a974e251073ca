"""Versions of the classifier in the state folder.

<root>/<first 16 digits of the digest>/   manifest.json and the files it lists, never changed
<root>/PROMOTED                           ids, the served one first; absent: the shipped one serves
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.durable import building_folder, fsync_tree, name_folder, only_writer, replace_text
from models.artifacts import MANIFEST_NAME, Manifest, read_manifest, verify
from models.classification.parameters import KIND
from models.classification.results import Classifier
from models.classification.shift import Histogram
from models.errors import ArtifactTampered, Conflict, InvalidInput, StoreUnavailable

SHIPPED = "shipped"
"""The id of the artefact that comes with the program; what serves until another is promoted."""

_PROMOTED, _CARD = "PROMOTED", "MODEL_CARD.md"
_ID = re.compile(r"[0-9a-f]{16}|shipped", re.ASCII)
_DATA_ONLY = {".npz", ".npy", ".json", ".txt", ".toml", ".tsv"}
"""What an artefact of ours is made of; nothing of it can run when it is read."""
_REMEMBERED = 20
_LEAST_PREFIX = 4


@dataclass(frozen=True, slots=True)
class ClassifierVersion:
    """``artifact`` stands beside its decisions and is empty where the folder is damaged.

    ``reviews``: how many reviewed texts it learnt from. ``former``: a rollback leads to it.
    """

    version_id: str
    artifact: str
    reviews: int
    served: bool
    former: bool


class ClassifierVersions:
    """The registry of one archive; ``load`` reads an artefact through, so that only ours is taken in."""

    def __init__(self, root: Path, shipped: Path, load: Callable[[Path], Classifier]) -> None:
        self._root = root
        self._shipped = shipped
        self._load = load

    def versions(self) -> list[ClassifierVersion]:
        """Return every version, the shipped one first, then in the order of ids."""
        history = self._history()
        ids = [SHIPPED, *(p.name for p in sorted(self._root.glob("*")) if p.is_dir() and _is_id(p.name))]
        return [self._version(version_id, history) for version_id in ids]

    def version(self, named: str) -> ClassifierVersion:
        """Return the version whose id is, or uniquely begins with, ``named``; InvalidInput for none."""
        known = self.versions()
        found = [v for v in known if v.version_id == named] or [
            v for v in known if len(named) >= _LEAST_PREFIX and v.version_id.startswith(named)
        ]
        if len(found) != 1:
            raise InvalidInput("没有这个模型版本，或写法不能唯一确定，请用 chadang model list 查看。")
        return found[0]

    def add(self, folder: Path) -> ClassifierVersion:
        """Copy a trained classifier in, after and before verifying every file; again changes nothing.

        Raises:
            ArtifactTampered: a file is missing or differs, or the folder is no classifier of ours.
            Conflict: another process is adding one.
        """
        manifest = _ours(folder)
        version_id = manifest.digest[:16]
        if not (self._root / version_id).is_dir():
            with self._writing():
                built = building_folder(self._root, version_id)
                for name in (
                    MANIFEST_NAME,
                    *manifest.files,
                    *([_CARD] if (folder / _CARD).is_file() else []),
                ):
                    (built / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(folder / name, built / name)
                if _ours(built).digest != manifest.digest:
                    raise ArtifactTampered("模型文件在复制期间发生了变化，没有登记，请重试。")
                self._load(built)
                fsync_tree(built)
                name_folder(built, self._root / version_id)
        return self.version(version_id)

    def promote(self, version_id: str) -> None:
        """Let a version serve, in one step; it is verified and read through first.

        Raises:
            ArtifactTampered: its files are not what they were. Conflict: it serves already.
        """
        self._load(self.folder_of(version_id))
        with self._writing():
            history = self._history()
            if history[0] == version_id:
                raise Conflict("这个版本正在使用。")
            self._write([version_id, *history])

    def rollback(self) -> str:
        """Let the version before serve again and return its id; Conflict where there is none."""
        with self._writing():
            history = self._history()
            if len(history) == 1:
                raise Conflict("没有可以退回的版本。")
            self._load(self.folder_of(history[1]))
            self._write(history[1:])
            return history[1]

    def promoted(self) -> str:
        """Return the id of the version that serves."""
        return self._history()[0]

    def folder_of(self, version_id: str) -> Path:
        """Return the folder of a version; ArtifactTampered where it is not the one that was added."""
        if version_id == SHIPPED:
            return self._shipped
        folder = self._root / version_id
        if read_manifest(folder).digest[:16] != version_id:
            raise ArtifactTampered("登记的模型版本被改动过，已拒绝加载，请重新登记。")
        return folder

    def trained_on(self, version_id: str) -> frozenset[str]:
        """Return the ids, shortened, of the reviewed texts a version learnt from."""
        return frozenset(_reviews_of(read_manifest(self.folder_of(version_id))))

    def reference(self) -> Mapping[str, Histogram]:
        """Return what the served version's answers looked like where it was fitted; empty if not stated."""
        stated = read_manifest(self.folder_of(self.promoted())).metadata.get("reference")
        return stated if isinstance(stated, dict) else {}

    def _version(self, version_id: str, history: Sequence[str]) -> ClassifierVersion:
        served, former = history[0] == version_id, history[1:2] == [version_id]
        try:
            manifest = read_manifest(self.folder_of(version_id))
        except ArtifactTampered:
            return ClassifierVersion(version_id, "", 0, served, former)
        artifact = f"{manifest.version}@{manifest.digest[:12]}"
        return ClassifierVersion(version_id, artifact, len(_reviews_of(manifest)), served, former)

    def _history(self) -> list[str]:
        """Return ids, the served one first; a line that is none is a sign of damage."""
        try:
            ids = (self._root / _PROMOTED).read_text("ascii").split()
        except FileNotFoundError:
            return [SHIPPED]
        except (OSError, UnicodeDecodeError) as error:
            raise StoreUnavailable("模型登记无法读取，请检查状态目录的权限。") from error
        if not ids or not all(map(_is_id, ids)):
            raise ArtifactTampered("模型登记 PROMOTED 已损坏，请删除它（改用随附的模型）后重新启用。")
        return ids

    def _write(self, history: Sequence[str]) -> None:
        replace_text(self._root / _PROMOTED, "\n".join(history[:_REMEMBERED]) + "\n")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with only_writer(self._root):
                yield
        except OSError as error:
            raise StoreUnavailable("状态目录无法写入，请检查磁盘空间与权限。") from error


def _ours(folder: Path) -> Manifest:
    """Verify a folder and refuse whatever is no classifier of ours, pickles above all."""
    manifest = verify(folder)
    if manifest.kind != KIND:
        raise ArtifactTampered("这个目录不是分类模型，没有登记。")
    foreign = [name for name in manifest.files if Path(name).suffix.lower() not in _DATA_ONLY]
    known = {*manifest.files, MANIFEST_NAME, _CARD}
    foreign += [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).as_posix() not in known
    ]
    if foreign:
        raise ArtifactTampered("目录里有分类模型不该有的文件（如 pickle 或清单之外的文件），没有登记。")
    return manifest


def _reviews_of(manifest: Manifest) -> list[str]:
    """Return the shortened ids of the reviewed texts the manifest names."""
    stated = manifest.metadata.get("reviews")
    ids: Any = stated.get("ids") if isinstance(stated, dict) else None
    return [str(text_id) for text_id in ids] if isinstance(ids, list) else []


def _is_id(name: str) -> bool:
    return _ID.fullmatch(name) is not None
