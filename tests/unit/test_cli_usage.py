"""The command line as text: help pages, usage errors, accounts, settings; in Chinese throughout."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.cli import chinese, main
from api.cli.tables import cells, lines_of_table

Run = Callable[..., tuple[int, str, str]]
COMMANDS = (
    "", "demo", "serve", "ingest", "search", "suggest", "similar", "classify", "quarantine", "migrate",
    "privacy", "privacy detect",
    "privacy mask", "privacy report", "privacy reports", "privacy review", "privacy missed",
    "privacy allowances", "privacy approve", "privacy sample", "privacy looked", "privacy regression",
    "privacy redact", "privacy sign", "privacy signed", "privacy verify",
    "index", "index verify", "index rebuild", "index stats", "user", "user add", "user list",
    "user disable", "user enable", "user roles", "user password", "user totp-reset", "user sessions",
    "audit", "audit verify", "audit export",
    "audit checkpoint", "audit archive", "audit key", "audit verifier", "audit receipt", "audit proof",
    "check", "check entries",
    "reviews", "reviews list", "reviews show", "reviews claim", "reviews confirm", "reviews correct",
    "reviews skip", "reviews hints", "reviews drift", "reviews export",
    "model", "model list", "model add", "model shadow", "model promote", "model rollback",
    "token", "token create", "token list", "token revoke", "webhook", "webhook add", "webhook list",
    "webhook test", "webhook disable", "webhook deliveries",
    "policy", "policy explain", "policy diff", "policy activate", "policy history", "policy show",
    "grant", "grant add", "grant list", "grant revoke",
    "reveal", "reveal ask", "reveal open", "reveal list", "reveal approvals", "reveal approve",
    "reveal refuse", "reveal emergencies", "reveal review",
)  # fmt: skip
GROUPS = {
    "",
    "privacy",
    "index",
    "user",
    "audit",
    "check",
    "reviews",
    "model",
    "token",
    "webhook",
    "policy",
    "grant",
    "reveal",
}
ENGLISH = re.compile(r"\b(Usage|Options|Commands|Arguments|Show|Error|Try|required|Missing|Invalid)\b")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the program in this process with these arguments: exit code, stdout, stderr."""

    def call(*arguments: str | Path, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["chadang", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main.main()
        out, err = capfd.readouterr()
        return int(str(ended.value.code)), out, err

    return call


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_chinese_and_explains_every_option(run: Run, command: str) -> None:
    code, out, err = run(*command.split(), "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"用法：{' '.join(['chadang', *command.split()])} ")
    assert not ENGLISH.search(out)
    for line in out.splitlines():
        if re.match(r"  -", line):
            assert re.search("[\u4e00-\u9fff]", line), line


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in GROUPS])
def test_every_command_takes_a_state_folder(run: Run, command: str) -> None:
    assert "\n  --state DIR " in run(*command.split(), "--help")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("nope", "没有命令 nope"),
        ("serach x", "没有命令 serach，是否想用 'search'"),
        ("user add", "缺少参数 NAME"),
        ("user add x", "缺少选项 --role"),
        ("user add x --role king", "--role 的值不可用：没有 king 这一项，可用的有 'clerk'"),
        ("search --limit 0 x", "--limit 的值不可用：不能小于 1"),
        ("search --limit 101 x", "--limit 的值不可用：不能大于 100"),
        ("search --limit many x", "--limit 的值不可用：应是整数"),
        ("search --lmit 3 x", "没有选项 --lmit，是否想用 --limit"),
        ("search x --today 一月", "--today 的值不可用：应写成 2026-01-15 的形式"),
        ("search a b", "多出了 b；一句话里有空格时请加引号"),
        ("search x --as", "选项 --as 后面要写上值"),
        ("search x --json=3", "选项 --json 后面不带值"),
    ],
)
def test_a_usage_error_is_one_chinese_sentence(run: Run, arguments: str, said: str) -> None:
    code, out, err = run(*arguments.split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"用法有误：{said}")
    assert re.search(r"说明见 chadang.* --help。\n$", err)
    assert not ENGLISH.search(err)


def test_no_command_shows_the_help(run: Run) -> None:
    code, out, err = run()
    assert (code, out) == (2, "")
    assert err.startswith("用法：chadang ")
    assert "ingest" in err


@pytest.mark.parametrize(
    "command",
    [
        "search 工伤 --as x",
        "quarantine",
        "index stats",
        "audit verify",
        "user list",
        "token list",
        "webhook list",
    ],
)
def test_a_mistyped_state_is_not_an_empty_archive(run: Run, tmp_path: Path, command: str) -> None:
    code, out, err = run(*command.split(), "--state", tmp_path / "typo")
    assert (code, out) == (2, "")
    assert "里没有档案库，请核对 --state" in err
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ingest",), "二者选一"),
        (("ingest", "没有的文件夹"), "路径不存在：没有的文件夹"),
        (("ingest", ".", "--jsonl", "x"), "二者选一"),
        (("ingest", "--jsonl", "没有.jsonl"), "--jsonl 指定的文件不存在"),
        (("ingest", ".", "--set", "region"), "--set 应写成 字段=值"),
        (("ingest", ".", "--set", "colour=red"), "--set 有误：没有字段 colour"),
        (("ingest", ".", "--set", "region=abc"), "行政区划代码不可用"),
        (("ingest", ".", "--deposit-region", "abc"), "--deposit-region 格式不对"),
        (("classify",), "二者选一"),
        (("privacy", "detect"), "二者选一"),
        (("classify", "--jsonl", "没有.jsonl"), "打不开"),
    ],
)
def test_wrong_input_is_one_sentence_and_two(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = run(*arguments, "--state", tmp_path / "state")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_a_wrong_setting_is_named_as_it_is_set(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHADANG_THREADS", "two")
    monkeypatch.setenv("CHADANG_MAX_PAGES", "0")
    code, _, err = run("migrate", "--state", tmp_path / "state")
    assert code == 2
    assert "CHADANG_THREADS 应是整数；CHADANG_MAX_PAGES 不能小于 1" in err


def test_a_state_folder_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, out, err = run("migrate", "--state", tmp_path / "file" / "state")
    assert (code, out) == (2, "")
    assert err == "档案库不可用：状态目录无法建立，请检查 --state 的路径与权限。\n"


@pytest.mark.parametrize("key", ["zz", "abcd", "主密钥"])
def test_a_master_key_that_is_none(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("CHADANG_MASTER_KEY", key)
    code, out, err = run("migrate", "--state", tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith("档案库不可用：主密钥")


# -- accounts ---------------------------------------------------------------------------------


@pytest.fixture
def add(run: Run, tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        return run("user", "add", *arguments, "--state", tmp_path, stdin=stdin)

    return call


CLERK = ("--role", "clerk", "--line", "HRSS", "--region", "500111")


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("a b", *CLERK, "--no-login"), "", "账号名只能用"),
        (("a", "--role", "system_admin", "--role", "audit_admin", "--no-login"), "", "三员分立"),
        (("a", "--role", "clerk", "--region", "5001a", "--no-login"), "", "行政区划代码"),
        (("a", *CLERK, "--clearance", "绝密", "--no-login"), "", "访问级别只能是"),
        (("a", *CLERK, "--purpose", "看看", "--no-login"), "", "岗位允许的用途"),
        (("a", *CLERK, "--password-stdin"), "123\n", "口令应有 10 到"),
        (("a", *CLERK, "--password-stdin"), "12345678901\n", "不能全是数字"),
        (("a", *CLERK, "--password-stdin"), "", "口令应有 10 到"),
        (("a", *CLERK, "--password-stdin"), "\n", "口令应有 10 到"),
        (("a", *CLERK, "--password-stdin", "--no-login"), "", "只能用一个"),
        (("a", *CLERK), "", "--password-stdin"),
    ],
)
def test_an_account_that_cannot_be(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], stdin: str, said: str
) -> None:
    run("migrate", "--state", tmp_path)
    code, out, err = run("user", "add", *arguments, "--state", tmp_path, stdin=stdin)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert run("user", "list", "--json", "--state", tmp_path)[1] == "[]\n"


def test_accounts_are_added_listed_and_disabled(add: Run, run: Run, tmp_path: Path) -> None:
    assert add("zhang", *CLERK, "--password-stdin", stdin="好口令-大足石刻-2026\n") == (
        0,
        "已建立账号 zhang。\n",
        "",
    )
    assert "已有同名账号" in add("zhang", *CLERK, "--no-login")[2]
    code, _, err = add("审计员", "--role", "audit_admin", "--no-login")
    assert (code, err) == (0, "")
    code, _, err = add("li", "--role", "archivist", "--role", "reviewer", "--no-login")
    assert code == 0
    assert "没有辖区" in err
    assert "没有条线" in err
    assert run("user", "disable", "zhang", "--state", tmp_path)[0] == 0
    assert "没有这个账号" in run("user", "disable", "wang", "--state", tmp_path)[2]
    _, out, _ = run("user", "list", "--state", tmp_path)
    assert out.splitlines() == [
        "账号    岗位                  条线  辖区    级别      登录",
        "li      档案管理员、复核人员  —     无      工作秘密  仅本机",
        "zhang   经办人员              人社  500111  内部      已停用",
        "审计员  审计管理员            —     无      公开      仅本机",
    ]
    for name in ("zhang", "wang"):
        code, out, err = run("search", "工伤", "--as", name, "--state", tmp_path)
        assert (code, out, err.count("\n")) == (2, "", 1)


# -- small parts ------------------------------------------------------------------------------


def test_an_unforeseen_error_is_placed_but_not_quoted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> int:
        raise KeyError("欧阳锦程")

    monkeypatch.setattr(main, "app", broken)
    code, out, err = run("migrate")
    assert (code, out) == (2, "")
    assert re.fullmatch(
        r"系统内部错误：KeyError（test_cli_usage.py 第 \d+ 行）。请把这一句报给管理员。\n", err
    )


def test_wide_characters_line_up() -> None:
    assert [cells(text) for text in ("ab", "中a", "，", "é", "e\u0301")] == [2, 3, 2, 1, 1]
    lines = lines_of_table(("名", "b"), [("中文", "1"), ("x", "2")])
    assert lines == ["名    b", "中文  1", "x     2"]


def test_words_typer_may_say_tomorrow_stay_readable() -> None:
    assert chinese.error_in_chinese("Something quite new.") == "Something quite new"


def test_an_unknown_profile_is_refused_with_those_there_are(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("电话16900000000", "utf-8")
    for command in ("mask", "redact"):
        code, _, err = run("privacy", command, tmp_path / "a.txt", "--profile", "nosuch", "--state", tmp_path)
        assert code == 2
        assert "'public'" in err
