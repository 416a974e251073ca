"""Annotated texts are read in three forms; what cannot be read is one sentence each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.privacy_sets import is_held_out, read_annotated

MARKED = "=== a-1 letter\n{{PERSON:王强}}同志\n\n=== a-2 none-line\n无。\n"
SPANS = (
    '{"id": "a-1", "text": "王强同志", "spans": [[0, 2, "PERSON"]], "form": "letter"}\n'
    '{"id": "a-2", "text": "无。", "spans": [], "form": "none-line"}\n'
)
ENTITIES = (
    '{"id": "a-1", "text": "王强同志", "form": "letter",'
    ' "entities": [{"start": 0, "end": 2, "label": "PERSON"}]}\r\n'
    '\n{"id": "a-2", "text": "无。", "entities": [], "form": "none-line"}'
)


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, "utf-8", newline="")
    return path


def test_all_forms_read_alike(tmp_path: Path) -> None:
    marked = read_annotated(written(tmp_path, "a.txt", MARKED))
    spans = read_annotated(written(tmp_path, "b.jsonl", SPANS))
    entities = read_annotated(written(tmp_path, "c.jsonl", "\ufeff" + ENTITIES))
    assert marked.texts == spans.texts == entities.texts
    assert [text.spans for text in marked.texts] == [{(0, 2, "PERSON")}, frozenset()]
    assert [text.is_line for text in marked.texts] == [False, True]
    assert [text.free for text in marked.texts] == [False, True]


def test_without_a_form_a_text_of_one_line_is_a_line(tmp_path: Path) -> None:
    lines = [json.dumps({"text": text, "entities": []}) for text in ("一行\n", "两行\n在此", "a\u2028b")]
    read = read_annotated(written(tmp_path, "a.jsonl", "\n".join(lines)))
    assert [(text.id, text.is_line) for text in read.texts] == [("1", True), ("2", False), ("3", True)]


def test_a_line_separator_inside_a_string_does_not_end_the_line(tmp_path: Path) -> None:
    line = json.dumps({"text": "甲\u2028乙", "entities": []}, ensure_ascii=False)
    read = read_annotated(written(tmp_path, "a.jsonl", line))
    assert [text.text for text in read.texts] == ["甲\u2028乙"]
    assert read.faults == ()


def test_labels_that_are_not_ours_are_counted_and_left_out(tmp_path: Path) -> None:
    entities = [(0, 2, "PERSON"), (2, 4, "ORG"), (4, 5, "ORG"), (5, 6, "CN_ID15"), (0, 2, "PERSON")]
    rows = [{"start": start, "end": end, "label": label} for start, end, label in entities]
    line = json.dumps({"text": "王强同志甲乙", "entities": rows})
    only = json.dumps({"text": "某公司", "entities": [{"start": 0, "end": 3, "label": "ORG"}]})
    read = read_annotated(written(tmp_path, "a.jsonl", f"{line}\n{only}"))
    assert read.foreign == {"ORG": 3}
    assert [text.spans for text in read.texts] == [{(0, 2, "PERSON"), (5, 6, "RESIDENT_ID")}, frozenset()]
    assert [text.free for text in read.texts] == [False, False]


def test_lone_surrogates_stay_in_the_text_and_nowhere_else(tmp_path: Path) -> None:
    entities = [{"start": 0, "end": 1, "label": "\ud800"}]
    line = json.dumps({"id": "\ud800", "form": "\ud800-line", "text": "甲\ud800", "entities": entities})
    read = read_annotated(written(tmp_path, "a.jsonl", line))
    (text,) = read.texts
    assert text.text == "甲\ud800"
    assert (text.id, text.form, read.foreign) == (r"\ud800", r"\ud800-line", {r"\ud800": 1})


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param("{", "不是合法的 JSON", id="cut off"),
        pytest.param("[" * 100_000, "不是合法的 JSON", id="nested too deep"),
        pytest.param("[]", "缺少文字字段 text", id="no object"),
        pytest.param('{"text": 5, "entities": []}', "缺少文字字段 text", id="text is no string"),
        pytest.param('{"text": "甲"}', "缺少标注列表 entities", id="no entities"),
        pytest.param('{"text": "甲", "entities": ["甲"]}', "第 1 个标注缺少", id="an entity is no object"),
        pytest.param(
            '{"text": "甲", "entities": [{"start": "0", "end": 1, "label": "PERSON"}]}',
            "第 1 个标注缺少",
            id="start is no number",
        ),
        pytest.param(
            '{"text": "甲", "spans": [[0, true, "PERSON"]]}', "第 1 个标注缺少", id="end is a truth value"
        ),
        pytest.param(
            '{"text": "秘密", "spans": [[0, 1, "PERSON"], [1, 3, "PERSON"]]}',
            "第 2 个标注的位置",
            id="past the end",
        ),
        pytest.param('{"text": "甲", "spans": [[1, 1, "PERSON"]]}', "第 1 个标注的位置", id="empty"),
        pytest.param(
            '{"text": "甲", "spans": [[-1, 1, "PERSON"]]}', "第 1 个标注的位置", id="before the start"
        ),
    ],
)
def test_a_bad_line_is_one_sentence_and_the_others_count(tmp_path: Path, line: str, says: str) -> None:
    path = written(tmp_path, "a.jsonl", f'{{"text": "好", "entities": []}}\n{line}\n')
    read = read_annotated(path)
    assert [text.text for text in read.texts] == ["好"]
    (fault,) = read.faults
    assert fault.startswith(f"{path} 第 2 行{says}")
    assert fault.endswith("。")
    assert "秘密" not in fault


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("a.jsonl", "\n \n", "是空的", id="empty"),
        pytest.param("a.jsonl", None, "打不开", id="absent"),
        pytest.param("a.txt", "=== a line\n{{PERSON:王强", "标注有误", id="broken mark"),
        pytest.param("a.txt", "=== a line\n{{NOBODY:王强}}", "标注有误", id="unknown kind"),
        pytest.param("a.txt", "", "是空的", id="no text"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, name: str, content: str | None, says: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content, "utf-8")
    read = read_annotated(path)
    assert read.texts == ()
    (fault,) = read.faults
    assert fault.startswith(f"{path} {says}")
    assert "王强" not in fault


def test_a_file_in_another_encoding_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"text": "甲", "entities": []}'.encode("gb18030"))
    assert "UTF-8" in read_annotated(path).faults[0]


@pytest.mark.parametrize(
    ("name", "held_out"),
    [("privacy_fresh_test.txt", True), ("Test.jsonl", True), ("tests/a_dev.jsonl", False)],
)
def test_held_out_files_are_known_by_their_own_name(name: str, held_out: bool) -> None:
    assert is_held_out(name) is held_out
