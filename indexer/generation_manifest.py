"""The manifest of one generation of the index."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from models.embedding.space import EmbeddingSpace

FORMAT = 1
NAME = "MANIFEST.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is and the sha256 of each of its files, by path below its folder."""

    generation: str
    seq: int
    rows: int
    space: EmbeddingSpace
    segmentation: str
    created_at: datetime
    sha256: dict[str, str]

    def to_json(self) -> str:
        stated = {"format": FORMAT, **asdict(self), "created_at": self.created_at.isoformat()}
        # A flipped bit in ``seq`` would silently skip part of the outbox: the manifest is sealed too.
        return json.dumps({**stated, "seal": _seal_of(stated)}, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Raises ValueError, KeyError or TypeError if the text is not an intact manifest."""
        stated = json.loads(text)
        if stated.pop("seal") != _seal_of(stated) or stated.pop("format") != FORMAT:
            raise ValueError("not an intact manifest of this format")
        created_at = datetime.fromisoformat(stated.pop("created_at"))
        return cls(space=EmbeddingSpace(**stated.pop("space")), created_at=created_at, **stated)


def _seal_of(stated: dict[str, object]) -> str:
    return sha256(json.dumps(stated, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()
