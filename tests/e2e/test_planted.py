"""Planted identities: taken in, killed, searched, copied, backed up, rotated; no byte on disk tells one."""

from __future__ import annotations

import base64
import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from tests.e2e.cli_archive import CLI, ROOT, environment
from tests.planting import A_FILE, Finder, files_below, forms_of, people_of, secrets_of, write_files

IDENTITIES = 180

TAKEN_IN = """
import os, signal, sys
from itertools import count
from pathlib import Path
from api.bootstrap import Archive
from api.settings import Settings
from indexer.answers import Query
from indexer.catalogue import Catalogue, row_of
from indexer.intake import deposits_of, sources_in
from indexer.parsing.limits import Budget
from indexer.redaction.tables import masked_xlsx
from models.access.principal import Principal
from models.privacy.masking import profile
from tests.assembly import CATALOGUED, LIMITS, clerk

state, files, kill_at, asked = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
inside = (str(state.parent.resolve()), "/dev/", "/proc/")
originals = count(1)

def watch(event, arguments):
    if event != "open" or not isinstance(arguments[0], str):
        return
    if arguments[1] and set(arguments[1]) & set("wax+"):
        # What is written outside the archive, also where it is removed again.
        if not os.path.abspath(arguments[0]).startswith(inside):
            print("OUTSIDE", arguments[0], flush=True)
        if ".sm4." in arguments[0] and next(originals) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

archive = Archive(Settings(state=state), via="cli")
archive.ingestor
sys.addaudithook(watch)
deposits = deposits_of(sources_in([files]), Catalogue({}), LIMITS, row_of(CATALOGUED))
for outcome in archive.ingestor.ingest(deposits):
    print(outcome.kind.value, flush=True)
archive.index.catch_up()
for text in asked:
    print("ANSWER", archive.searcher.search(Query(text), clerk()))
workbook = next(files.glob("*.xlsx")).read_bytes()
made, touched = masked_xlsx(workbook, Budget(LIMITS), archive.detector.detect, profile("clerk"))
print("COPIED", touched)
operator = Principal("", frozenset())
archive.backups.write(state.parent / "backup.tgz", operator, state / "keys" / "master.key")
print("ROTATED", archive.key_rotation.rotate(operator).epoch)
"""


def taken_in(state: Path, files: Path, kill_at: int, *asked: str) -> tuple[int, list[str], str]:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", TAKEN_IN, str(state), str(files), str(kill_at), *asked],
        cwd=ROOT, env=environment(TMPDIR=str(state.parent / "tmp")),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines(), done.stderr


def nothing_clear(finder: Finder, folder: Path) -> None:
    """Raise AssertionError, with files and forms, where a planted value lies below ``folder``."""
    found = finder.forms_below(folder)
    assert found == {}, found


def prove(folder: Path, identities: int) -> dict[str, int]:
    """Plant, take in, kill, take in again, search, copy, back up, rotate; look at every byte after each part.

    Returns what was looked at. AssertionError names the file and the form of what was found, never the value.
    """
    people = people_of(identities)
    finder = Finder(secrets_of(people))
    files, disk = folder / "in", folder / "disk"
    state, temp = disk / "state", disk / "tmp"
    write_files(people, files)
    temp.mkdir(parents=True)
    deposits = len(list(files.iterdir()))
    assert sum(finder.forms_in("".join(secrets_of(people)).encode()).values()) >= 3 * identities
    code, said, err = taken_in(state, files, 35)
    assert code == -signal.SIGKILL, err
    assert (state / "archive.db-wal").stat().st_size > 0  # killed with the log full
    nothing_clear(finder, disk)
    code, more, err = taken_in(state, files, 0, people[0].resident_id, people[1].name, "退休审批")
    assert code == 0, err
    assert more.count("stored") + said.count("stored") == deposits
    assert more.count("stored") > 0
    assert [line for line in [*said, *more] if line.startswith("OUTSIDE")] == []
    assert sum(line.startswith("ANSWER") for line in more) == 3
    assert {"COPIED 20", "ROTATED 2"} <= set(more)
    assert finder.forms_in("\n".join([*said, *more, err]).encode()) == Counter()
    written = list(files_below(disk))
    assert {"archive.db", "backup.tgz", "master.key", "MANIFEST.json"} <= {path.name for path in written}
    nothing_clear(finder, disk)
    # ONNX Runtime leaves the random number of its session there, nothing of ours.
    assert {path.name for path in files_below(temp)} <= {".ses"}
    return {
        "identities": identities,
        "values": len(secrets_of(people)),
        "forms of each": len(forms_of(people[0].name)),
        "files": len(written),
        "bytes": sum(path.stat().st_size for path in written),
    }


@pytest.mark.slow
def test_planted_identities_leave_no_trace(tmp_path: Path) -> None:
    assert prove(tmp_path, IDENTITIES)["files"] > IDENTITIES // A_FILE


@pytest.mark.parametrize("secret", ["欧阳锦程", "11010519491231002X"])
def test_every_form_is_found(secret: str) -> None:
    finder = Finder([secret])
    for form in forms_of(secret):
        if not form.name.startswith("base64"):
            assert finder.forms_in(b"before " + form.core + b" after")[form.name] == 1
    for before, behind in product(range(6), range(4)):
        text = "x" * before + secret + "y" * behind
        for name in ("utf-8", "gb18030", "utf-16-le"):
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                found = finder.forms_in(encode(text.encode(name)))
                assert any(form.startswith(f"base64 of {name}") for form in found), (before, behind, name)


def test_what_only_looks_like_a_form_in_base64_is_none() -> None:
    """Names differ in the bits that stand in the signs around the core."""
    finder = Finder(["张三丰"])
    raw = "张三丰".encode("gb18030")
    for before in range(3):
        for flipped in (bytes([raw[0] ^ 128, *raw[1:]]), bytes([*raw[:-1], raw[-1] ^ 1])):
            assert finder.forms_in(base64.b64encode(b"x" * before + flipped + b"y")) == Counter()


def test_a_part_of_a_secret_is_no_secret() -> None:
    finder = Finder(["欧阳锦程", "11010519491231002X"])
    assert finder.forms_in("欧阳, 1101051949123100".encode()) == Counter()


# -- crashes ------------------------------------------------------------------------------------


def test_a_crash_writes_no_memory_down() -> None:
    script = (
        "import os, resource; from api.dumps import forbid_core_dumps, forbid_tracing; import ctypes;"
        "forbid_core_dumps(); forbid_tracing();"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True);"
        "os.abort()"
    )
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None
        said = process.stdout.read().decode().strip()
        _, status, _ = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    allowed = min(1, limits[1]) if limits[1] >= 0 else 1
    assert said == f"({allowed}, {allowed}) 0"
    assert os.WIFSIGNALED(status)
    assert not os.WCOREDUMP(status)


def test_every_command_forbids_dumps() -> None:
    script = f"import sys; sys.argv = ['chadang', '--help']; from {CLI[2]} import main; main()"
    script = f"import atexit, resource; atexit.register(lambda: print(resource.getrlimit(4)[0])); {script}"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] in {"0", "1"}
