"""`chadang reveal` from the question to the review, in this process, on real models."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.bootstrap import utc_now
from api.cli import main
from indexer.catalogue import row_of
from indexer.deposits import RecordDeposit
from models.access.principal import Role
from models.access.scope import EVERYTHING, NOTHING
from tests.e2e.http_archive import (
    METADATA,
    NAME,
    PENSION,
    PRINTED_ID,
    LoadedArchive,
    add_account,
    add_accounts,
    settings_for,
)

CARD = "6222021234567890128"
GIVEN = ("--reason", "核对领取人身份", "--case", "BJ2026-0412")
Run = Callable[..., tuple[int, str, str]]


class Shop:
    """One archive that every command works on, with a clock."""

    def __init__(self, folder: Path) -> None:
        self.ahead = timedelta()
        self.archive = LoadedArchive(settings_for(folder), "cli", clock=lambda: utc_now() + self.ahead)
        add_accounts(self.archive)
        add_account(self.archive, "second-clerk", Role.CLERK)
        text = f"{PENSION}银行卡号：{CARD}。\n"
        list(self.archive.ingestor.ingest([RecordDeposit("r1", "审批表", text, row_of(METADATA))]))
        (self.doc_id,) = self.archive.store.ids_inside(EVERYTHING, NOTHING)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("reveals-cli"))


@pytest.fixture
def run(shop: Shop, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setattr("api.cli.options.archive_of", lambda *_, **__: shop.archive)

    def call(who: str, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["chadang", "reveal", *arguments, "--as", who])
        with pytest.raises(SystemExit) as ended:
            main.main()
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def told(run: Run, who: str, *arguments: str) -> Any:
    code, out, err = run(who, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_ask_may_be_left_out_and_kinds_have_chinese_names(shop: Shop, run: Run) -> None:
    code, out, err = run("clerk", shop.doc_id, "--kind", "姓名", *GIVEN)
    assert (code, out.count(NAME)) == (0, 2)
    assert "目录·持有人" in out
    assert PRINTED_ID not in out + err
    assert "已记入日志" in err
    assert run("clerk", "--kind", "person", "ask", *GIVEN)[0] == 2
    assert run("clerk", "ask", shop.doc_id, "--kind", "person", *GIVEN)[1] == out


def test_a_second_person_approves_and_time_runs_out(shop: Shop, run: Run) -> None:
    code, out, _ = run("clerk", "--kind", "BANK_CARD", shop.doc_id, *GIVEN)
    assert (code, CARD in out) == (0, False)
    reveal_id = told(run, "clerk", "list")["reveals"][0]["reveal_id"]
    assert reveal_id in out
    _, out, _ = run("reviewer", "approvals")
    assert all(word in out for word in (reveal_id, "clerk", "银行卡号", "BJ2026-0412", "未载"))
    for who in ("clerk", "second-clerk", "audit_admin"):
        assert run(who, "approve", reveal_id)[0] == 2
    assert run("reviewer", "approve", reveal_id)[0] == 0
    assert CARD in run("clerk", "open", reveal_id)[1]
    shop.ahead += timedelta(minutes=61)
    code, out, err = run("clerk", "open", reveal_id)
    assert (code, out) == (2, "")
    assert "显示已到期" in err
    assert "已到期" in run("clerk", "list")[1]


def test_a_refusal_is_told(shop: Shop, run: Run) -> None:
    asked = told(run, "clerk", shop.doc_id, "--kind", "BANK_CARD", *GIVEN)["reveal"]["reveal_id"]
    assert run("reviewer", "refuse", asked, "--note", "与本办件无关")[0] == 0
    assert run("clerk", "open", asked)[1] == "未批准：与本办件无关\n"


def test_an_emergency_is_listed_until_it_is_reviewed(shop: Shop, run: Run) -> None:
    code, out, err = run("clerk", shop.doc_id, "--kind", "BANK_CARD", "--emergency", *GIVEN)
    assert (code, CARD in out) == (0, True)
    assert "事后须复核" in err
    found = told(run, "audit_admin", "emergencies")
    assert (found["unreviewed"], found["emergencies"][0]["subject"]) == (1, "clerk")
    reveal_id = found["emergencies"][0]["reveal_id"]
    note = ("--note", "已问过科室，确有必要")
    assert "justified" in run("audit_admin", "review", reveal_id, "--verdict", "maybe", *note)[2]
    assert run("clerk", "review", reveal_id, "--verdict", "justified", *note)[0] == 2
    assert run("audit_admin", "review", reveal_id, "--verdict", "justified", *note)[0] == 0
    listed = run("audit_admin", "emergencies")[1]
    assert "确有必要" in listed
    assert "未复核 0 次" in listed


def test_bad_input_is_one_sentence(shop: Shop, run: Run) -> None:
    absent = run("clerk", "no-such", "--kind", "PERSON", *GIVEN)
    assert absent == run("far-clerk", shop.doc_id, "--kind", "PERSON", *GIVEN)
    assert absent[0] == 2
    assert "可用的有" in run("clerk", shop.doc_id, "--kind", "名字", *GIVEN)[2]
    assert run("clerk", shop.doc_id, "--kind", "PERSON", "--purpose", "审计", *GIVEN)[0] == 2
    assert run("supervisor", shop.doc_id, "--kind", "PERSON", *GIVEN)[0] == 2
    wrong = ("--kind", "PERSON", "--reason", f"核对{PRINTED_ID}", "--case", PRINTED_ID)
    code, out, err = run("clerk", shop.doc_id, *wrong)
    assert (code, PRINTED_ID in out + err) == (2, False)
