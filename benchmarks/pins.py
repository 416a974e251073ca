"""Known weaknesses and licences of what is pinned in constraints.txt.

`python -m benchmarks.pins audit [OSV.zip]`: each pin against an advisory database: a dump of OSV for PyPI
(https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip, fetched elsewhere where there is no
network), or, without one, by pip-audit, which asks the network. Exit code 0: none known, 1: some,
2: **nothing was checked**.

`python -m benchmarks.pins licences`: what each installed pin says of its licence. Exit code 1: one is silent.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"


def main() -> int:
    words = sys.argv[1:]
    if words[:1] == ["licences"]:
        return _licences(pins())
    if words[:1] == ["audit"] and len(words) == 2:
        return _audit(pins(), Path(words[1]))
    return _asked_outside() if words == ["audit"] else _usage()


def pins(text: str | None = None) -> dict[str, str]:
    """Return version by canonical name."""
    lines = (CONSTRAINTS.read_text("utf-8") if text is None else text).splitlines()
    pairs = (line.partition("#")[0].strip().partition("==") for line in lines)
    return {canonicalize_name(name): version for name, _, version in pairs if version}


def advisories(dump: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the advisories of an OSV dump (https://ossf.github.io/osv-schema/)."""
    with zipfile.ZipFile(dump) as archive:
        for name in archive.namelist():
            if name.endswith(".json"):
                yield json.loads(archive.read(name))


def concerns(advisory: Mapping[str, Any], held: Mapping[str, str]) -> list[str]:
    """Return the pins that an advisory is about, as name==version; a withdrawn one is about none."""
    if advisory.get("withdrawn"):
        return []
    found = []
    for affected in advisory.get("affected", ()):
        package = affected.get("package", {})
        name = canonicalize_name(package.get("name", ""))
        if package.get("ecosystem") == "PyPI" and name in held and _is_affected(held[name], affected):
            found.append(f"{name}=={held[name]}")
    return sorted(set(found))


def _is_affected(version: str, affected: Mapping[str, Any]) -> bool:
    if version in affected.get("versions", ()):
        return True
    ranges = (r for r in affected.get("ranges", ()) if r.get("type") == "ECOSYSTEM")
    return any(_is_within(Version(version), r.get("events", ())) for r in ranges)


def _is_within(version: Version, events: list[Mapping[str, str]]) -> bool:
    """Whether the last thing that happened up to a version was that the weakness came in."""
    inside = False
    for event in events:  # in order of versions, by the schema
        kind, at = next(iter(event.items()))
        try:
            bound = Version(at)
        except InvalidVersion:
            continue
        if kind == "introduced" and version >= bound:
            inside = True
        elif (kind == "fixed" and version >= bound) or (kind == "last_affected" and version > bound):
            inside = False
    return inside


def _audit(held: Mapping[str, str], dump: Path) -> int:
    try:
        read = [(advisory.get("id", "?"), concerns(advisory, held)) for advisory in advisories(dump)]
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        print(f"nothing was checked: {dump} is no dump of OSV ({type(error).__name__})")
        return 2
    if not read:
        print(f"nothing was checked: there is no advisory in {dump}")
        return 2
    known = [(name, pin) for name, about in read for pin in about]
    for name, pin in known:
        print(f"{pin}  {name}")
    print(f"{len(held)} pins against {len(read)} advisories: {len(known)} found")
    return 1 if known else 0


def _asked_outside() -> int:
    tool = shutil.which("pip-audit")
    if tool is None:
        print("nothing was checked: give a dump of OSV (make audit-pins OSV=all.zip), or install pip-audit")
        return 2
    command = [
        tool,
        "--requirement",
        str(CONSTRAINTS),
        "--no-deps",
        "--disable-pip",
        "--progress-spinner",
        "off",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    print(ended.stdout, ended.stderr, sep="\n")
    if "No known vulnerabilities found" in ended.stderr or "Found" in ended.stderr:
        return ended.returncode
    print("nothing was checked: pip-audit reached no advisory database")
    return 2


def _licences(held: Mapping[str, str]) -> int:
    silent = 0
    for name in held:
        try:
            told = distribution(name).metadata
        except PackageNotFoundError:
            print(f"{name}: not installed here")
            continue
        said = "; ".join(
            told.get_all("License-Expression", [])
            or [c.rpartition(" :: ")[2] for c in told.get_all("Classifier", []) if c.startswith("License")]
            or [text[:60] for text in told.get_all("License", [])]
        )
        silent += not said
        print(f"{name}: {' '.join(said.split()) or 'SAYS NOTHING'}")
    return 1 if silent else 0


def _usage() -> int:
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
