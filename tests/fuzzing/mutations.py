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
_INTERESTING = (
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x7f\xff\xff\xff",
    b"-1",
    b"99999999999",
    b"%s",
    b"../",
)


def mutated(data: bytes, draw: random.Random, others: Mapping[str, bytes]) -> bytes:
    """Return ``data`` after one to four changes; of an Office file, half the time in one part."""
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
    before, piece, after = data[:start], data[start:end], data[end:]
    other = draw.choice(sorted(others.values()))
    cut = draw.randrange(len(other) + 1)
    changes = (
        lambda: before,
        lambda: _flipped(data, draw),
        lambda: before + after,
        lambda: before + piece * draw.choice((2, 3, 50)) + after,
        lambda: before + draw.choice(_INTERESTING) + after,
        lambda: before + other[cut : cut + 4096] + after,
        lambda: before + draw.randbytes(len(piece)) + after,
    )
    return draw.choice(changes)()


def _flipped(data: bytes, draw: random.Random) -> bytes:
    flipped = bytearray(data)
    for _ in range(draw.choice((1, 3, 30))):
        flipped[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(flipped)


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
    refusal: UnreadableFile | None = None
    try:
        pages = parser.read_bytes(data, name).pages
    except UnreadableFile as error:
        refusal = error
    if refusal is None:
        assert any(page.text.strip() for page in pages)
        return READ
    assert type(refusal) is not UnreadableFile, refusal.detail
    assert refusal.detail.endswith("。"), refusal.code
    assert "\n" not in refusal.detail, refusal.code
    return refusal.code
