"""Annotated texts to measure the privacy pass on, in any of three forms.

- JSON lines ``{"text", "entities": [{"start", "end", "label"}]}``, ``id`` and ``form`` if there are any
- JSON lines ``{"id", "text", "spans": [[start, end, kind]], "form"}``
- marked text (`training.privacy_texts.marked`) in files ending in ``.txt``

What cannot be read is an outcome: one sentence each in `AnnotatedFile.faults`, without a value of the text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.privacy.detections import DetectionKind
from training.privacy_figures import Span
from training.privacy_texts.marked import parse

_KINDS = frozenset(kind.value for kind in DetectionKind)
_SAME_KIND = {"CN_ID": "RESIDENT_ID", "CN_ID15": "RESIDENT_ID"}
_CUT = '请按 {"text", "entities": [{"start", "end", "label"}]} 改写这一行。'


@dataclass(frozen=True, slots=True)
class AnnotatedText:
    """One text with its annotated spans; ``form`` is the writer's word for what it is.

    ``free``: nothing is annotated in it, not even with a label that is not ours.
    """

    id: str
    text: str
    spans: frozenset[Span]
    form: str
    free: bool

    @property
    def is_line(self) -> bool:
        """Whether it is a single line rather than a full document, by its form (``line``, ``none-line``)."""
        return self.form == "line" or self.form.endswith("-line")


@dataclass(frozen=True, slots=True)
class AnnotatedFile:
    """What could be read of a file; ``foreign`` counts annotations by labels that are not ours, left out."""

    name: str
    texts: tuple[AnnotatedText, ...]
    foreign: Mapping[str, int]
    faults: tuple[str, ...]

    @property
    def is_held_out(self) -> bool:
        return is_held_out(self.name)


class BadLine(ValueError):
    """A line that is not an annotated text; the message is the rest of a Chinese sentence."""


def is_held_out(name: str) -> bool:
    """Whether the file called ``name`` is for measuring only: its errors are not to be read."""
    return "test" in Path(name).name.lower()


def read_annotated(path: Path) -> AnnotatedFile:
    """Read ``path``; never raises for its content or its absence."""
    try:
        source = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        return _unreadable(path, "不是 UTF-8 文本，请另存为 UTF-8。")
    except OSError:
        return _unreadable(path, "打不开，请检查路径和权限。")
    return _read_marked(path, source) if path.suffix == ".txt" else _read_lines(path, source)


def _read_marked(path: Path, source: str) -> AnnotatedFile:
    if not source.strip():
        return _unreadable(path, "是空的，每条标注文本以“=== 编号 形式”一行开头。")
    try:
        marked = list(parse(source.replace("\r\n", "\n")))
    except ValueError as error:
        return _unreadable(path, f"标注有误（{error}），请按 {{{{KIND:值}}}} 改正。")
    texts = []
    for text in marked:
        spans = frozenset((start, end, kind.value) for start, end, kind in text.spans)
        texts.append(AnnotatedText(text.text_id, text.text, spans, text.form, free=not spans))
    return AnnotatedFile(str(path), tuple(texts), {}, ())


def _read_lines(path: Path, source: str) -> AnnotatedFile:
    texts: list[AnnotatedText] = []
    foreign: Counter[str] = Counter()
    faults: list[str] = []
    # Not splitlines: JSON strings may hold U+2028 and the like as they are.
    for number, line in enumerate(source.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            texts.append(_text_of(line, f"{number}", foreign))
        except BadLine as bad:
            faults.append(f"{path} 第 {number} 行{bad}")
    if not texts and not faults:
        return _unreadable(path, "是空的，请给出每行一条标注文本的 JSONL。")
    return AnnotatedFile(str(path), tuple(texts), dict(foreign), tuple(faults))


def _text_of(line: str, number: str, foreign: Counter[str]) -> AnnotatedText:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"不是合法的 JSON，{_CUT}") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("text"), str):
        raise BadLine(f"缺少文字字段 text，{_CUT}")
    text = raw["text"]
    annotated = [
        (start, end, _SAME_KIND.get(kind, kind)) for start, end, kind in _annotations(raw, len(text))
    ]
    foreign.update(_printable(kind) for *_, kind in annotated if kind not in _KINDS)
    spans = frozenset(span for span in annotated if span[2] in _KINDS)
    form = _printable(str(raw.get("form") or ""))
    if not form:
        form = "document" if "\n" in text.strip() else "line"
    return AnnotatedText(_printable(str(raw.get("id", number))), text, spans, form, free=not annotated)


def _annotations(raw: Mapping[str, object], length: int) -> Iterator[Span]:
    """Yield the spans of a line, checked to lie within a text of ``length`` code points."""
    given = raw.get("entities", raw.get("spans"))
    if not isinstance(given, list):
        raise BadLine(f"缺少标注列表 entities（没有个人信息时写空列表），{_CUT}")
    for place, item in enumerate(given, start=1):
        start, end, label = _fields(item)
        if type(start) is not int or type(end) is not int or not isinstance(label, str):
            raise BadLine(f"第 {place} 个标注缺少 start、end（整数）或 label（文字），请补全。")
        if not 0 <= start < end <= length:
            raise BadLine(
                f"第 {place} 个标注的位置超出文字或为空，请按字符（Unicode 码点）从 0 起、左闭右开改正。"
            )
        yield start, end, label


def _fields(item: object) -> tuple[object, object, object]:
    if isinstance(item, dict):
        return item.get("start"), item.get("end"), item.get("label")
    if isinstance(item, list) and len(item) == 3:
        return item[0], item[1], item[2]
    return None, None, None


def _printable(word: str) -> str:
    """Return ``word`` without lone surrogates, which JSON may hold and no terminal takes."""
    return word.encode("utf-8", "backslashreplace").decode()


def _unreadable(path: Path, why: str) -> AnnotatedFile:
    return AnnotatedFile(str(path), (), {}, (f"{path} {why}",))
