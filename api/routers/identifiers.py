"""Identifiers as callers write them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path

DocId = Annotated[str, Path(description="档案编号（系统内）")]


def canonical(identifier: str) -> str:
    """Return the identifier as it is stored; what is no identifier at all becomes one nobody has."""
    try:
        return str(UUID(identifier))
    except ValueError:
        return ""
