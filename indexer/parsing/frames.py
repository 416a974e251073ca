"""How the service and its parser process talk: a length, a JSON object, then as many bytes as it says.

Neither side unpickles anything: what comes out of the parser is as little to be trusted as the file.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import IO, Any

_LENGTH = struct.Struct(">Q")
LAST = "last"
"""In the header of an answer: whether the process ends with it."""


class Torn(Exception):
    """The other side ended, or said something that is no frame."""


def write_frame(stream: IO[bytes], header: Mapping[str, Any], content: bytes = b"") -> None:
    """Write one frame; ``header`` gets the length of ``content`` as ``content_bytes``."""
    told = json.dumps({**header, "content_bytes": len(content)}, ensure_ascii=False)
    raw = told.encode("utf-8", "surrogatepass")
    stream.write(_LENGTH.pack(len(raw)))
    stream.write(raw)
    stream.write(content)
    stream.flush()


def read_frame(stream: IO[bytes], max_bytes: int) -> tuple[dict[str, Any], bytes]:
    """Return the header and the content of the next frame, each at most ``max_bytes`` long.

    Raises:
        Torn: the stream ended, or what came is longer than allowed or no frame.
    """
    try:
        header = json.loads(_exactly(stream, _LENGTH.unpack(_exactly(stream, 8))[0], max_bytes))
        content = _exactly(stream, int(header["content_bytes"]), max_bytes)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Torn from error
    return header, content


def _exactly(stream: IO[bytes], count: int, max_bytes: int = _LENGTH.size) -> bytes:
    if not 0 <= count <= max_bytes:
        raise Torn
    raw = stream.read(count)
    if len(raw) < count:
        raise Torn
    return raw
