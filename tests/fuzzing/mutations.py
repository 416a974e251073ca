"""Real files, damaged at random: cut, flipped, spliced, and repacked with a damaged part."""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from indexer.parsing.parsers import Parser
from models.errors import UnreadableFile

READ = "read"
_INTERESTING = (b"\0", b"\xff", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"-1", b"99999999999", b"%s", b"../")


def mutated(data: bytes, draw: random.Random, others: Mapping[str, bytes]) -> bytes:
    """Return ``data`` after one to four changes; an Office file as often in one of its parts as as a whole."""
    if data.startswith(b"PK") and draw.random() < 0.5:
        return _with_changed_part(data, draw, others)
    for _ in range(draw.randint(1, 4)):
        data = _changed(data, draw, others)
    return data


def _changed(data: bytes, draw: random.Random, others: Mapping[str, bytes]) -> bytes:
    if not data:
        return data
    start = draw.randrange(len(data))
    end = min(len(data), start + draw.choice((1, 2, 4, 16, 256, 4096)))
    kind = draw.randrange(7)
    if kind == 0:
        return data[:start]
    if kind == 1:
        flipped = bytearray(data)
        for _ in range(draw.choice((1, 3, 30))):
            flipped[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        return bytes(flipped)
    if kind == 2:
        return data[:start] + data[end:]
    if kind == 3:
        return data[:end] + data[start:end] * draw.choice((1, 2, 50)) + data[end:]
    if kind == 4:
        return data[:start] + draw.choice(_INTERESTING) + data[end:]
    if kind == 5:
        other = draw.choice(sorted(others.values()))
        cut = draw.randrange(len(other) + 1)
        return data[:start] + other[cut : cut + 4096] + data[end:]
    return data[:start] + draw.randbytes(end - start) + data[end:]


def _with_changed_part(data: bytes, draw: random.Random, others: Mapping[str, bytes]) -> bytes:
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = {info.filename: archive.read(info) for info in archive.infolist()}
    except (BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError, zlib.error):
        return _changed(data, draw, others)
    name = draw.choice(sorted(parts))
    parts[name] = _changed(parts[name], draw, others)
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return buffer.getvalue()


def ending_of(parser: Parser, data: bytes, name: str) -> str:
    """Return how a file ends: ``read`` or the code of its refusal, which is told in one sentence.

    Raises:
        AssertionError: the refusal is no narrow one, or not told as it should be.
    """
    try:
        pages = parser.read_bytes(data, name).pages
    except UnreadableFile as error:
        assert type(error) is not UnreadableFile, error.detail
        assert error.detail.endswith("。"), error.code
        assert "\n" not in error.detail, error.code
        return error.code
    assert any(page.text.strip() for page in pages)
    return READ
