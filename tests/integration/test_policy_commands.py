"""`chadang policy` and `chadang grant`: what an operator reads, what is written down, who is refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text

from api.cli import main
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.port import Account
from models.access.policy_text import shipped_text
from models.access.principal import Principal, Role
from models.access.scope import EVERYTHING, NOTHING
from models.archive.levels import AccessLevel, Line
from tests.assembly import MASTER_KEY, Archive, archive_in, record

Run = Callable[..., tuple[int, str, str]]
NUMBER = "D015-SB·2020-D10-YB-0002"
CHINA = timezone(timedelta(hours=8))
SOON = (datetime.now(CHINA) + timedelta(days=30)).date().isoformat()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = archive_in(tmp_path / "state")
    accounts = SqlAccountStore(archive.engine)
    clerk = Principal(
        "zhang", frozenset({Role.CLERK}), Line.HRSS, ("500111",), AccessLevel.INTERNAL, purpose="业务经办"
    )
    both = frozenset({Role.CLERK, Role.SECURITY_ADMIN})
    accounts.add_account(Account(clerk, None))
    accounts.add_account(Account(Principal("aq", frozenset({Role.SECURITY_ADMIN})), None))
    accounts.add_account(Account(Principal("both", both, Line.HRSS, ("50",)), None))
    far = {"region": "429004", "insurance_type": "医疗", "archive_no": NUMBER, "办件编号": "BJ-7"}
    archive.ingest(record("own", "退休审批表"), record("far", "门诊报销单", metadata=far))
    return archive


@pytest.fixture
def run(archive: Archive, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the program on the archive in this process: exit code, stdout, stderr."""
    monkeypatch.setenv("CHADANG_MASTER_KEY", MASTER_KEY.hex())

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["chadang", *arguments, "--state", str(archive.folder)])
        with pytest.raises(SystemExit) as ended:
            main.main()
        out, err = capfd.readouterr()
        return int(str(ended.value.code)), out, err

    return call


def id_of(archive: Archive, source_id: str) -> str:
    documents = archive.store.documents(archive.store.ids_inside(EVERYTHING, NOTHING))
    return next(doc_id for doc_id, d in documents.items() if d.source_id == source_id)


def test_explain_says_why_and_on_what_ground_and_is_written_down(archive: Archive, run: Run) -> None:
    code, out, _ = run("policy", "explain", "--as", "zhang", "--doc", id_of(archive, "own"))
    assert code == 0
    assert out.startswith("可见：zhang")
    assert "500111 ← 50" in out
    code, out, _ = run("policy", "explain", "--as", "zhang", "--doc", NUMBER)
    assert code == 1
    assert "不可见" in out
    assert "✗ 辖区" in out
    assert "✗ 条线" in out
    assert "社会保险经办条例第四、六十条" in out
    events = [event for _, event, _ in archive.audit.events()][-2:]
    assert [(e.principal, e.via, e.action, e.outcome) for e in events] == [
        ("", "cli", "policy_explain", "visible"),
        ("", "cli", "policy_explain", "not_visible"),
    ]
    assert events[1].doc_ids == (id_of(archive, "far"),)


def test_explain_in_json_has_every_clause(archive: Archive, run: Run) -> None:
    _, out, _ = run("policy", "explain", "--as", "zhang", "--doc", NUMBER, "--json")
    told = json.loads(out)
    assert told["visible"] is False
    clauses = [finding["clause"] for way in told["ways"] for finding in way["findings"]]
    assert clauses
    assert all(clause["source"] and isinstance(clause["verified"], bool) for clause in clauses)


@pytest.mark.parametrize(
    ("name", "doc", "said"), [("nobody", NUMBER, "没有这个账号"), ("zhang", "absent", "没有这份档案")]
)
def test_explain_of_nobody_and_of_nothing(run: Run, name: str, doc: str, said: str) -> None:
    code, _, err = run("policy", "explain", "--as", name, "--doc", doc)
    assert code == 2
    assert said in err


def test_a_grant_from_giving_to_revoking(archive: Archive, run: Run) -> None:
    give = (
        "grant",
        "add",
        "zhang",
        "--doc",
        NUMBER,
        "--until",
        SOON,
        "--reason",
        "协助核查",
        "--as",
        "aq",
    )
    code, out, _ = run(*give, "--json")
    assert code == 0
    made = json.loads(out)
    ends = datetime.fromisoformat(made["expires_at"]).astimezone(CHINA)
    assert (ends - timedelta(days=1)).isoformat() == f"{SOON}T00:00:00+08:00"  # the whole day counts
    assert run("policy", "explain", "--as", "zhang", "--doc", NUMBER)[0] == 0
    code, out, _ = run("grant", "list")
    assert "协助核查" in out
    assert "aq" in out
    assert run("grant", "revoke", made["grant_id"], "--as", "aq")[0] == 0
    assert run("policy", "explain", "--as", "zhang", "--doc", NUMBER)[0] == 1
    assert "没有有效的授权" in run("grant", "list")[1]
    assert "已撤销" in run("grant", "list", "zhang", "--all")[1]
    actions = [(e.principal, e.action, e.doc_ids) for _, e, _ in archive.audit.events()]
    far = (id_of(archive, "far"),)
    assert ("aq", "grant_add", far) in actions
    assert ("aq", "grant_revoke", far) in actions


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("zhang", "--case", "bj-7", "--doc", NUMBER, "--until", SOON, "--reason", "x"), "二者选一"),
        (("zhang", "--until", SOON, "--reason", "x"), "二者选一"),
        (("zhang", "--case", "bj-7", "--until", SOON, "--reason", " "), "理由"),
        (("zhang", "--case", "bj-7", "--until", "2020-01-01", "--reason", "x"), "期限"),
        (("zhang", "--case", "bj-7", "--until", "2099-01-01", "--reason", "x"), "180 天"),
        (("zhang", "--case", "bj-7", "--until", "年底", "--reason", "x"), "--until"),
        (("nobody", "--case", "bj-7", "--until", SOON, "--reason", "x"), "没有这个账号"),
        (
            ("zhang", "--case", "bj-7", "--until", SOON, "--reason", "x", "--as", "zhang"),
            "没有此项职责",
        ),
        (("both", "--case", "bj-7", "--until", SOON, "--reason", "x", "--as", "both"), "给自己授权"),
    ],
)
def test_grants_that_are_refused(run: Run, changes: tuple[str, ...], said: str) -> None:
    code, _, err = run("grant", "add", *changes)
    assert code == 2
    assert said in err
    assert run("grant", "list", "--all")[1] == "没有授权。\n"


def test_a_policy_is_compared_before_it_is_activated(archive: Archive, run: Run, tmp_path: Path) -> None:
    assert run("policy", "diff", "current", "shipped")[:2] == (0, "没有人多看到或少看到任何档案。\n")
    narrow = tmp_path / "narrow.toml"
    narrow.write_text(
        shipped_text().replace('roles = ["clerk", "reviewer"]', 'roles = ["reviewer"]'), "utf-8"
    )
    code, out, _ = run("policy", "diff", "current", str(narrow), "--json")
    assert code == 1
    own = id_of(archive, "own")
    changes = {c["subject"]: (c["gained"], c["lost"]) for c in json.loads(out)}
    assert changes["zhang"] == ([], [own])
    code, out, err = run("policy", "activate", str(narrow), "--reason", "收紧")
    assert code == 2
    assert own in out
    assert "--yes" in err
    assert run("policy", "explain", "--as", "zhang", "--doc", own)[0] == 0
    assert run("policy", "activate", str(narrow), "--reason", "收紧", "--yes", "--as", "zhang")[0] == 2
    assert run("policy", "activate", str(narrow), "--reason", "收紧", "--yes", "--as", "aq")[0] == 0
    assert run("policy", "explain", "--as", "zhang", "--doc", own)[0] == 1
    assert "收紧" in run("policy", "history")[1]
    assert run("policy", "show")[1] == narrow.read_text("utf-8")
    assert run("policy", "activate", "shipped", "--reason", "退回", "--yes")[0] == 0
    assert run("policy", "diff", "v1", "v2")[0] == 1
    assert run("policy", "explain", "--as", "zhang", "--doc", own)[0] == 0


def test_explain_says_that_an_account_is_closed(archive: Archive, run: Run) -> None:
    SqlAccountStore(archive.engine).set_disabled("zhang", disabled=True)
    code, out, _ = run("policy", "explain", "--as", "zhang", "--doc", id_of(archive, "own"))
    assert code == 1
    assert "账号：已停用" in out


def test_a_damaged_policy_can_be_replaced_by_the_operator(archive: Archive, run: Run) -> None:
    assert run("policy", "activate", "shipped", "--reason", "一", "--yes")[0] == 0
    with archive.engine.begin() as connection:
        connection.execute(text("UPDATE policies SET text = text || ' '"))
    code, _, err = run("policy", "explain", "--as", "zhang", "--doc", id_of(archive, "own"))
    assert code == 2
    assert "校验值不符" in err
    code, _, err = run("policy", "activate", "shipped", "--reason", "复原", "--yes")
    assert code == 0
    assert "不能比较" in err
    assert run("policy", "explain", "--as", "zhang", "--doc", id_of(archive, "own"))[0] == 0
