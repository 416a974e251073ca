"""`chadang supervision` and `/v1/supervision`: the same alerts, in words, for the same people."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.bootstrap import Archive as Service
from api.cli import main
from api.sessions import Tokens
from api.settings import Settings
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.port import Account, AuditEvent
from models.access.principal import Principal, Role
from tests.assembly import MASTER_KEY, Archive, archive_in, record

Run = Callable[..., tuple[int, str, str]]
OWN_ID = "11010519491231002X"  # printed in GB 11643-1999


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive whose ledger has somebody opening the file of the own household."""
    archive = archive_in(tmp_path / "state")
    accounts = SqlAccountStore(archive.engine)
    for name, role in (("li", Role.CLERK), ("jd", Role.SUPERVISOR), ("sj", Role.AUDIT_ADMIN)):
        accounts.add_account(Account(Principal(name, frozenset({role}), region_prefixes=("5001",)), "hash"))
    archive.ingest(record("s", "退休审批表", metadata={"holder_id": OWN_ID}))
    return archive


@pytest.fixture
def run(archive: Archive, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the program on the archive in this process: exit code, stdout, stderr."""
    monkeypatch.setenv("CHADANG_MASTER_KEY", MASTER_KEY.hex())

    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(
            sys, "argv", ["chadang", "supervision", *arguments, "--state", str(archive.folder)]
        )
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main.main()
        out, err = capfd.readouterr()
        return int(str(ended.value.code)), out, err

    return call


def opened_own_file(archive: Archive, run: Run) -> str:
    """Register the household, open its file, scan; return the id of the alert."""
    assert run("own", "li", stdin=f"{OWN_ID},虚构甲\n")[:2] == (
        0,
        "已登记 1 人的标记；号码和姓名没有保存。\n",
    )
    from sqlalchemy import text

    with archive.engine.connect() as connection:
        doc_id = str(connection.execute(text("SELECT doc_id FROM documents")).scalar())
    at = datetime.now(UTC)
    archive.audit.record(AuditEvent(at, "li", "http", "业务经办", "read", (doc_id,), "", "ok"))
    code, said, _ = run("scan")
    assert (code, said) == (1, "看了 1 条查阅记录，结清 0 天，告警 1 条。\n")
    return str(json.loads(run("list", "--as", "jd", "--json")[1])["alerts"][0]["alert_id"])


def test_from_scan_to_judgement(archive: Archive, run: Run) -> None:
    assert run("list", "--as", "jd") == (0, "没有告警。\n", "")
    alert_id = opened_own_file(archive, run)
    code, listed, _ = run("list", "--as", "jd", "--only", "open")
    assert code == 0
    assert "待处理" in listed
    assert "查阅或检索了本人或登记的家人 1 次" in listed
    assert "日志序号" in run("show", alert_id, "--as", "sj")[1]
    code, told, _ = run("judge", alert_id, "--verdict", "confirmed", "--reason", "没有回避", "--as", "jd")
    assert code == 0
    assert "jd 属实：没有回避" in told
    code, _, refused = run("judge", alert_id, "--verdict", "explained", "--reason", "再看", "--as", "sj")
    assert (code, refused.startswith("当前状态不允许")) == (2, True)
    assert "过少" in run("summary", "--as", "jd")[1]


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("list", "--as", "li"), "", "没有此项权限"),
        (("list",), "", "--as"),
        (("show", "nothing", "--as", "jd"), "", "没有这条告警"),
        (("own", "nobody"), OWN_ID, "没有这个账号"),
        (("own", "li"), "", "公民身份号码"),
        (("own", "li"), f"{OWN_ID}\n110105194912310021", "第 2 行"),
        (("own", "li", "--as", "jd"), OWN_ID, "没有此项权限"),
        (("scan", "--as", "li"), "", "没有此项权限"),
    ],
)
def test_what_cannot_be_done_is_said_in_chinese(
    run: Run, arguments: tuple[str, ...], stdin: str, said: str
) -> None:
    code, out, err = run(*arguments, stdin=stdin)
    assert (code, out) == (2, "")
    assert said in err
    assert OWN_ID not in err
    assert "110105194912310021" not in err


def test_a_table_of_the_office_nobody_can_read_is_refused(archive: Archive, run: Run) -> None:
    (archive.folder / "supervision.toml").write_bytes("[[task]]\nname=1".encode("utf-16"))
    assert run("scan")[0] == 2
    (archive.folder / "supervision.toml").write_text("[[task]]", "utf-8")
    code, _, err = run("scan")
    assert (code, "单位登记表" in err) == (2, True)


def test_over_http_it_is_the_same(archive: Archive, run: Run) -> None:
    alert_id = opened_own_file(archive, run)
    given = {
        "state": archive.folder, "master_key": MASTER_KEY.hex(), "ocr": False, "second_factor": "off",
    }  # fmt: skip
    service = Service(Settings(_env_file=None, **given), "http")  # type: ignore[arg-type]
    client = TestClient(
        create_app(service), raise_server_exceptions=False
    )  # no models are needed: no warm-up
    tokens: Tokens = client.app.state.service.tokens  # type: ignore[attr-defined]

    def headers(name: str) -> dict[str, str]:
        account = service.accounts.account(name)
        assert account is not None
        return {"Authorization": f"Bearer {tokens.issue(account, account.principal.purpose).text}"}

    shown = client.get("/v1/supervision/alerts", headers=headers("jd"), params={"state": "open"}).json()
    (alert,) = shown["alerts"]
    assert (alert["alert_id"], alert["accounts"], alert["state"]) == (alert_id, ["li"], "open")
    assert alert == client.get(f"/v1/supervision/alerts/{alert_id}", headers=headers("sj")).json()
    verdict = {"verdict": "explained", "reason": "本人窗口代办，已报备"}
    path = f"/v1/supervision/alerts/{alert_id}/judgement"
    judged = client.post(path, headers=headers("jd"), json=verdict)
    assert (judged.status_code, judged.json()["judgements"][0]["by"]) == (200, "jd")
    assert client.post(path, headers=headers("jd"), json=verdict).status_code == 409
    assert client.post(path, headers=headers("jd"), json=verdict | {"verdict": "open"}).status_code == 422
    for method, bad, body in (
        ("GET", f"/v1/supervision/alerts/{OWN_ID}", None),
        ("GET", f"/v1/supervision/alerts?state={OWN_ID}", None),
        ("GET", f"/v1/supervision/alerts?limit={OWN_ID}", None),
        ("POST", path, {"verdict": OWN_ID, "reason": OWN_ID, OWN_ID: 1}),
        ("POST", f"/v1/supervision/alerts/{OWN_ID}/judgement", verdict),
    ):
        refused = client.request(method, bad, headers=headers("jd"), json=body)
        assert refused.status_code in {404, 422}
        assert OWN_ID[:11] not in refused.text + str(refused.headers)
    absent = client.get("/v1/supervision/alerts/" + alert_id[:-1] + "0", headers=headers("jd"))
    assert absent.status_code == 404
    assert client.get("/v1/supervision/summary", headers=headers("jd")).json()["rules"][0]["alerts"] is None
