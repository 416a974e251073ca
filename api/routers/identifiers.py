"""Identifiers as callers write them."""

from __future__ import annotations

from uuid import UUID


def canonical(identifier: str) -> str:
    """Return the identifier as it is stored; what is no identifier at all becomes one nobody has."""
    try:
        return str(UUID(identifier))
    except ValueError:
        return ""
