"""One archive over the command line: a mixed drop, four people with one question, checks, damage."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli_archive import (
    ACCOUNTS,
    ALLOWANCE_NO,
    BROKEN_FILES,
    CLI,
    GOOD_FILES,
    HOLDER,
    HOLDER_ID,
    INJURY_NO,
    ROOT,
    TODAY,
    Done,
    broken_files,
    chadang,
    environment,
    write_drop,
)

QUESTIONS = {
    "injury": "脚手架上摔伤的工伤认定",
    "birth": "剖宫产领生育津贴",
    "number": INJURY_NO,
    "person": f"{HOLDER}的工伤认定",
    "before": "前年脚手架摔伤认定书",
}
Answers = dict[str, dict[str, list[dict[str, Any]]]]


@pytest.fixture(scope="session")
def drop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "drop"
    write_drop(folder)
    return folder


@pytest.fixture(scope="session")
def state(drop: Path) -> Path:
    return drop.parent / "state"


@pytest.fixture(scope="session")
def taken_in(drop: Path, state: Path) -> Done:
    return chadang("ingest", drop, "--state", state, "--json")


@pytest.fixture(scope="session")
def answers(taken_in: Done, state: Path) -> Answers:
    """What every account was answered, each in one process."""
    assert taken_in.code == 1
    asked = "\n".join(json.dumps({"id": name, "query": text}) for name, text in QUESTIONS.items())
    told: Answers = {}
    for name, options in ACCOUNTS.items():
        added = chadang("user", "add", name, *options, "--no-login", "--state", state)
        assert added.code == 0, added.err
        done = chadang(
            "search", "--jsonl", "-", "--as", name, "--today", TODAY, "--state", state, stdin=asked.encode()
        )
        assert done.code == 0, done.err
        told[name] = {line["id"]: line["hits"] for line in done.lines()}
    return told


@pytest.fixture
def copied(answers: Answers, state: Path, tmp_path: Path) -> Path:
    """A copy of the archive, to be damaged."""
    assert answers
    shutil.copytree(state, tmp_path / "copy")
    return tmp_path / "copy"


# -- taking in --------------------------------------------------------------------------------


def test_every_file_of_a_mixed_drop_has_an_outcome(taken_in: Done) -> None:
    assert taken_in.code == 1
    assert taken_in.json()["outcomes"] == {"stored": GOOD_FILES, "quarantined": BROKEN_FILES}
    for name in broken_files():
        assert f"已隔离 {name}：" in taken_in.err


def test_quarantine_lists_what_is_broken_with_reason(taken_in: Done, state: Path) -> None:
    listed = chadang("quarantine", "--state", state, "--json").json()
    assert {row["name"] for row in listed} == set(broken_files())
    assert all(row["code"] and row["detail"].endswith("。") for row in listed)
    shown = chadang("quarantine", "--state", state).out
    assert all(name in shown for name in broken_files())


def test_hidden_and_lock_files_stay_out(taken_in: Done) -> None:
    assert sum(taken_in.json()["outcomes"].values()) == GOOD_FILES + BROKEN_FILES
    assert "~$" not in taken_in.err


def test_the_catalogue_in_gb18030_was_read(answers: Answers) -> None:
    assert answers["zhang"]["number"][0]["title"] == "脚手架摔伤认定书甲"


def test_a_second_run_takes_in_only_what_was_mended(answers: Answers, drop: Path, copied: Path) -> None:
    mended = drop / "坏" / "空.txt"
    mended.write_text("失业登记表\n本人于二〇二五年三月办理失业登记。", "utf-8")
    try:
        again = chadang("ingest", drop, "--state", copied)
    finally:
        mended.write_bytes(b"")
    assert again.code == 1
    assert f"已归档 1，重复 {GOOD_FILES}，已隔离 {BROKEN_FILES - 1}。" in again.out
    assert "没有新增" not in again.out


# -- searching --------------------------------------------------------------------------------


def test_four_people_are_told_four_things(answers: Answers) -> None:
    told = {
        name: json.dumps(answers[name], sort_keys=True) for name in ("zhang", "yibao", "yinsi", "minzheng")
    }
    assert len(set(told.values())) == 4


def test_clerk_of_the_line_and_region_finds_the_injury(answers: Answers) -> None:
    assert "脚手架摔伤认定书甲" in [hit["title"] for hit in answers["zhang"]["injury"]]


def test_medical_clerk_never_sees_an_injury_file(answers: Answers, state: Path) -> None:
    seen = {hit["doc_id"] for hits in answers["yibao"].values() for hit in hits}
    with closing(sqlite3.connect(state / "archive.db")) as connection:
        found = connection.execute(
            "SELECT doc_id FROM documents WHERE json_array_length(insurance_types) = 1 "
            "AND json_extract(insurance_types, '$[0]') = '工伤'"
        )
        injuries = {doc_id for (doc_id,) in found}
    assert len(injuries) > 10
    assert not seen & injuries
    assert "剖宫产生育津贴核定表" in [hit["title"] for hit in answers["yibao"]["birth"]]


@pytest.mark.parametrize("name", ["minzheng", "nobody"])
def test_partner_and_account_without_region_see_nothing(answers: Answers, name: str) -> None:
    assert set(answers[name]) == set(QUESTIONS)
    assert not any(answers[name].values())


def test_names_and_numbers_never_appear_in_clear(answers: Answers) -> None:
    everything = json.dumps(answers, ensure_ascii=False)
    assert HOLDER not in everything
    assert HOLDER_ID not in everything
    assert HOLDER_ID[6:14] not in everything


def test_clerk_sees_the_family_name_and_officer_nothing(answers: Answers) -> None:
    def passage(name: str) -> str:
        return str(next(h["passage"] for h in answers[name]["number"] if h["title"] == "脚手架摔伤认定书甲"))

    assert "欧阳**" in passage("zhang")
    assert "欧阳" not in passage("yinsi")


def test_two_years_ago_depends_on_today(answers: Answers, state: Path) -> None:
    assert answers["zhang"]["before"][0]["title"] == "脚手架摔伤认定书甲"
    earlier = chadang(
        *("search", QUESTIONS["before"], "--as", "zhang", "--today", "2024-01-15", "--state", state),
        *("--json", "--insurance", "工伤", "--year-to", "2023", "--limit", "3"),
    ).json()["hits"]
    assert earlier[0]["title"] == "脚手架摔伤认定书乙"
    assert 1 <= len(earlier) <= 3
    assert all("工伤" in hit["insurance_types"] and hit["year"] <= 2023 for hit in earlier)


def test_what_a_clerk_reads_on_the_terminal(answers: Answers, state: Path) -> None:
    shown = chadang("search", ALLOWANCE_NO, "--as", "yibao", "--limit", "1", "--state", state).out
    assert shown.splitlines()[0].startswith("理解为：档号 ")
    assert "1. 剖宫产生育津贴核定表" in shown.splitlines()
    assert f"   {ALLOWANCE_NO} · 生育 · " in shown
    assert "档号相同" in shown
    assert "2." not in shown


def test_a_disabled_account_is_out_at_once(copied: Path) -> None:
    assert chadang("user", "disable", "zhang", "--state", copied).code == 0
    refused = chadang("search", "工伤", "--as", "zhang", "--state", copied)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.count("\n") == 1
    assert "已停用" in chadang("user", "list", "--state", copied).out


# -- checking and damage ----------------------------------------------------------------------


def test_audit_log_holds_every_search_and_no_question(answers: Answers, state: Path) -> None:
    exported = chadang("audit", "export", "--state", state)
    events = [line for line in exported.lines() if line["kind"] == "entry"]
    assert len(events) >= len(ACCOUNTS) * len(QUESTIONS)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {event["via"] for event in events} == {"cli"}
    assert HOLDER not in exported.out
    assert "脚手架" not in exported.out


def test_a_changed_audit_row_is_named(copied: Path) -> None:
    assert chadang("audit", "verify", "--state", copied).code == 0
    with closing(sqlite3.connect(copied / "archive.db")) as connection, connection:
        (table,) = connection.execute(
            "SELECT name FROM sqlite_master WHERE type='table' AND name LIKE 'audit%'"
        ).fetchone()
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{trigger}"')
        changed = connection.execute(f"UPDATE {table} SET outcome = 'denied' WHERE seq = 3").rowcount
    assert changed == 1
    found = chadang("audit", "verify", "--state", copied)
    assert found.code == 1
    assert "第 3 条" in found.out


def test_a_damaged_index_fails_the_check_and_can_be_rebuilt(copied: Path) -> None:
    arrays = [p for p in (copied / "index").rglob("*") if p.is_file() and p.stat().st_size > 2000]
    for path in arrays:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content)
    found = chadang("index", "verify", "--state", copied)
    assert found.code == 1
    assert "chadang index rebuild" in found.err
    rebuilt = chadang("index", "rebuild", "--state", copied)
    assert (rebuilt.code, rebuilt.out.startswith("已重建：")) == (0, True)


def test_another_master_key_is_refused_before_anything_is_written(copied: Path, drop: Path) -> None:
    before = chadang("index", "stats", "--json", "--state", copied).json()
    foreign = {"CHADANG_MASTER_KEY": "ab" * 32}
    new = copied.parent / "新.txt"
    new.write_text("失业登记表", "utf-8")
    for command in (
        ("ingest", new),
        ("audit", "verify"),
        ("search", "工伤", "--as", "zhang"),
        ("quarantine",),
    ):
        refused = chadang(*command, "--state", copied, env=foreign)
        assert (refused.code, refused.out) == (2, "")
        assert re.fullmatch("档案库不可用：主密钥不是这个档案库的.*\n", refused.err)
    assert chadang("index", "stats", "--json", "--state", copied).json() == before
    assert chadang("audit", "verify", "--state", copied).code == 0


def test_statistics_are_in_chinese_and_count_everything(answers: Answers, state: Path) -> None:
    counts = chadang("index", "stats", "--json", "--state", state).json()
    assert sum(counts["state"].values()) == GOOD_FILES
    shown = chadang("index", "stats", "--state", state).out
    assert "检出：姓名 " in shown
    assert "人社" in shown
    assert "内部" in shown
    report = chadang("privacy", "report", "--state", state).out
    assert report.startswith(f"已归档 {GOOD_FILES} 件，检出：")
    assert "公民身份号码" in report


# -- the index of persons -----------------------------------------------------------------------


def found_by_name(state: Path) -> list[str]:
    done = chadang("search", HOLDER, "--as", "zhang", "--today", TODAY, "--state", state, "--json")
    assert done.code == 0, done.err
    return sorted(hit["archive_no"] for hit in done.json()["hits"] if "持有人姓名相符" in hit["reasons"])


def epochs_of(state: Path) -> set[int]:
    with closing(sqlite3.connect(state / "archive.db", timeout=30)) as database:
        return {epoch for (epoch,) in database.execute("SELECT DISTINCT epoch FROM person_documents")}


def killed_halfway(state: Path, *command: str) -> None:
    """Begin making tokens anew and kill it once some documents have new ones and others have not."""
    command = (*CLI, "persons", *command, "--state", str(state))
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL) as process:  # noqa: S603
        while len(epochs_of(state)) < 2:
            assert process.poll() is None, "it ended before it could be killed"
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert len(epochs_of(state)) == 2


def test_new_keys_for_the_index_of_persons_killed_and_gone_on_with(copied: Path) -> None:
    before = found_by_name(copied)
    assert INJURY_NO in before
    assert ALLOWANCE_NO not in before
    whole = chadang("persons", "rebuild", "--state", copied)
    assert (whole.code, whole.out) == (0, "按人查找的索引已是完整的。\n")
    killed_halfway(copied, "rotate-key")
    written = max(epochs_of(copied))
    gone_on = chadang("persons", "rotate-key", "--state", copied)
    assert gone_on.code == 0, gone_on.err
    assert gone_on.out == f"已全部改用第 {written} 期密钥，旧密钥已作废。\n"
    assert epochs_of(copied) == {written}
    assert found_by_name(copied) == before
    killed_halfway(copied, "rotate-key")
    assert found_by_name(copied) == before  # a search goes on with the rotation first
    anew = chadang("persons", "rebuild", "--all", "--state", copied)
    assert (anew.code, anew.out) == (0, f"已补建 {GOOD_FILES} 份。\n")
    assert found_by_name(copied) == before
    assert chadang("audit", "verify", "--state", copied).code == 0


def out_of_date(state: Path) -> int:
    with closing(sqlite3.connect(state / "archive.db", timeout=30)) as database:
        ((count,),) = database.execute("SELECT count(*) FROM person_documents WHERE epoch = 0").fetchall()
    return int(count)


def test_a_rebuild_killed_and_gone_on_with(copied: Path) -> None:
    before, complete = found_by_name(copied), (0, "按人查找的索引已是完整的。\n")
    killed_halfway(copied, "rebuild", "--all")
    left = out_of_date(copied)
    assert 0 < left < GOOD_FILES
    gone_on = chadang("persons", "rebuild", "--state", copied)
    assert (gone_on.code, gone_on.out) == (0, f"已补建 {left} 份。\n")
    assert found_by_name(copied) == before
    killed_halfway(copied, "rebuild", "--all")
    assert found_by_name(copied) == before  # a search makes the rest of the tokens first
    assert out_of_date(copied) == 0
    again = chadang("persons", "rebuild", "--state", copied)
    assert (again.code, again.out) == complete
    assert chadang("audit", "verify", "--state", copied).code == 0


def test_the_index_of_persons_is_the_operators(copied: Path) -> None:
    with closing(sqlite3.connect(copied / "archive.db")) as database:
        before = database.execute("SELECT token FROM person_tokens ORDER BY token").fetchall()
    for command in (("rebuild",), ("rebuild", "--all"), ("rotate-key",)):
        refused = chadang("persons", *command, "--as", "zhang", "--state", copied)
        assert (refused.code, refused.out) == (2, ""), refused.out
        assert "zhang" not in refused.err
    with closing(sqlite3.connect(copied / "archive.db")) as database:
        assert database.execute("SELECT token FROM person_tokens ORDER BY token").fetchall() == before
