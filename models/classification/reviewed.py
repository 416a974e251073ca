"""Reviewed texts as a file: what a `chadang` command writes and `chadang-train fit` reads.

The first line says what follows: ``{"format", "version", "texts", "sha256"}``, the digest being over every
byte behind it. Then one text a line, in the order of ids; no time and no name, so that the same reviews
make the same file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from models.archive.taxonomy import insurance_types, material_types
from models.errors import InvalidInput

FORMAT, VERSION = "chadang-reviews", 1
EXPORT_NAME = "reviews/reviewed.jsonl"
"""Where below the state folder an export lies unless another place is asked for."""


@dataclass(frozen=True, slots=True)
class ReviewedText:
    """A text as the index shows it (placeholders for personal data) and what a person said of it.

    ``text_id`` is a keyed hash: the same document has the same id in every export, and only its archive can
    tell which document it is. ``insurance_types``: primary first. ``material_type`` None: nobody said.
    """

    text_id: str
    text: str
    insurance_types: tuple[str, ...]
    material_type: str | None
    verdict: str


def written(texts: Sequence[ReviewedText]) -> str:
    """Return the file, texts in the order of ids."""
    lines = [
        json.dumps(
            {
                "id": item.text_id,
                "text": item.text,
                "insurance_types": list(item.insurance_types),
                "material_type": item.material_type,
                "verdict": item.verdict,
            }
        )
        for item in sorted(texts, key=lambda item: item.text_id)
    ]
    body = "".join(f"{line}\n" for line in lines)
    head = {"format": FORMAT, "version": VERSION, "texts": len(lines), "sha256": _digest(body)}
    return json.dumps(head) + "\n" + body


def read(content: str) -> tuple[tuple[ReviewedText, ...], str]:
    """Return the texts and their digest.

    Raises:
        InvalidInput: no such file, cut short, changed, or with a label that is not in the tables.
    """
    first, _, body = content.partition("\n")
    try:
        head = json.loads(first)
        known = head["format"] == FORMAT and head["version"] == VERSION
        if not known or head["sha256"] != _digest(body):
            raise InvalidInput("复核样本文件不完整或被改动，请用 chadang reviews export 重新导出。")
        texts = tuple(_text(json.loads(line)) for line in body.splitlines())
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidInput("这不是复核样本文件，请用 chadang reviews export 导出。") from None
    return texts, str(head["sha256"])


def _text(row: dict[str, Any]) -> ReviewedText:
    labels, material = tuple(map(str, row["insurance_types"])), row["material_type"]
    if not labels or not set(labels) <= set(insurance_types()):
        raise InvalidInput("复核样本文件中有不认识的险种，请用同一版本的程序导出。")
    if material is not None and material not in material_types():
        raise InvalidInput("复核样本文件中有不认识的材料类型，请用同一版本的程序导出。")
    return ReviewedText(str(row["id"]), str(row["text"]), labels, material, str(row["verdict"]))


def _digest(body: str) -> str:
    return sha256(body.encode()).hexdigest()
