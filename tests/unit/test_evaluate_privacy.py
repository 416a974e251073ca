"""`chadang-train evaluate privacy`: measured side by side, shown to people and machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.errors import InvalidInput
from training.cli import app
from training.evaluate_privacy import Outcome, errors_in, measure
from training.privacy_figures import Agreement, Span
from training.privacy_sets import AnnotatedFile, AnnotatedText
from training.privacy_systems import System
from training.privacy_tables import as_json, tables

ROWS = (
    '{"text": "联系人：王强，电话13812345678。\\n民族：汉族", "entities": ['
    '{"start": 4, "end": 6, "label": "PERSON"}, {"start": 9, "end": 20, "label": "PHONE"},'
    '{"start": 25, "end": 27, "label": "ETHNICITY"}, {"start": 0, "end": 3, "label": "ROLE"}]}\n'
    '{"text": "渝社险〔2021〕15号", "entities": []}\n'
)
RULES = ["evaluate", "privacy", "--system", "chadang-rules"]


def text(content: str, spans: set[Span], form: str) -> AnnotatedText:
    return AnnotatedText("a", content, frozenset(spans), form, free=not spans)


SET = AnnotatedFile(
    "dev.jsonl",
    (
        text("王强甲\n汉族", {(0, 2, "PERSON"), (4, 6, "ETHNICITY")}, "letter"),
        text("李四", {(0, 2, "PERSON")}, "line"),
        text("无人\ud800", set(), "none-line"),
    ),
    {},
    (),
)


def first_two(texts: Sequence[str]) -> list[frozenset[Span] | None]:
    """Take the first two characters of a text for a person; fail where it cannot be encoded."""
    return [None if "\ud800" in given else frozenset({(0, 2, "PERSON")}) for given in texts]


def test_measured_by_part_and_report_only_kinds_apart() -> None:
    measured = measure("two", first_two, SET)
    assert measured.all.all.exact == Agreement(2, 2, 2, 2)
    assert measured.documents is not None
    assert measured.documents.texts == 1
    assert measured.lines is not None
    assert (measured.lines.texts, measured.lines.false_alarms.texts) == (2, 1)
    assert measured.report_only is not None
    assert measured.report_only.all.exact == Agreement(1, 0, 0, 0)
    assert measured.failures == 1
    assert measured.forms == {
        "letter": Agreement(1, 1, 1, 1),
        "line": Agreement(1, 1, 1, 1),
        "none-line": Agreement(0, 0, 0, 0),
    }
    assert measured.speed.characters_per_s == pytest.approx(11 / measured.speed.seconds)
    assert measured.speed.documents_per_s == pytest.approx(3 / measured.speed.seconds)


def test_a_file_of_lines_has_no_part_of_documents() -> None:
    measured = measure("two", first_two, AnnotatedFile("a", SET.texts[1:], {}, ()))
    assert measured.documents is None
    assert measured.report_only is None


def test_tables_name_what_is_missing_and_quote_no_text() -> None:
    outcomes = [
        Outcome(System("two", "1.0", first_two), (measure("two", first_two, SET),)),
        Outcome(System("absent", "", None, "未安装"), ()),
    ]
    shown = list(tables([SET], outcomes, report_only=True))
    assert "王强" not in "".join(shown)
    assert any(line.split() == ["absent", "未安装"] for line in shown)
    (total,) = [line.split() for line in shown if line.split()[:1] == ["合计"] and line.split()[1] == "2"]
    assert total == ["合计", "2", "2", *["1.000"] * 6]
    assert any(line.startswith("ETHNICITY") for line in shown)
    assert any(line.split() == ["letter", "1", "1.000"] for line in shown)
    assert any(line.split() == ["none-line", "0", "误报", "0"] for line in shown)
    assert not any(line.startswith("ETHNICITY") for line in tables([SET], outcomes, report_only=False))


def test_several_files_are_shown_side_by_side_with_their_gap() -> None:
    other = AnnotatedFile("test.jsonl", (text("甲乙丙", {(1, 3, "PERSON")}, "line"), *SET.texts), {}, ())
    measured = tuple(measure("two", first_two, annotated) for annotated in (SET, other))
    outcomes = [
        Outcome(System("two", "1.0", first_two), measured),
        Outcome(System("absent", "", None, "未安装"), ()),
    ]
    shown = list(tables([SET, other], outcomes, report_only=False))
    place = shown.index("各文件一致F1，及最高与最低之差")
    assert [line.split() for line in shown[place + 3 : place + 6]] == [
        ["系统", "[1]", "[2]", "差距"],
        ["two", "1.000", "0.667", "0.333"],
        ["absent", "未安装"],
    ]


def test_json_says_the_same_without_numbers_that_are_none() -> None:
    outcomes = [Outcome(System("two", "1.0", first_two), (measure("two", first_two, SET),))]
    said = json.loads(json.dumps(as_json([SET], outcomes)))
    (measured,) = said["systems"][0]["measurements"]
    assert measured["all"]["exact"] == {"gold": 2, "found": 2, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert measured["all"]["free_of_data"] == {"texts": 1, "alarms": 0, "per_20": 0.0}
    assert measured["report_only"]["exact"]["precision"] is None
    assert measured["documents"]["texts"] == 1


def test_errors_show_context_and_what_was_found_instead() -> None:
    annotated = AnnotatedFile("dev.jsonl", (text("说王强\ud800在", {(1, 3, "PERSON")}, "line"),), {}, ())
    ((wrong, line),) = errors_in(lambda texts: [frozenset({(0, 3, "PERSON")})] * len(texts), annotated)
    assert wrong == "PERSON\textent"
    assert line.split("\t")[4] == "说⟦王强⟧\\ud800在 PERSON=⟦说王强⟧"


def test_the_command_prints_json_and_leaves_other_labels_out(tmp_path: Path) -> None:
    path = tmp_path / "dev.jsonl"
    path.write_text(ROWS, "utf-8")
    done = CliRunner().invoke(app, [*RULES, "--data", str(path), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["files"][0]["left_out_labels"] == {"ROLE": 1}
    (measured,) = said["systems"][0]["measurements"]
    assert measured["all"]["kinds"]["PHONE"]["exact"]["f1"] == 1.0
    assert measured["all"]["free_of_data"]["texts"] == 1


def test_the_command_measures_what_it_can_read_and_says_what_not(tmp_path: Path) -> None:
    path = tmp_path / "dev.jsonl"
    path.write_text(ROWS + "{\n", "utf-8")
    done = CliRunner().invoke(app, [*RULES, "--data", str(path), "--data", str(path)])
    assert done.exit_code == 1
    assert done.stderr.count("第 3 行不是合法的 JSON") == 1
    assert "有 1 行无法读取，未计入。" in done.stdout
    assert "PHONE" in done.stdout


def test_a_held_out_file_shows_figures_only(tmp_path: Path) -> None:
    path = tmp_path / "privacy_test.jsonl"
    path.write_text(ROWS, "utf-8")
    figures = CliRunner().invoke(app, [*RULES, "--data", str(path)])
    assert figures.exit_code == 0
    assert "留出的测试集" in figures.stdout
    errors = CliRunner().invoke(app, [*RULES, "--data", str(path), "--errors"])
    assert isinstance(errors.exception, InvalidInput)
    assert "只看数字" in errors.exception.detail
    assert "王强" not in figures.output + errors.output


def test_errors_of_a_development_file_are_listed_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "dev.jsonl"
    path.write_text(
        '{"text": "天气很好。", "entities": [{"start": 0, "end": 2, "label": "PERSON"}]}', "utf-8"
    )
    done = CliRunner().invoke(app, [*RULES, "--data", str(path), "--errors"])
    assert done.exit_code == 0, done.output
    assert "missed\tPERSON\t⟦天气⟧很好。" in done.stdout
    assert done.stdout.rstrip().endswith("1\tPERSON\tmissed")


def test_nothing_to_measure_is_one_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [*RULES, "--data", str(tmp_path / "absent.jsonl")])
    assert isinstance(done.exception, InvalidInput)
    assert "打不开" in done.stderr
