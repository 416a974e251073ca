"""Typer's own words in Chinese: help pages and usage errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_HELP = (
    ("Usage: ", "用法："),
    ("[OPTIONS]", "[选项]"),
    ("COMMAND [ARGS]...", "命令 …"),
    ("\nArguments:\n", "\n参数：\n"),
    ("\nOptions:\n", "\n选项：\n"),
    ("\nCommands:\n", "\n命令：\n"),
    ("Show this message and exit.", "显示这份说明。"),
    ("[required]", "[必填]"),
    ("[default: ", "[默认 "),
)
_ERRORS = tuple(
    (re.compile(pattern, re.DOTALL), chinese)
    for pattern, chinese in (
        (r"No such command '(.*?)'", r"没有命令 \1"),
        (r"No such option: (\S+)", r"没有选项 \1"),
        (r"\.? ?(?:\(Possible options: (.*)\)|Did you mean (.*)\?)", r"，是否想用 \1\2"),
        (r"Missing argument '(.*?)'.*", r"缺少参数 \1"),
        (r"Missing option '(.*?)'.*", r"缺少选项 \1"),
        (r"Missing command", "缺少子命令"),
        (r"Option '(.*?)' requires an argument", r"选项 \1 后面要写上值"),
        (r"Option '(.*?)' does not take a value", r"选项 \1 后面不带值"),
        (r"Got unexpected extra argument\(s\) \((.*)\)", r"多出了 \1；一句话里有空格时请加引号"),
        (r"Invalid value for (?:'(.*?)'|(\S+)): (?:Value error, )?", r"\1\2 的值不可用："),
        (r"Input should be greater than or equal to (\S+)", r"不能小于 \1"),
        (r"Input should be less than or equal to (\S+)", r"不能大于 \1"),
        (r"Input should be greater than (\S+)", r"应大于 \1"),
        (r"Input should be a valid integer.*", "应是整数"),
        (r"Input should be a valid boolean.*", "应是 true 或 false"),
        (r"String should match pattern .*", "格式不对"),
        (r"'(.*?)' is not one of (.*?)\.?$", r"没有 \1 这一项，可用的有 \2"),
        (r"'(.*?)' does not match the formats? .*", "应写成 2026-01-15 的形式"),
    )
)


_BOUNDS = re.compile(r" *\[\d+<=x<=\d+\]|; \d+<=x<=\d+")
"""The help text of an option says its bounds itself."""
_TYPES = re.compile(r"^(  [\w.]+) <[\w\[\]|]+>", re.MULTILINE)


def help_in_chinese(text: str) -> str:
    """Return a help page with Typer's fixed words in Chinese, without Python's names of types."""
    text = _TYPES.sub(r"\1", _BOUNDS.sub("", text))
    for english, chinese in _HELP:
        text = text.replace(english, chinese)
    return text


def error_in_chinese(text: str) -> str:
    """Return a usage or settings error in Chinese, without a full stop; unknown words stay as they are."""
    for pattern, chinese in _ERRORS:
        text = pattern.sub(chinese, text)
    return text.strip().rstrip("。.")


class _Command(TyperCommand):
    def get_help(self, ctx: Any) -> str:
        return help_in_chinese(super().get_help(ctx))


class _Group(TyperGroup):
    def get_help(self, ctx: Any) -> str:
        return help_in_chinese(super().get_help(ctx))


def with_default(command: str) -> type[TyperGroup]:
    """Return a group that takes what begins with none of its commands as arguments of ``command``."""

    class _Default(_Group):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            named = args and args[0] in self.commands
            if args and not named and args[0] not in ctx.help_option_names:
                args = [command, *args]
            return super().parse_args(ctx, args)

    return _Default


class App(typer.Typer):
    """A group of commands whose help pages are Chinese."""

    def __init__(self, help_text: str, name: str | None = None, cls: type[TyperGroup] = _Group) -> None:
        super().__init__(
            name=name,
            cls=cls,
            help=help_text,
            no_args_is_help=True,
            add_completion=False,
            pretty_exceptions_enable=False,
            rich_markup_mode=None,
        )

    def add(self, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Return a decorator that makes a function a command of this group."""
        return self.command(name, cls=_Command)
