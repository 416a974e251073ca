"""Keys, backups and disposal: how the archive is kept, and how it lets go."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from api.bootstrap.foundation import KEYS_FOLDER, Foundation

if TYPE_CHECKING:
    from indexer.key_rotation import KeyRotation


class Keeping(Foundation):
    """Keys, backups and disposal: how the archive is kept, and how it lets go."""

    @cached_property
    def key_rotation(self) -> KeyRotation:
        from indexer.key_rotation import KeyRotation
        from indexer.store.originals import SealedFiles
        from indexer.store.sealed_columns import SealedColumns

        folders = ("originals", "quarantine")
        return KeyRotation(
            self.key_ring,
            SealedColumns(self.engine),
            tuple(SealedFiles(self.folder / name, self.sealer) for name in folders),
            self.audit,
            self.presence,
            self.folder / KEYS_FOLDER,
            self.clock,
            self.via,
        )
