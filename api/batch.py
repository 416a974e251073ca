"""Many texts in one stream of lines: cut as they come, judged in small groups, answered in order."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.analysis import ClassifiedText
from api.schemas import MAX_TEXT_CHARACTERS
from indexer.deposits import encodable
from indexer.intake import json_object
from models.errors import ArchiveError, InvalidInput, TooLarge

MAX_LINE_BYTES = 4 * 2**20
"""The longest text, each character escaped as a surrogate pair, and room to spare."""

Shown = Callable[[ClassifiedText], Mapping[str, object]]

_log = logging.getLogger("chadang.batch")
_INTERNAL = {"code": "internal", "detail": "处理这一行时出现内部错误，请联系系统管理员。"}
_TOO_LONG = TooLarge(f"这一行超过 {MAX_LINE_BYTES // 2**20} MiB，请拆分后重新提交这一行。")


class Cutter:
    """Cuts a stream of bytes into lines; of a line that is too long nothing is kept."""

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._max_line_bytes = max_line_bytes
        self._open = bytearray()
        self._too_long = False

    def feed(self, data: bytes) -> list[bytes | None]:
        """Return the lines that ``data`` completes, blank ones left out; None stands for one too long."""
        *ended, rest = data.split(b"\n")
        lines = []
        for part in ended:
            self._add(part)
            lines += self.end()
        self._add(rest)
        return lines

    def end(self) -> list[bytes | None]:
        """Return the line that is open, if there is one; the stream may end without a line feed."""
        line = None if self._too_long else bytes(self._open)
        self._open.clear()
        self._too_long = False
        return [line] if line is None or line.strip() else []

    def _add(self, part: bytes) -> None:
        if self._too_long or len(self._open) + len(part) > self._max_line_bytes:
            self._open.clear()
            self._too_long = True
        else:
            self._open += part


@dataclass(frozen=True, slots=True)
class Asked:
    """What a line asks; ``formed_on`` is the day from which its period of retention counts."""

    identifier: object
    text: str
    formed_on: date | None = None


Classify = Callable[[Sequence[Asked]], Sequence[ClassifiedText]]


@dataclass(frozen=True, slots=True)
class LineAnswers:
    """Answers groups of lines; ``shown`` makes the fields of one answer."""

    classify: Classify
    shown: Shown

    def to(self, lines: Sequence[bytes | None]) -> bytes:
        """Return one line for each line, in order; a bad one has an error and harms no other.

        Raises:
            DependencyFailed: the models cannot serve.
        """
        asked = [_asked(line) for line in lines]
        answers = iter(self._judged([request for request in asked if isinstance(request, Asked)]))
        return b"".join(
            line_of(next(answers) if isinstance(request, Asked) else request) for request in asked
        )

    def _judged(self, asked: Sequence[Asked]) -> list[Mapping[str, object]]:
        """Judge a group at once; where that fails, one by one, so that only the bad one fails."""
        try:
            made = self.classify(asked) if asked else []
        except ArchiveError:
            raise
        except Exception as error:  # noqa: BLE001 - one bad text must not end the stream
            _log.error("a group of %d lines failed: %s", len(asked), type(error).__name__)
            if len(asked) == 1:
                return [{"id": asked[0].identifier, "error": _INTERNAL}]
            return [answer for request in asked for answer in self._judged([request])]
        return [
            {"id": request.identifier, **self.shown(classified)}
            for request, classified in zip(asked, made, strict=True)
        ]


def error_of(identifier: object, error: ArchiveError) -> dict[str, object]:
    return {"id": identifier, "error": {"code": error.code, "detail": error.detail}}


def line_of(answer: Mapping[str, object]) -> bytes:
    """Return one line of JSON; an id that JSON cannot carry (NaN) is answered as null, with an error."""
    try:
        return json.dumps(answer, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(answer, ensure_ascii=True).encode() + b"\n"
    except (ValueError, RecursionError):
        return line_of(error_of(None, InvalidInput("id 应为 JSON 的文字、数字或空值，请改正后重试这一行。")))


def _asked(line: bytes | None) -> Asked | dict[str, object]:
    """Return what a line asks, or the answer that says why it asks nothing."""
    identifier: object = None
    try:
        value = _object_on(line)
        identifier = value.get("id", value.get("qid"))
        return Asked(identifier, _text_of(value), _day_of(value))
    except InvalidInput as error:
        return error_of(identifier, error)


def _object_on(line: bytes | None) -> Mapping[str, Any]:
    if line is None:
        raise _TOO_LONG
    try:
        return json_object(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidInput("这一行不是 UTF-8 编码，请转换后重试。") from None


def _text_of(value: Mapping[str, Any]) -> str:
    text = value.get("text")
    if not isinstance(text, str):
        raise InvalidInput("缺少文本字段 text，请补上后重试这一行。")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise TooLarge(f"text 最多 {MAX_TEXT_CHARACTERS} 个字，请拆分后重试这一行。")
    return encodable(text)


def _day_of(value: Mapping[str, Any]) -> date | None:
    given = value.get("formed_on")
    try:
        return date.fromisoformat(given) if given is not None else None
    except (TypeError, ValueError):
        raise InvalidInput("formed_on 应为日期，如 2019-03-05，请改正后重试这一行。") from None
