"""Hostile files on their way in, over HTTP and by command: one outcome each, nothing written elsewhere."""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import pytest
import typer

from api.cli import ingest as command
from api.settings import Settings
from indexer.deposits import Outcome, OutcomeKind
from indexer.parsing import isolated
from indexer.parsing.isolated import IsolatedParser
from indexer.parsing.limits import ParsingLimits
from models.errors import ArchiveError, DamagedFile, UnreadableFile
from tests.e2e.http_archive import METADATA, House, settings_for
from tests.fuzzing.callers import SmallArchive, small_house
from tests.fuzzing.hostile_files import CANARY, bombs, polyglots, references, tricky_names, zip_of_tricks
from tests.fuzzing.mutations import ending_of, mutated
from tests.integration.test_parsing_hostile import BIG, VALID, docx, zipped

MIB = 2**20
ENDS = {kind.value for kind in OutcomeKind}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Watch:
    """Says what this process opens for writing and whom it calls, by an audit hook."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.called: list[object] = []
        self.on = False
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open" and isinstance(arguments[0], str) and arguments[2] & _WRITING:
            self.written.append(arguments[0])
        elif event in {"os.rename", "os.mkdir", "os.link", "os.symlink", "shutil.copyfile"}:
            self.written.append(str(arguments[1] if event != "os.mkdir" else arguments[0]))
        elif event == "socket.connect":
            self.called.append(arguments[1])

    @contextmanager
    def within(self, state: Path) -> Iterator[None]:
        """Watch the block; everything written must lie in ``state``, and nobody may be called."""
        self.written.clear()
        self.on = True
        try:
            yield
        finally:
            self.on = False
        outside = {p for p in self.written if not Path(p).resolve().is_relative_to(state.resolve())}
        assert outside <= {os.devnull}
        assert self.called == []


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()  # for good: no hook can be taken off


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def house(sandbox: Path) -> Iterator[House]:
    settings = settings_for(sandbox / "state", answer_floor_ms=0, max_file_mib=64, parser_memory_mib=1024)
    with small_house(SmallArchive(settings, "http")) as house:
        yield house


@contextmanager
def listener() -> Iterator[tuple[str, list[object]]]:
    """Listen on this machine; yield the address and whoever comes."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def wait() -> None:
            while True:
                try:
                    came.append(server.accept()[1])
                except OSError:
                    return

        Thread(target=wait, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/{CANARY}", came
        server.shutdown(socket.SHUT_RDWR)


def one_sentence(text: str) -> bool:
    return bool(re.fullmatch(r"[^\n。]{4,100}。(?:[^\n。]{4,60}。)?", text))


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def strays() -> list[str]:
    """Return files anywhere a name could have been meant for that a hostile name made."""
    places = (Path("/tmp"), Path("/tmp").parent, Path.cwd(), Path.home())  # noqa: S108
    return [str(found) for place in places for found in place.glob(f"*{CANARY}*")]


def upload(house: House, name: str, content: bytes) -> dict[str, Any]:
    headers = house.bearer("archivist")
    answer = house.deposit(headers, content, METADATA | {"title": name}, name)
    if answer.status_code != 202:
        assert answer.status_code in {400, 413, 422}, answer.text
        return {"kind": "quarantined", "detail": answer.json()["detail"]}
    return house.outcome(headers, answer.json()["job_id"])


def test_hostile_uploads_end_in_one_outcome_each(house: House, sandbox: Path, watch: Watch) -> None:
    before, files = tree(sandbox), [*bombs(), *polyglots()]
    with watch.within(sandbox / "state"):
        for name, content in files:
            job = upload(house, name, content)
            assert job["kind"] in ENDS, (name, job)
            assert job["kind"] == "stored" or one_sentence(job["detail"]), (name, job)
            assert house.client.get("/readyz").status_code == 200, name
    after = {path for path in tree(sandbox) if not path.startswith("state")}
    assert after == {path for path in before if not path.startswith("state")}
    assert strays() == []


def test_what_a_file_refers_to_is_not_fetched(house: House, sandbox: Path, watch: Watch) -> None:
    secret = sandbox / "secret.txt"
    secret.write_text("绝不可见的内容", encoding="utf-8")
    with listener() as (address, came):
        for name, content in (*references(address), *references(secret.as_uri())):
            job = upload(house, name, content)
            assert job["kind"] in ENDS
            if job["kind"] == "stored":
                read = house.client.get(f"/v1/documents/{job['doc_id']}", headers=house.bearer("archivist"))
                assert "绝不可见" not in read.text
        assert came == []


@pytest.mark.parametrize("name", ["", " ", ".", "..", *tricky_names()], ids=lambda n: ascii(n)[:30])
def test_a_name_over_http_is_a_label(house: House, name: str, sandbox: Path) -> None:
    text = f"工伤认定申请表，{len(name)}，{ascii(name)[:40]}。"
    answer = house.deposit(house.bearer("archivist"), text, METADATA, name or "无")
    assert answer.status_code in {202, 400}
    assert strays() == []
    assert not [p for p in tree(sandbox) if CANARY in p]
    if answer.status_code == 202:
        job = house.outcome(house.bearer("archivist"), answer.json()["job_id"])
        assert job["kind"] in ENDS


def test_hostile_files_by_command_end_in_one_outcome_each(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, state = tmp_path / "in", tmp_path / "state"
    folder.mkdir()
    for name, content in (*polyglots(), ("tricks.zip", zip_of_tricks()), ("bomb.zip", zipped({"a": BIG}))):
        (folder / name).write_bytes(content)
    (tmp_path / "outside.txt").write_text("别处的文件", encoding="utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.txt")
    archive = SmallArchive(settings_for(state, max_file_mib=64, parser_memory_mib=1024), "cli")
    ended: list[Outcome] = []
    real = type(archive.ingestor).ingest
    monkeypatch.setattr(command, "opened_archive_of", lambda *_, **__: archive)

    def told_of(*given: Any) -> Iterator[Outcome]:
        for outcome in real(*given):
            ended.append(outcome)
            yield outcome

    monkeypatch.setattr(type(archive.ingestor), "ingest", told_of)
    with watch.within(tmp_path), pytest.raises(typer.Exit) as ending:
        command.ingest([folder], state=state)
    assert ending.value.exit_code == 1
    told = {outcome.name: outcome for outcome in ended}
    assert all(one_sentence(o.detail) for o in ended if o.kind is not OutcomeKind.STORED)
    assert told["link.txt"].code == "unreadable_file"
    assert len([name for name in told if name.startswith("tricks.zip/")]) >= 20
    assert {p for p in tree(tmp_path) if CANARY in p} == set()
    assert strays() == []
    said = capsys.readouterr()
    assert "共" in said.out
    assert "别处的文件" not in said.out + said.err


def test_a_link_out_of_the_folder_is_refused_and_the_archive_never_takes_itself_in(tmp_path: Path) -> None:
    from indexer.intake import sources_in

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "state").mkdir()
    (tmp_path / "in" / "state" / "master.key").write_text("0" * 64)
    (tmp_path / "in" / "a.txt").write_text("内容")
    (tmp_path / "in" / "same.txt").symlink_to(tmp_path / "in" / "a.txt")
    (tmp_path / "in" / "key.txt").symlink_to(tmp_path / "in" / "state" / "master.key")
    (tmp_path / "in" / "passwd.txt").symlink_to("/etc/passwd")
    found = sources_in([tmp_path / "in"], state=tmp_path / "in" / "state")
    assert {(source.name, source.stray) for source in found} == {("a.txt", False), ("passwd.txt", True)}


# -- the parser process --------------------------------------------------------------------------

CONFINED = """
import socket, sys
from pathlib import Path
import models, indexer
from indexer.parsing.confinement import confine
told = confine(0, [Path(p.__file__).parent for p in (indexer, models)])
def tried(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "done"
def write():
    with open(sys.argv[2], "wb", buffering=0) as file:
        file.write(b"x")
    if not Path(sys.argv[2]).stat().st_size:
        raise OSError
print(told["files"], tried(lambda: open(sys.argv[1]).read()), tried(write),
      tried(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[3])), 2)))
"""


def test_the_parser_process_reads_no_key_writes_no_file_and_calls_nobody(tmp_path: Path) -> None:
    key = tmp_path / "master.key"
    key.write_text("0" * 64)
    with listener() as (address, came):
        port = address.rpartition(":")[2].partition("/")[0]
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", CONFINED, str(key), str(tmp_path / "made.txt"), port],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        )
        locked, read, written, called = done.stdout.split()
        if locked == "False":
            pytest.skip("no Landlock in this kernel")
        assert (read, written, called) == ("PermissionError",) * 3
        assert came == []
    assert not (tmp_path / "made.txt").exists()


def test_the_parser_process_is_not_told_the_master_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHADANG_MASTER_KEY", "5ec2e7" * 10)
    parser = IsolatedParser(ParsingLimits(), 0)
    parser.read_bytes(docx(), "a.docx")
    assert parser._process is not None
    environment = Path(f"/proc/{parser._process.pid}/environ").read_bytes()
    parser.close()
    assert b"5ec2e7" not in environment


@pytest.mark.parametrize("name", sorted(set(VALID) - {"a.tif"}))
def test_each_kind_is_read_as_the_first_file_of_a_process(name: str) -> None:
    parser = IsolatedParser(ParsingLimits(), 1024 * MIB)
    try:
        assert parser.read_bytes(VALID[name], name).pages[0].text.strip()
        assert parser.ended_over_files == 0
    finally:
        parser.close()


SWELLING = b"<html><body>" + b"<p>x" * (2 * MIB)
"""Becomes a tree of half a gigabyte, which takes a while."""


def test_a_crash_costs_one_file() -> None:
    parser = IsolatedParser(ParsingLimits(), 1024 * MIB)
    try:
        assert parser.read_bytes(docx(), "a.docx").pages
        assert parser._process is not None
        parser._process.kill()
        parser._process.wait()
        assert parser.read_bytes(docx(), "a.docx").pages  # between two files: no loss
        Timer(0.2, parser._running().kill).start()
        with pytest.raises(DamagedFile, match="异常退出") as told:
            parser.read_bytes(SWELLING, "a.html")
        assert parser.ended_over_files == 1
        assert one_sentence(told.value.detail)
        assert parser.read_bytes(docx(), "a.docx").pages
    finally:
        parser.close()


GROWN_PARENT = """
import sys
sys.path[:0] = [sys.argv[1]]
held = bytearray(1) * int(sys.argv[2])
del held
from indexer.parsing.isolated import IsolatedParser
from indexer.parsing.limits import ParsingLimits
from tests.integration.test_parsing_hostile import docx
parser = IsolatedParser(ParsingLimits(), 1024 * 2**20)
for _ in range(2):
    assert parser.read_bytes(docx(), "a.docx").pages
print(parser.ended_over_files)
"""


def test_what_its_parent_held_does_not_count_as_growth_of_the_process() -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", GROWN_PARENT, str(Path(__file__).parents[2]), str(1700 * MIB)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr


def test_a_process_that_has_grown_gives_its_answer_and_makes_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "_ENDS_ABOVE_BYTES", 1)
    parser, processes = IsolatedParser(ParsingLimits(), 1024 * MIB), set()
    try:
        for _ in range(3):
            processes.add(parser._running().pid)
            assert parser.read_bytes(docx(), "a.docx").pages
            assert parser._process is None
    finally:
        parser.close()
    assert (len(processes), parser.ended_over_files) == (3, 0)


def test_a_file_that_swells_is_refused_within_the_memory_given() -> None:
    parser = IsolatedParser(ParsingLimits(), 512 * MIB)
    try:
        with pytest.raises(UnreadableFile) as told:
            parser.read_bytes(SWELLING, "a.html")
        assert one_sentence(told.value.detail)
        assert parser.read_bytes(docx(), "a.docx").pages
    finally:
        parser.close()


def test_pages_come_as_from_the_parser_itself() -> None:
    from indexer.parsing.parsers import FileParser

    parser, here = IsolatedParser(ParsingLimits(), 0), FileParser(ParsingLimits())
    try:
        for name in sorted(set(VALID) - {"a.tif"}):
            assert parser.read_bytes(VALID[name], name) == here.read_bytes(VALID[name], name)
        for name, data in (("a.docx", b"PK\3\4"), ("a.pdf", docx()), ("a.zip", zipped({"a.txt": b"x"}))):
            refusals = []
            for reader in (parser, here):
                with pytest.raises(ArchiveError) as told:
                    reader.read_bytes(data, name)
                refusals.append((told.type, told.value.detail))
            assert refusals[0] == refusals[1]
    finally:
        parser.close()


def test_the_memory_of_the_parser_is_a_setting() -> None:
    assert Settings(_env_file=None, parser_memory_mib=512).parser_memory_mib == 512


def test_damaged_files_end_as_read_or_refused_and_cost_no_process() -> None:
    """A few of what `make fuzz-uploads` does by the thousand."""
    draw, parser = random.Random(20260101), IsolatedParser(ParsingLimits(), 1024 * MIB)
    files = VALID | {"a.html": "<!doctype html><p>工伤".encode(), "a.csv": b"a,b\n1,2\n"}
    try:
        for number in range(150):
            name = sorted(files)[number % len(files)]
            assert ending_of(parser, mutated(files[name], draw, files), name)
        assert parser.ended_over_files == 0
    finally:
        parser.close()
