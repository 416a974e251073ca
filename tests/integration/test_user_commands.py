"""`chadang user`: who manages accounts, what they may not do to themselves, and what is written down."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.bootstrap import Archive
from api.cli import demo, main
from api.settings import Settings
from indexer.store.port import Account
from models.access.principal import Principal, Role
from models.archive.levels import AccessLevel, Line
from models.errors import Unauthenticated
from tests.fakes_identity import quick_hash

Run = Callable[..., tuple[int, str, str]]
OLD, NEW = "红岩上红梅开千里冰霜", "大足石刻-9wXz-北山"
ADMIN = frozenset({Role.SECURITY_ADMIN})


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = Archive(Settings(_env_file=None, state=tmp_path / "state"), "http")
    officer = Principal(
        "ys", frozenset({Role.PRIVACY_OFFICER}), Line.HRSS, ("500111",), AccessLevel.SENSITIVE, "隐私检查"
    )
    made.accounts.add_account(Account(officer, quick_hash(OLD)))
    for name in ("aq1", "aq2"):
        made.accounts.add_account(Account(Principal(name, ADMIN, purpose="安全管理"), None))
    return made


@pytest.fixture
def run(archive: Archive, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the program on the archive in this process: exit code, stdout, stderr."""

    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        state = ("--state", str(archive.settings.state))
        monkeypatch.setattr(sys, "argv", ["chadang", *arguments, *state])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main.main()
        out, err = capfd.readouterr()
        return int(str(ended.value.code)), out, err

    return call


def token_of(archive: Archive, name: str) -> str:
    account = archive.accounts.account(name)
    assert account is not None
    return archive.tokens.issue(account, "", second_factor=True).text


def holds(archive: Archive, token: str) -> bool:
    try:
        archive.tokens.principal_of(token)
    except Unauthenticated:
        return False
    return True


def acts(archive: Archive) -> list[tuple[str, str, str]]:
    return [(event.action, event.principal, event.outcome) for _, event, _ in archive.audit.events()]


@pytest.mark.parametrize(
    "command",
    [
        ("user", "disable", "ys"),
        ("user", "roles", "ys", "--role", "clerk"),
        ("user", "totp-reset", "ys"),
        ("user", "sessions", "ys", "--end"),
    ],
    ids=lambda command: command[1],
)
def test_each_ends_the_sessions_of_the_account_at_once(
    archive: Archive, run: Run, command: tuple[str, ...]
) -> None:
    token, others = token_of(archive, "ys"), token_of(archive, "aq2")
    archive.accounts.set_roles("aq2", ADMIN, "安全管理", AccessLevel.PUBLIC)
    assert holds(archive, token)
    code, _, err = run(*command, "--as", "aq1")
    assert (code, err) == (0, "")
    assert not holds(archive, token)
    assert archive.sessions.sessions("aq2", archive.clock()) != [], others


def test_another_post_brings_its_own_purpose_and_no_more_clearance_than_it_has(
    archive: Archive, run: Run
) -> None:
    assert run("user", "roles", "ys", "--role", "clerk", "--as", "aq1")[0] == 0
    moved = archive.accounts.account("ys")
    assert moved is not None
    principal = moved.principal
    assert (principal.roles, principal.purpose) == (frozenset({Role.CLERK}), "业务经办")
    assert (principal.clearance, principal.region_prefixes) == (AccessLevel.INTERNAL, ("500111",))


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("roles", "aq1", "--role", "clerk"), "不能修改本人的岗位"),
        (("roles", "aq1", "--role", "security_admin", "--role", "clerk"), "不能修改本人的岗位"),
        (("disable", "aq1"), "本人的账号"),
        (("enable", "aq1"), "本人的账号"),
        (("totp-reset", "aq1"), "本人的动态验证码"),
        (("password", "aq1", "--password-stdin"), "本人的口令"),
        (("roles", "ys", "--role", "system_admin", "--role", "audit_admin"), "三员分立"),
        (("roles", "nobody", "--role", "clerk"), "没有这个账号"),
        (("password", "ys", "--password-stdin"), "口令过于常见"),
    ],
)
def test_what_an_administrator_may_not_do(
    archive: Archive, run: Run, command: tuple[str, ...], says: str
) -> None:
    before = archive.accounts.accounts()
    code, out, err = run("user", *command, "--as", "aq1", stdin="zhangsan19900101\n")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err
    assert archive.accounts.accounts() == before
    assert acts(archive)[-1][1] == "aq1"
    assert acts(archive)[-1][2] != "ok"


@pytest.mark.parametrize("command", ["disable", "enable", "totp-reset"])
def test_nobody_else_manages_accounts(archive: Archive, run: Run, command: str) -> None:
    code, _, err = run("user", command, "aq2", "--as", "ys")
    assert code == 2
    assert "没有此项权限" in err
    assert acts(archive)[-1][1:] == ("ys", "forbidden")


def test_the_last_security_administrator_stays(archive: Archive, run: Run) -> None:
    assert run("user", "disable", "aq2", "--as", "aq1")[0] == 0
    for command in (("disable", "aq1"), ("roles", "aq1", "--role", "clerk")):
        code, _, err = run("user", *command)  # the operator of the machine neither
        assert code == 2
        assert "最后一个" in err
    assert run("user", "enable", "aq2", "--as", "aq1")[0] == 0
    assert run("user", "disable", "aq1")[0] == 0


def test_a_password_is_reset_opens_the_lock_and_has_to_be_changed(archive: Archive, run: Run) -> None:
    archive.accounts.record_failure("ys", failures=5, locked_until=archive.clock().replace(year=2999))
    code, out, err = run("user", "password", "ys", "--password-stdin", "--as", "aq1", stdin=f"{NEW}\n")
    assert (code, err) == (0, "")
    assert NEW not in out
    account = archive.accounts.account("ys")
    assert account is not None
    assert (account.failures, account.locked_until) == (0, None)
    assert archive.credentials.credentials("ys").must_change
    again = run("user", "password", "ys", "--password-stdin", "--as", "aq1", stdin=f"{OLD}\n")
    assert "最近" in again[2]


def test_sessions_are_listed_without_their_tokens(archive: Archive, run: Run) -> None:
    assert run("user", "sessions", "ys")[1] == "没有未失效的登录会话。\n"
    token = token_of(archive, "ys")
    (listed,) = json.loads(run("user", "sessions", "ys", "--json")[1])
    assert (listed["method"], listed["second_factor"]) == ("password", True)
    assert token not in str(listed)
    assert listed["session_id"] in run("user", "sessions", "ys")[1]
    assert run("user", "sessions", "ys", "--end")[1] == "已结束账号 ys 的 1 个登录会话。\n"


def test_the_service_is_not_opened_to_others_in_clear(run: Run) -> None:
    code, out, err = run("serve", "--host", "0.0.0.0")  # noqa: S104 - what is refused
    assert (code, out) == (2, "")
    assert "--tls" in err
    assert "--insecure" in err


def test_second_factors_are_off_only_where_all_accounts_are_the_tours(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "ingest_sample", lambda *_: [])
    assert demo.prepare_for_serving(archive).settings.second_factor == "required_roles"
    empty = Archive(archive.settings.model_copy(update={"state": archive.settings.state / "empty"}), "http")
    served = demo.prepare_for_serving(empty)
    assert served.settings.second_factor == "off"
    assert {account.principal.subject for account in served.accounts.accounts()} >= {"longgang", "yinsi"}
