"""The scorer of the quality sets counts and names errors as its README says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.quality.annotated_texts import Row, is_held_out, read_rows
from tests.quality.privacy_scores import Scored, development_files, errors_of, exact_figures, main


def test_both_formats_read_alike(tmp_path: Path) -> None:
    marked, lines = tmp_path / "a.txt", tmp_path / "a.jsonl"
    marked.write_text("=== a-1 letter\n{{PERSON:王强}}同志\n\n=== a-2 none\n无。\n", "utf-8")
    lines.write_text(
        '{"id": "a-1", "text": "王强同志", "spans": [[0, 2, "PERSON"]], "form": "letter"}\n'
        '{"id": "a-2", "text": "无。", "spans": [], "form": "none"}\n',
        "utf-8",
    )
    assert read_rows(marked) == read_rows(lines)


def test_errors_have_names() -> None:
    gold = frozenset({(0, 3, "PERSON"), (5, 8, "ADDRESS"), (10, 12, "PERSON"), (14, 16, "PHONE")})
    found = frozenset({(0, 2, "PERSON"), (5, 8, "PERSON"), (14, 16, "PHONE"), (18, 20, "PERSON")})
    item = Scored(Row("a", "零" * 20, gold, "line"), found)
    assert list(errors_of(item)) == [
        ("extent", (0, 3, "PERSON")),
        ("kind", (5, 8, "ADDRESS")),
        ("missed", (10, 12, "PERSON")),
        ("alarm", (18, 20, "PERSON")),
    ]
    assert exact_figures([item]).recall == 0.25


def test_held_out_files_show_no_errors_and_are_scored_only_by_name(tmp_path: Path) -> None:
    path = tmp_path / "privacy_fresh_test.txt"
    path.write_text("=== a-1 none\n无。\n", "utf-8")
    with pytest.raises(SystemExit):
        main(["--errors", str(path)])
    assert not any(is_held_out(found) for found in development_files())
