"""The officer's afternoon at the command line, as processes of their own."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli_archive import Done, chadang

NUMBER = "卷宗暗语乙丑廿四"
TEXTS = (
    f"退休审批表\n姓名：欧阳锦程\n身份证号码：11010519491231002X\n联系电话：16900000001\n见{NUMBER}。",
    "失业登记表\n姓名：上官云起\n联系电话：16900000002\n银行卡号：6299900000000000005\n登记失业。",
)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("officer-cli")
    metadata = {"region": "500111", "formed_on": "2019-03-05", "insurance_type": "养老"}
    lines = [
        json.dumps({"source_id": f"s{i}", "title": f"第{i}件", "text": text, "metadata": metadata})
        for i, text in enumerate(TEXTS)
    ]
    (folder / "records.jsonl").write_text("\n".join(lines), "utf-8")
    assert chadang("ingest", "--jsonl", folder / "records.jsonl", "--state", folder / "state").code == 0
    for name in ("yinsi", "fuhe"):
        added = chadang(
            "user", "add", name, "--role", "privacy_officer", "--region", "500111", "--no-login",
            "--state", folder / "state",
        )  # fmt: skip
        assert added.code == 0, added.err
    return folder / "state"


def privacy(state: Path, who: str, *arguments: str | Path) -> Done:
    return chadang("privacy", *arguments, "--as", who, "--state", state)


def made(done: Done) -> Any:
    assert done.code == 0, done.err
    return done.json()


@pytest.mark.slow
def test_an_afternoon_at_the_command_line(state: Path, tmp_path: Path) -> None:
    before = made(privacy(state, "yinsi", "report"))
    listed = made(privacy(state, "yinsi", "reports", "--json"))["reports"]
    one, two = sorted((row["doc_id"] for row in listed), key=lambda d: not has_id(state, d))
    findings = made(privacy(state, "yinsi", "report", "--document", two))["findings"]
    phone = next(f["number"] for f in findings if f["kind"] == "PHONE")
    number = str(next(f["number"] for f in findings if f["number"] != phone))
    confirmed = privacy(state, "yinsi", "review", two, number, "confirmed", "--reason", "核对无误")
    assert confirmed.code == 0, confirmed.err
    wrong = privacy(
        state, "yinsi", "review", two, str(phone), "false_positive", "--reason", "总机", "--days", "30"
    )
    allowance = wrong.out.split()[1].rstrip("，待另一位隐私专员批准。")
    start = TEXTS[0].index(NUMBER)
    span = ("--page", "1", "--start", str(start), "--end", str(start + len(NUMBER)), "--kind", "OTHER_CERT")
    added = privacy(state, "yinsi", "missed", one, *span, "--reason", "漏检")
    assert added.code == 0, added.err
    own = privacy(state, "yinsi", "approve", allowance)
    assert (own.code, "另一位" in own.err) == (2, True)
    assert privacy(state, "fuhe", "approve", allowance).code == 0

    totals = made(privacy(state, "fuhe", "report"))["totals"]
    assert totals["all"] == before["totals"]["all"] + 1
    assert (totals["confirmed"], totals["rejected"], totals["added"]) == (1, 1, 1)
    assert totals["open"] == before["totals"]["all"] - 2
    out = tmp_path / "report.csv"
    written = privacy(state, "fuhe", "report", "--document", two, "--format", "csv", "--out", out)
    assert (written.code, written.out) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert {row["复核状态"] for row in rows} >= {"已确认", "误报"}
    page = privacy(state, "fuhe", "report", "--format", "html").out
    assert "签字" in page
    regression = privacy(state, "fuhe", "regression").lines()
    assert {line["verdict"] for line in regression} == {"missed", "false_positive"}
    everything = json.dumps([totals, rows, regression], ensure_ascii=False) + page
    assert not any(value in everything for value in (NUMBER, "16900000002", "11010519491231002X"))


def has_id(state: Path, doc_id: str) -> bool:
    found = made(privacy(state, "yinsi", "report", "--document", doc_id))["findings"]
    return any(f["kind"] == "RESIDENT_ID" for f in found)


def test_a_full_report_asks_who_wants_it(state: Path) -> None:
    asked = chadang("privacy", "report", "--format", "html", "--state", state)
    assert (asked.code, asked.out) == (2, "")
    assert "--as" in asked.err
    absent = privacy(state, "yinsi", "report", "--document", "absent")
    assert (absent.code, absent.out) == (2, "")
