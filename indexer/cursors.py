"""Where an answer goes on: the rest of its ranking, sealed for one principal and one question.

The ranking is that of the generation the first page was answered from, so documents that arrive
meanwhile neither repeat nor skip anything. Each page asks the store again what may still be shown.
A cursor holds visible documents only, and its length follows from their number alone.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from indexer.legs import Candidate, reasons_known
from models.errors import ArtifactTampered, InvalidInput

MAX_CHARACTERS = 20_000
_ROW = struct.Struct(">16sqH")
_AT_MOST = 400


class TokenSealer(Protocol):
    """Seals short tokens: the same content about the same thing always gives the same token."""

    def seal_token(self, content: bytes, about: str) -> bytes: ...

    def unseal_token(self, token: bytes, about: str) -> bytes:
        """Return the content; ArtifactTampered where it was sealed about something else or not here."""
        ...


def cursor_of(sealer: TokenSealer, rest: Sequence[Candidate], generation: str, about: str) -> str | None:
    """Return the cursor to the rest of an answer, None where there is none."""
    if not rest:
        return None
    rows = (_ROW.pack(UUID(c.doc_id).bytes, c.chunk_id, _bits(c)) for c in rest[:_AT_MOST])
    content = UUID(generation).bytes + b"".join(rows)
    return base64.urlsafe_b64encode(sealer.seal_token(content, about)).decode("ascii").rstrip("=")


def rest_of(sealer: TokenSealer, cursor: str, about: str) -> list[Candidate]:
    """Return what a cursor holds.

    Raises:
        InvalidInput: it is none of ours, or belongs to another account, purpose or question.
    """
    try:
        token = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        content = sealer.unseal_token(token, about)
    except (binascii.Error, ValueError, ArtifactTampered):
        raise InvalidInput("翻页标记无效，或不属于这次检索，请从第一页重新检索。") from None
    return [
        Candidate(str(UUID(bytes=doc_id)), chunk_id, _reasons(bits))
        for doc_id, chunk_id, bits in _ROW.iter_unpack(content[16:])
    ]


def _bits(candidate: Candidate) -> int:
    return sum(1 << n for n, why in enumerate(reasons_known()) if why in candidate.reasons)


def _reasons(bits: int) -> tuple[str, ...]:
    return tuple(why for n, why in enumerate(reasons_known()) if bits >> n & 1)
