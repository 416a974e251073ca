"""Verified loading of model files: a folder, a manifest, the sha256 of every file before any is opened.

A manifest says what a folder must hold; it is not a signature. Whoever may write the folder may write
the manifest too, so file permissions (or a read-only image) remain the operator's duty.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from models.errors import ArtifactTampered

MANIFEST_NAME = "manifest.json"
_READ_BYTES = 1 << 20
_RUNS_CODE_WHEN_LOADED = {".pkl", ".pickle", ".joblib", ".py", ".so", ".pyd", ".dll", ".dylib"}
_NO_METADATA: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder of model files holds.

    ``files`` maps relative POSIX paths to lower-case hexadecimal sha256; ``metadata`` is any JSON:
    created (ISO), config, metrics, licence, packages …
    """

    kind: str
    version: str
    files: Mapping[str, str]
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The sha256 over kind, version and files; changes when any file does."""
        stated = json.dumps([self.kind, self.version, dict(self.files)], sort_keys=True)
        return sha256(stated.encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """Return the hexadecimal sha256 of a file, read in pieces."""
    digest = sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder without checking its files.

    Raises:
        ArtifactTampered: absent, or not a manifest.
    """
    path = folder / MANIFEST_NAME
    try:
        stated = json.loads(path.read_text("utf-8"))
        files = {str(name): str(digest) for name, digest in stated.pop("files").items()}
        kind, version = str(stated.pop("kind")), str(stated.pop("version"))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise _tampered(folder, f"清单 {MANIFEST_NAME} 缺失或无法读取") from error
    return Manifest(kind, version, files, stated)


def verify(folder: Path) -> Manifest:
    """Check every listed file, and that nothing able to run code lies beside them.

    Unlisted files of other kinds are tolerated (a model card, an editor's backup): they are not loaded.

    Raises:
        ArtifactTampered: a file is missing, differs, has a name that leads out of the folder, or is
            unlisted and would run code when loaded.
    """
    manifest = read_manifest(folder)
    for name, digest in manifest.files.items():
        path = _inside(folder, name)
        if not path.is_file():
            raise _tampered(folder, f"缺少文件 {name}")
        if sha256_of(path) != digest:
            raise _tampered(folder, f"文件 {name} 与清单登记的校验值不符")
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() in _RUNS_CODE_WHEN_LOADED and name not in manifest.files:
            raise _tampered(folder, f"出现清单之外的可执行文件 {name}")
    return manifest


def write_manifest(
    folder: Path,
    *,
    kind: str,
    version: str,
    files: Iterable[str] | None = None,
    metadata: Mapping[str, object] = _NO_METADATA,
) -> Manifest:
    """Hash the files of a folder and write its manifest, replacing the old one in one step.

    Args:
        folder: holds the files.
        kind: what the folder is, for example ``embedding``.
        version: of the contents.
        files: relative POSIX paths to list; all files below the folder if None.
        metadata: JSON-serialisable; must not use the names kind, version, files.

    Raises:
        ArtifactTampered: a name leads out of the folder, or the file is missing.
    """
    names = sorted(_all_files(folder) if files is None else files)
    for name in names:
        if not _inside(folder, name).is_file():
            raise _tampered(folder, f"缺少文件 {name}")
    manifest = Manifest(kind, version, {name: sha256_of(folder / name) for name in names}, dict(metadata))
    stated = {"kind": kind, "version": version, "files": dict(manifest.files), **metadata}
    _write_at_once(folder / MANIFEST_NAME, json.dumps(stated, ensure_ascii=False, indent=2) + "\n")
    return manifest


def _all_files(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST_NAME)
    return [path.relative_to(folder).as_posix() for path in found]


def _inside(folder: Path, name: str) -> Path:
    pure = PurePosixPath(name)
    if not name or "\\" in name or pure.is_absolute() or ".." in pure.parts or ":" in pure.parts[0]:
        raise _tampered(folder, f"清单中的文件名 {name!r} 指向目录之外")
    path = folder / pure
    if not path.resolve().is_relative_to(folder.resolve()):  # a link that leads out
        raise _tampered(folder, f"文件 {name} 是指向目录之外的链接")
    return path


def _write_at_once(path: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _tampered(folder: Path, what: str) -> ArtifactTampered:
    return ArtifactTampered(
        f"模型目录 {folder} 中{what}，已拒绝加载；请删除该目录后重新生成，或从发布包中恢复。"
    )
