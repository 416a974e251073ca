"""Damage as a channel: what scanning, recognition, copying and haste do to a text whose spans are known."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from training.synthetic.markup import Piece

_CONFUSED = {
    "己": "已",
    "已": "己",
    "未": "末",
    "末": "未",
    "日": "曰",
    "人": "入",
    "入": "人",
    "土": "士",
    "士": "土",
    "大": "太",
    "王": "玉",
    "木": "本",
    "本": "木",
    "千": "干",
    "天": "夭",
    "住": "佳",
    "住址": "往址",
    "性": "牲",
    "名": "各",
    "号": "弓",
    "电": "申",
    "申": "甲",
    "李": "季",
    "刘": "到",
    "张": "弦",
    "杨": "扬",
    "陈": "阵",
    "明": "朋",
    "华": "毕",
    "国": "围",
    "梅": "海",
    "英": "荚",
    "兰": "三",
    "炎": "灸",
    "骨": "骨",
    "折": "拆",
    "症": "证",
    "0": "O",
    "1": "l",
    "5": "S",
    "8": "B",
    "O": "0",
    "：": "；",
    "。": "．",
    "，": ",",
    "村": "材",
    "组": "祖",
    "镇": "镇",
    "街": "衔",
    "路": "賂",
    "医": "匠",
    "诊": "珍",
    "病": "疠",
    "出": "岀",
    "生": "牛",
    "年": "午",
}
_TRADITIONAL = str.maketrans(
    "张陈刘赵黄吴孙马罗郑谢韩冯邓许苏叶吕卢谭国华丽军红龙凤东门车书长风云电话号县区乡镇医诊断证骨伤",
    "張陳劉趙黃吳孫馬羅鄭謝韓馮鄧許蘇葉呂盧譚國華麗軍紅龍鳳東門車書長風雲電話號縣區鄉鎮醫診斷證骨傷",
)
_MARKS = set("：:，,。；;、")


def damaged(pieces: Sequence[Piece], rng: random.Random) -> list[Piece]:
    """Return the pieces as one channel, drawn at random, leaves them; half of all texts stay as they are."""
    channels, weights = zip(*_CHANNELS, strict=True)
    channel: Callable[[Sequence[Piece], random.Random], list[Piece]] = rng.choices(channels, weights)[0]
    return channel(pieces, rng)


def _untouched(pieces: Sequence[Piece], rng: random.Random) -> list[Piece]:  # noqa: ARG001
    return list(pieces)


def _read_by_machine(pieces: Sequence[Piece], rng: random.Random) -> list[Piece]:
    rate = rng.choice((0.01, 0.03, 0.06))
    return [(_scanned(text, rng, rate), kind) for text, kind in pieces]


def _without_marks(pieces: Sequence[Piece], rng: random.Random) -> list[Piece]:
    return [(text if kind else _thinned(text, rng), kind) for text, kind in pieces]


def _with_blanks(pieces: Sequence[Piece], rng: random.Random) -> list[Piece]:
    return [(_blanked(text, rng), kind) for text, kind in pieces]


def _traditional(pieces: Sequence[Piece], rng: random.Random) -> list[Piece]:  # noqa: ARG001
    return [(text.translate(_TRADITIONAL), kind) for text, kind in pieces]


def _other_line_ends(pieces: Sequence[Piece], rng: random.Random) -> list[Piece]:
    end = rng.choice((" ", "", "\n\n", "\r\n"))
    return [(text.replace("\n", end if kind is None else "\n"), kind) for text, kind in pieces]


def _scanned(text: str, rng: random.Random, rate: float) -> str:
    out = []
    for i, character in enumerate(text):
        draw = rng.random()
        out.append(_CONFUSED.get(character, character) if draw < rate else character)
        if rate <= draw < rate * 1.3 and 0 < i < len(text) - 1:
            out.append(rng.choice((" ", " ", "'", ".", "·")) if len(text) > 3 else " ")
    return "".join(out)


def _thinned(text: str, rng: random.Random) -> str:
    return "".join(
        " " if c in _MARKS and rng.random() < 0.4 else "" if c in _MARKS and rng.random() < 0.3 else c
        for c in text
    )


def _unlabelled(pieces: Sequence[Piece], rng: random.Random) -> list[Piece]:
    """Drop words that stand right before a value: labels lost on the way."""
    out: list[Piece] = []
    for i, (text, kind) in enumerate(pieces):
        before_value = kind is None and i + 1 < len(pieces) and pieces[i + 1][1] is not None
        if before_value and len(text) <= 14 and rng.random() < 0.5:
            out.append(("\n" if "\n" in text else rng.choice((" ", "，", "  ")), None))
            continue
        out.append((text, kind))
    return out


def _blanked(text: str, rng: random.Random) -> str:
    if len(text) < 2 or rng.random() < 0.7:
        return text
    return (
        rng.choice((" ", "  ")).join(text)
        if len(text) <= 8
        else "".join(c + " " * (rng.random() < 0.15) for c in text).rstrip()
    )


def _wrapped(pieces: Sequence[Piece], rng: random.Random) -> list[Piece]:
    """Break lines after some characters, values included."""
    width = rng.randint(16, 48)
    out: list[Piece] = []
    column = 0
    for text, kind in pieces:
        line = []
        for i, character in enumerate(text):
            if column >= width and character != "\n" and (kind is None or i):
                line.append("\n")
                column = 0
            line.append(character)
            column = 0 if character == "\n" else column + 1
        out.append(("".join(line), kind))
    return out


_CHANNELS = (
    (_untouched, 50),
    (_read_by_machine, 18),
    (_without_marks, 8),
    (_unlabelled, 8),
    (_with_blanks, 6),
    (_wrapped, 4),
    (_traditional, 2),
    (_other_line_ends, 4),
)
