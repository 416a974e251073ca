"""Supervision of duty."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from api.bootstrap.foundation import Foundation
from models.errors import InvalidInput

if TYPE_CHECKING:
    from indexer.store.supervision_sqlalchemy import SqlSupervisionStore
    from indexer.supervision import Supervision
    from indexer.supervision_scan import SupervisionScan

REGISTER_NAME = "supervision.toml"


class Supervising(Foundation):
    """Supervision of duty."""

    @cached_property
    def supervision_store(self) -> SqlSupervisionStore:
        from indexer.store.supervision_sqlalchemy import SqlSupervisionStore

        return SqlSupervisionStore(self.engine, self.sealer)

    @cached_property
    def supervision(self) -> Supervision:
        from indexer.supervision import Supervision

        return Supervision(self.supervision_store, self.audit, self.clock, self.via)

    @cached_property
    def supervision_scan(self) -> SupervisionScan:
        from indexer.supervision_scan import SupervisionScan

        return SupervisionScan(
            self.supervision_store, self.accounts, self.audit, self.clock, self._register, self.via
        )

    def _register(self) -> str:
        path = self.folder / REGISTER_NAME
        try:
            return path.read_text("utf-8") if path.is_file() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(
                f"状态目录里的 {REGISTER_NAME} 无法读取：须为 UTF-8 文本，请检查编码和权限。"
            ) from error
