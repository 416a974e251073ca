"""Keys, backups and disposal: how the archive is kept, and how it lets go."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from api.bootstrap.foundation import KEYS_FOLDER, Foundation

if TYPE_CHECKING:
    from indexer.backup import Backups
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

    @cached_property
    def backups(self) -> Backups:
        from indexer.backup import Backups
        from indexer.store.snapshots import copy_database

        return Backups(
            self.store,
            self.key_ring,
            self.sealer,
            self.audit,
            partial(copy_database, self.engine),
            self.folder,
            self.clock,
            self.via,
        )

    def verify_keys(self) -> int:
        """Return how many keys of content open; ArtifactTampered where one does not."""
        rotation = self.key_rotation
        return sum(holder.verify(self.sealer) for holder in (rotation.columns, *rotation.files))

    def close(self) -> None:
        self.engine.dispose()
