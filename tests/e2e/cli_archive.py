"""`chadang` as a process of its own, and the folder of files that the command-line tests take in."""

from __future__ import annotations

import csv
import json
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.privacy.checksums import resident_id_check_char
from training.synthetic.archive import HEADER, archive_documents, catalogue_row

ROOT = Path(__file__).parents[2]
CLI = (sys.executable, "-m", "api.cli.main")
TODAY = "2026-01-15"
_ID_BODY = "50019919850607123"  # a county code that is not assigned
HOLDER_ID = _ID_BODY + resident_id_check_char(_ID_BODY)
HOLDER = "欧阳锦程"
INJURY_NO = "D015-SB·2024-D50-GS-9001"
ALLOWANCE_NO = "D020-YB·2024-D30-SY-9003"
GOOD_FILES, BROKEN_FILES = 180, 20
ACCOUNTS = {
    "zhang": ("--role", "clerk", "--line", "HRSS", "--region", "500111001"),
    "yibao": ("--role", "clerk", "--line", "MEDICAL", "--region", "500111"),
    "yinsi": ("--role", "privacy_officer", "--region", "500111"),
    "minzheng": ("--role", "partner", "--region", "500111"),
    "nobody": ("--role", "clerk", "--line", "HRSS"),
}


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def environment(**changes: str) -> dict[str, str]:
    """The environment without settings of whoever runs the tests, but with the converted model."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHADANG_")}
    cache = os.environ.get("CHADANG_MODEL_CACHE", str(ROOT / "data" / "var" / "cache" / "models"))
    return kept | {"CHADANG_MODEL_CACHE": cache, "HF_HUB_OFFLINE": "1"} | changes


def chadang(*arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Done:
    done = subprocess.run(  # noqa: S603
        [*CLI, *map(str, arguments)],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        env=environment(**(env or {})),
        timeout=240,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


class Conversation:
    """A command that is asked line by line through pipes."""

    def __init__(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(  # noqa: S603
            [*CLI, *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(**(env or {})),
            bufsize=0,
            # A suite in the background inherits "ignore Ctrl-C"; a clerk's terminal does not.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def ask(self, line: bytes | dict[str, Any]) -> dict[str, Any]:
        """Write one line and return its answer; the next line is not written before."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        raw = line if isinstance(line, bytes) else json.dumps(line).encode()
        self.process.stdin.write(raw + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], 90)
            assert ready, "no answer within 90 s"
            byte = self.process.stdout.read(1)
            assert byte, self.process.stderr.read().decode() if self.process.stderr else ""
            answer += byte
        value: dict[str, Any] = json.loads(answer.decode("utf-8"))
        return value

    def end(self) -> Done:
        out, err = self.process.communicate(timeout=120)
        assert b"Traceback" not in err, err.decode()
        return Done(self.process.returncode, out.decode(), err.decode())


def _known() -> list[tuple[str, str, dict[str, str]]]:
    """Files whose content the tests know: name, text, catalogue row by header."""
    person = f"{HOLDER}，公民身份号码{HOLDER_ID}"
    row = {"行政区划代码": "500111001", "访问级别": "内部", "条线": "HRSS", "险种": "工伤"}
    accident = "在街道安置房工地搭脚手架时摔伤，认定为工伤。"
    injury = row | {"材料类型": "工伤认定决定", "持有人": HOLDER, "公民身份号码": HOLDER_ID}
    return [
        (
            "已知/一.txt",
            f"工伤认定决定书\n{person}，二〇二四年五月{accident}",
            injury | {"题名": "脚手架摔伤认定书甲", "档号": INJURY_NO, "形成日期": "2024-05-06"},
        ),
        (
            "已知/二.txt",
            f"工伤认定决定书\n{person}，二〇二二年五月{accident}",
            injury
            | {"题名": "脚手架摔伤认定书乙", "档号": "D015-SB·2022-D50-GS-9002", "形成日期": "2022-05-06"},
        ),
        (
            "已知/三.txt",
            f"生育津贴核定表\n{person}，剖宫产，核定生育津贴一百二十八天。",
            row
            | {"险种": "生育", "条线": "MEDICAL", "题名": "剖宫产生育津贴核定表", "档号": ALLOWANCE_NO}
            | {"形成日期": "2024-07-01", "持有人": HOLDER, "公民身份号码": HOLDER_ID},
        ),
    ]


def broken_files() -> dict[str, bytes]:
    noise = random.Random(7)
    made: dict[str, bytes] = {"坏/空.txt": b""}
    for i in range(7):
        made[f"坏/不明{i}.dat"] = noise.randbytes(600)
        made[f"坏/断{i}.pdf"] = b"%PDF-1.7\n" + noise.randbytes(600)
    for i in range(BROKEN_FILES - len(made)):
        made[f"坏/半{i}.docx"] = b"PK\x03\x04" + noise.randbytes(600)
    return made


def write_drop(folder: Path) -> None:
    """Write 200 files, 20 of them broken, a GB18030 catalogue, and files that are none of anybody's."""
    rows = []
    for name, text, row in _known():
        _write(folder / name, text.encode())
        rows.append([row.get(header, "") for header in HEADER if header != "文件"] + [name])
    documents = archive_documents(GOOD_FILES - len(rows), 5)
    for number, document in enumerate(documents):
        name = f"文件/{number:03}.txt"
        _write(folder / name, "\f".join(document.pages).encode())
        rows.append([*catalogue_row(document.catalogue), name])
    with (folder / "catalogue.csv").open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows)
    for name, content in broken_files().items():
        _write(folder / name, content)
    _write(folder / ".隐藏.txt", b"hidden")
    _write(folder / "文件" / "~$打开着.docx", b"lock")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
