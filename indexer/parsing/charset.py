"""Bytes to text for files that do not say their charset.

UTF-8 is decided by validity alone. Between UTF-16, GB18030 and Big5 validity is not enough (most
Big5 text is also valid GB18030), so each strict decoding is scored by how much of it is what
people write: GB 2312-1980 level-1 characters (first bytes B0–D7) and Big5 level-1 characters
(A4–C6) count full, rarer ones less, private use and unassigned code points nothing.
"""

from __future__ import annotations

import codecs
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from models.errors import UnsupportedMedia

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_CANDIDATES = {"gb18030": 1.0, "big5": 0.95, "utf-16-le": 0.95, "utf-16-be": 0.95}
"""With what a score is worth: GB18030 is what these offices write, so it wins a close call."""
_PUNCTUATION = frozenset("，。、；：？！（）《》〈〉「」『』【】〔〕“”‘’·…—～　％￥０１２３４５６７８９")
_SAMPLE_BYTES = 65536
_LEAST_PLAUSIBLE = 0.5
_CONTROLS_ALLOWED = 0.01
_LAYOUT = frozenset("\t\n\r\f\v\x1a")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with its charset (a Python codec name); ``plausibility`` 0–1."""

    text: str
    charset: str
    plausibility: float


def decode(data: bytes) -> Decoded:
    """Return the text of ``data``, byte order mark removed.

    A character cut off at the end becomes U+FFFD; anything else undecodable refuses the whole.

    Raises:
        UnsupportedMedia: not text, or text in none of the known charsets.
    """
    for mark, charset in _BOMS:
        if data.startswith(mark):
            text = _strictly(data[len(mark) :], charset)
            if text is not None and not _is_binary(text):
                return Decoded(text, charset, 1.0)
    text = _strictly(data, "utf-8")
    if text is not None and not _is_binary(text):
        return Decoded(text, "utf-8", 1.0)
    charset, score = _most_plausible(data[:_SAMPLE_BYTES])
    text = _strictly(data, charset) if score >= _LEAST_PLAUSIBLE else None
    if text is None or _is_binary(text):
        raise UnsupportedMedia("文件内容不是可识别的文字编码，请用原软件另存为 UTF-8 文本或 PDF 后再导入。")
    return Decoded(text, charset, score)


def _most_plausible(sample: bytes) -> tuple[str, float]:
    scored = [(charset, _plausibility(sample, charset) * worth) for charset, worth in _CANDIDATES.items()]
    return max(scored, key=lambda pair: pair[1])


def _strictly(data: bytes, charset: str) -> str | None:
    decoder = codecs.getincrementaldecoder(charset)("strict")
    try:
        text = decoder.decode(data, final=False)
    except UnicodeDecodeError:
        return None
    unfinished = bool(decoder.getstate()[0])
    return text + "\ufffd" if unfinished else text


def _is_binary(text: str) -> bool:
    """NUL never occurs in text; other control characters only as rare dirt."""
    if "\0" in text:
        return True
    sample = text[:_SAMPLE_BYTES]
    controls = sum(1 for c in sample if c < " " and c not in _LAYOUT)
    return controls > len(sample) * _CONTROLS_ALLOWED


def _plausibility(sample: bytes, charset: str) -> float:
    text = _strictly(sample, charset)
    if not text or "\0" in text:
        return 0.0
    weigh = _weight_big5 if charset == "big5" else _weight
    return sum(weigh(c) for c in text) / len(text)


@lru_cache(maxsize=32768)
def _weight(char: str) -> float:
    if char.isascii():
        return 1.0 if char >= " " or char in _LAYOUT else 0.0
    if unicodedata.category(char) in {"Co", "Cn", "Cs", "Cc"}:
        return 0.0
    if char in _PUNCTUATION:
        return 1.0
    try:
        first = char.encode("gb2312")[0]
    except UnicodeEncodeError:
        # 生僻字 and emoji are written; foreign scripts in numbers betray a wrong decoding.
        return 0.6 if unicodedata.name(char, "").startswith("CJK") or char > "\uffff" else 0.2
    return _of_first_byte(first, symbols=range(0xA1, 0xB0), common=range(0xB0, 0xD8))


@lru_cache(maxsize=32768)
def _weight_big5(char: str) -> float:
    if char.isascii() or char in _PUNCTUATION:
        return _weight(char)
    first = char.encode("big5", errors="replace")[0]
    return _of_first_byte(first, symbols=range(0xA1, 0xA4), common=range(0xA4, 0xC7))


def _of_first_byte(first: int, *, symbols: range, common: range) -> float:
    if first in common:
        return 1.0
    return 0.3 if first in symbols else 0.5
