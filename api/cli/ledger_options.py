"""Options of `chadang audit`, and days as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from models.errors import InvalidInput

Auditor = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help="以哪个审计管理员账号的身份操作；不写为本机操作员。"),
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="从哪天起（含），如 2026-01-15；不写为全部。")
]
_LENGTH = len("2026-01-15")


def day(written: str | None, option: str) -> datetime | None:
    """Return what `first_moment` does, None where no day was written."""
    return None if written is None else first_moment(written, option)


def first_moment(written: str, option: str) -> datetime:
    """Return the first moment of a day in China, in UTC.

    Raises:
        InvalidInput: it is no day.
    """
    from api.cli.grant import CHINA

    try:
        moment = datetime.fromisoformat(written)
        if len(written) != _LENGTH:
            raise ValueError(written)
        return moment.replace(tzinfo=CHINA).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"{option} 应写成 2026-01-15 的形式。") from error
