"""`chadang demo`: the tour's question for a person, over a few files of the sample."""

from __future__ import annotations

import csv
import shutil

import pytest

from tests.e2e.cli_archive import ROOT, Done, chadang

SAMPLE = ROOT / "data" / "sample"
ASKED = "王强2019年的退休审批表"
OF_THE_PERSON, MEDICAL = "D015-SB·2019-D50-YL-7037", "D010-SB·2024-D10-YB-7041"
HIDDEN = "      最相关的 D015-SB·2019-D50-YL-7037 不可见："


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The demonstration of two files: the person's, and one of the other line."""
    folder = tmp_path_factory.mktemp("tour")
    with (SAMPLE / "catalogue.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if row["档号"] in {OF_THE_PERSON, MEDICAL}]
    for row in rows:
        target = folder / "sample" / row["文件"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLE / row["文件"], target)
    with (folder / "sample" / "catalogue.csv").open("w", encoding="utf-8-sig", newline="") as written:
        table = csv.DictWriter(written, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return chadang("demo", "--state", folder / "state", "--sample", folder / "sample")


def answers(tour: Done) -> dict[str, list[str]]:
    """Return, by who asked, the lines of the answer to the question for the person."""
    assert tour.code == 0, tour.err
    (part,) = (p for p in tour.out.split("\n问 ") if p.partition("：")[2].startswith(f"{ASKED}\n"))
    lines = part.split("\n\n")[0].splitlines()[1:]
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("      "):
            found[next(reversed(found))].append(line)
        else:
            who, _, told = line.strip().partition("：")
            found[who] = [told]
    return found


def test_a_person_is_found_by_name_and_year_by_those_who_may_see_the_file(tour: Done) -> None:
    told = answers(tour)
    for who in ("龙岗街道人社经办", "大足区隐私专员", "大足区人社档案员"):
        assert told[who][0].endswith(f"首件《职工退休审批表》{OF_THE_PERSON}"), told[who]
        assert len(told[who]) == 1


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("大足区医保经办", "条线不符：医保账号不可见只属人社条线的文件"),
        ("民政局（共享单位）", "共享单位不能检索档案内容"),
    ],
)
def test_who_may_not_see_the_file_gets_nothing_of_it(tour: Done, who: str, why: str) -> None:
    first, *rest = answers(tour)[who]
    assert OF_THE_PERSON not in first
    assert "退休审批" not in first
    assert rest == [HIDDEN + why]
    if "共享单位" in who:
        assert first == "0 件"


def test_the_tour_prints_no_name_or_number_of_a_holder(tour: Done) -> None:
    """But for the question itself. The other title of this sample holds its holder's name."""
    with (SAMPLE / "catalogue.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if row["档号"] in {OF_THE_PERSON, MEDICAL}]
    printed = tour.out.replace(f"：{ASKED}\n", "\n") + tour.err
    for row in rows:
        assert row["持有人"] not in printed
        assert row["公民身份号码"] not in printed
    assert any(row["持有人"] in row["题名"] for row in rows)
    assert MEDICAL in printed
