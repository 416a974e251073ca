"""How the people who looked are called in what leaves the house."""

from __future__ import annotations

from enum import StrEnum


class Accounts(StrEnum):
    """How accounts are called in a receipt."""

    SHOWN = "shown"
    PSEUDONYM = "pseudonym"
    """The same person has the same name in all receipts about the same documents, and no other."""
