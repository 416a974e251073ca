"""JSON Lines over pipes: an answer before the next question, bad lines, odd characters, a way out."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli_archive import CLI, HOLDER_ID, ROOT, Conversation, chadang, environment

TEXT = f"工伤认定决定书：职工李某某，公民身份号码{HOLDER_ID}，在工地摔伤，认定为工伤。"
BAD_LINES = (
    b"not json",
    b"[1, 2]",
    b"null",
    b'"text"',
    b'{"id": "open',
    b"\xff\xfe\xfa",
    b"[" * 5000,
)
IDS = ("文字", 7, 1.5, None, True, ["列", 1], {"号": 1}, "\ud800")


def _assert_refused(answer: dict[str, Any]) -> None:
    assert answer["id"] is None
    assert answer["error"]["code"] == "invalid_input"
    assert answer["error"]["detail"].endswith("。")


def test_detect_answers_line_by_line_whatever_comes() -> None:
    talk = Conversation("privacy", "detect", "--jsonl", "-", env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    first = talk.ask({"id": 1, "text": TEXT})
    kinds = {d["kind"]: TEXT[d["start"] : d["end"]] for d in first["detections"]}
    assert kinds["RESIDENT_ID"] == HOLDER_ID
    for identifier in IDS:
        assert talk.ask({"id": identifier, "text": "没有"}) == {"id": identifier, "detections": []}
    for line in BAD_LINES:
        _assert_refused(talk.ask(line))
    for request in (
        {"id": "a"},
        {"id": "a", "text": None},
        {"id": "a", "text": 5},
        {"id": "a", "text": ["x"]},
    ):
        answer = talk.ask(request)
        assert (answer["id"], answer["error"]["code"]) == ("a", "invalid_input")
    odd = "\ud800" + "\x00" + TEXT
    (place,) = [d for d in talk.ask({"text": odd})["detections"] if d["kind"] == "RESIDENT_ID"]
    assert odd[place["start"] : place["end"]] == HOLDER_ID
    assert talk.ask("\ufeff".encode() + json.dumps({"id": "bom", "text": ""}).encode() + b"\r")["id"] == "bom"
    done = talk.end()
    assert (done.code, done.out) == (1, "")
    assert done.err == f"有 {len(BAD_LINES) + 4} 行未能处理，原因见各行的 error。\n"


def test_classify_answers_line_by_line() -> None:
    talk = Conversation("classify", "--jsonl", "-")
    answer = talk.ask({"id": {"n": 1}, "text": TEXT})
    assert (answer["id"], answer["insurance_type"]) == ({"n": 1}, "工伤")
    assert sum(p["probability"] for p in answer["labels"]) == pytest.approx(1, abs=1e-3)
    assert answer["decision"] in {"ACCEPTED", "NEEDS_REVIEW"}
    _assert_refused(talk.ask(b"{}}"))
    assert talk.ask({"id": 2})["error"]["code"] == "invalid_input"
    assert talk.ask({"id": 3, "text": "\udfff\x00"})["id"] == 3
    form = "工伤职工工亡待遇核定表：核定供养亲属抚恤金、丧葬补助金和一次性工亡补助金。"
    follows = talk.ask({"id": 4, "text": form, "formed_on": "2024-03-01"})["retention"]
    assert (follows["class"], follows["class_code"], follows["period"]) == ("六", "GS", "50年")
    assert follows["verified"]
    assert follows["due_on"] == "2075-01-01"
    assert talk.ask({"id": 5, "text": form, "formed_on": "三月"})["error"]["code"] == "invalid_input"
    assert talk.end().code == 1


def test_ingest_and_search_line_by_line_and_interrupted(tmp_path: Path) -> None:
    state = tmp_path / "state"
    metadata = {"region": "500111001", "formed_on": "2024-03-01", "insurance_type": "工伤"}
    one = {"source_id": "r1", "title": "认定书", "text": TEXT, "metadata": metadata}
    talk = Conversation("ingest", "--jsonl", "-", "--state", state)
    assert talk.ask(one)["outcome"] == "stored"
    assert talk.ask(one)["outcome"] == "duplicate"
    _assert_refused(talk.ask(b"not json"))
    refused = talk.ask({"source_id": 8, "text": None})
    assert (refused["id"], refused["error"]["code"]) == (8, "invalid_input")
    odd = talk.ask({"source_id": "r2", "text": "\ud800坏字\x00 失业登记表"})
    assert (odd["id"], odd["outcome"]) == ("r2", "stored")
    assert talk.ask(one | {"source_id": "r3"})["outcome"] == "stored"
    talk.process.send_signal(signal.SIGINT)
    done = talk.end()
    assert done.code == 130
    assert "已中断；已完成的部分都已保存" in done.err
    twice = b"\r\n".join([json.dumps(one).encode(), b"", json.dumps(one | {"source_id": "r3"}).encode()])
    again = chadang("ingest", "--jsonl", "-", "--state", state, stdin=twice)
    assert [(line["id"], line["outcome"]) for line in again.lines()] == [
        ("r1", "duplicate"),
        ("r3", "duplicate"),
    ]
    assert again.code == 0
    assert "共 2 件：重复 2。没有新增。" in again.err
    added = chadang(
        *("user", "add", "zhang", "--role", "clerk", "--line", "HRSS", "--region", "500111"),
        *("--no-login", "--state", state),
    )
    assert added.code == 0
    _search_line_by_line(state)


def _search_line_by_line(state: Path) -> None:
    talk = Conversation("search", "--jsonl", "-", "--as", "zhang", "--state", state)
    answer = talk.ask({"id": [1], "query": "工地摔伤", "limit": 1})
    assert (answer["id"], len(answer["hits"])) == ([1], 1)
    assert answer["hits"][0]["source_id"] in {"r1", "r3"}
    assert HOLDER_ID not in json.dumps(answer)
    assert len(talk.ask({"id": 2, "query": "工地摔伤"})["hits"]) == 2
    for request in (
        {"query": "x", "limit": 0},
        {"query": "x", "limit": 101},
        {"query": "x", "limit": True},
        {},
    ):
        assert talk.ask({"id": 3, **request})["error"]["code"] == "invalid_input"
    assert talk.ask({"id": 4, "query": "\ud800\x00"})["id"] == 4
    assert talk.ask({"id": 5, "query": "长" * 2001})["error"]["code"] == "invalid_input"
    assert talk.ask({"qid": "q", "query": ""}) == {"id": "q", "hits": []}
    assert talk.end().code == 1


def test_a_reader_that_leaves_ends_the_command_quietly(tmp_path: Path) -> None:
    source = tmp_path / "many.jsonl"
    source.write_text((json.dumps({"id": "长" * 500, "text": TEXT}) + "\n") * 400, "utf-8")
    process = subprocess.Popen(  # noqa: S603
        [*CLI, "privacy", "detect", "--jsonl", str(source)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline())["detections"]
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) in {0, 1}


def test_nothing_in_nothing_out() -> None:
    done = chadang("privacy", "detect", "--jsonl", "-", stdin=b"\r\n\n  \n")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_classify_and_mask_files(tmp_path: Path) -> None:
    good, bad = tmp_path / "认定书.txt", tmp_path / "空.txt"
    good.write_text(TEXT, "utf-8")
    bad.touch()
    done = chadang("classify", good, bad, tmp_path / "没有.txt", "--json")
    told = done.json()
    assert done.code == 1
    assert [row.get("insurance_type") for row in told] == ["工伤", None, None]
    assert [row["error"]["code"] for row in told[1:]] == ["empty_file", "unreadable_file"]
    assert f"{bad}：空文件：" in done.err
    masked = chadang("privacy", "mask", good)
    assert masked.code == 0
    assert HOLDER_ID not in masked.out
    assert "认定为工伤" in masked.out
    wrong = chadang("privacy", "mask", good, "--profile", "nobody")
    assert (wrong.code, wrong.out, wrong.err.count("\n")) == (2, "", 1)
