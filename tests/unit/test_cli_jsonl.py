"""Reading JSON Lines: batches, encodings, lines that are too long."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from api.cli.jsonl import (
    MAX_LINE_BYTES,
    answer_lines,
    id_of,
    is_waited_for,
    lines_of,
    text_field,
)
from api.cli.options import json_line
from models.errors import InvalidInput


def _lines(path: Path) -> list[str | InvalidInput]:
    return [line for batch in lines_of(str(path)) for line in batch]


def test_lines_come_in_order_whatever_their_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes("\ufeff一\r\n\n  \n二\n三".encode())
    assert [str(line).strip() for line in _lines(path)] == ["一", "二", "三"]


def test_many_lines_come_in_order(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("".join(f"{n}\n" for n in range(3000)), "utf-8")
    assert [int(str(line)) for line in _lines(path)] == list(range(3000))


def test_a_line_that_is_too_long_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"a\n" + b"x" * (2 * MAX_LINE_BYTES + 5) + b"\nb\n")
    first, long, last = _lines(path)
    assert (str(first).strip(), str(last).strip()) == ("a", "b")
    assert isinstance(long, InvalidInput)
    assert "64 MiB" in long.detail


def test_a_line_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes("工伤\n".encode("gb18030") + b"ok\n")
    wrong, right = _lines(path)
    assert isinstance(wrong, InvalidInput)
    assert right == "ok\n"


def test_one_bad_request_spoils_none_of_its_batch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(requests: Sequence[Mapping[str, Any]]) -> list[Mapping[str, object]]:
        return [{"id": id_of(r), "length": len(text_field(r, "text"))} for r in requests]

    path = tmp_path / "x.jsonl"
    path.write_text('{"id":1,"text":"一"}\n{"qid":[2]}\nx\n{"id":4,"text":"\\ud83d\\ude00"}\n', "utf-8")
    assert answer_lines(str(path), answer) == 2
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in told] == [1, [2], None, 4]
    assert [line.get("length") for line in told] == [1, None, None, 1]


def test_lone_surrogates_keep_their_places() -> None:
    assert text_field({"text": "a\ud800\udfff中😀"}, "text") == "a??中😀"


def test_any_text_can_be_printed_as_a_line() -> None:
    value = {"id": "\ud800", "title": "中"}
    line = json_line(value)
    assert json.loads(line) == value
    assert line.encode("utf-8")
    assert "\n" not in json_line({"id": "a\nb"})


def test_a_pipe_is_waited_for_and_a_file_is_not(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    assert not is_waited_for(str(tmp_path / "x"))
    assert is_waited_for("-")
    assert is_waited_for("/dev/stdin") or Path("/dev/stdin").is_file()
