"""Keys, backups and disposal: how the archive is kept, and how it lets go."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from api.bootstrap.engines import Engines
from api.bootstrap.foundation import KEYS_FOLDER

if TYPE_CHECKING:
    from indexer.backup import Backups
    from indexer.disposal import Disposals
    from indexer.key_rotation import KeyRotation
    from indexer.store.originals import SealedFiles


class Keeping(Engines):
    """Keys, backups and disposal: how the archive is kept, and how it lets go."""

    @cached_property
    def key_rotation(self) -> KeyRotation:
        from indexer.key_rotation import KeyRotation
        from indexer.store.sealed_columns import SealedColumns

        return KeyRotation(
            self.key_ring,
            SealedColumns(self.engine),
            self._sealed_files(),
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
            self.key_ring,
            self.sealer,
            self.audit,
            partial(copy_database, self.engine),
            self.folder,
            self.clock,
            self.via,
        )

    @cached_property
    def disposals(self) -> Disposals:
        from indexer.disposal import Disposals
        from indexer.store.disposal_sqlalchemy import SqlDisposalStore
        from indexer.store.signed_reports import SignedReportStore

        signed = SignedReportStore(self.engine, self.sealer)
        return Disposals(
            SqlDisposalStore(self.engine, self.sealer, self._sealed_files()),
            self.audit,
            self._without_personal_data,
            lambda body: (signed.signature_of(body), signed.public_key),
            self.index.catch_up,
            self.folder / KEYS_FOLDER,
            self.clock,
            self.via,
        )

    def _without_personal_data(self, text: str) -> str:
        from models.privacy.masking import mask, profile

        return mask(text, self.detector.detect([text])[0], profile("public")).text

    def _sealed_files(self) -> tuple[SealedFiles, ...]:
        from indexer.store.originals import SealedFiles

        return tuple(SealedFiles(self.folder / name, self.sealer) for name in ("originals", "quarantine"))

    def verify_keys(self) -> int:
        """Return how many keys of content open; ArtifactTampered where one does not."""
        rotation = self.key_rotation
        return sum(holder.verify(self.sealer) for holder in (rotation.columns, *rotation.files))

    def close(self) -> None:
        self.engine.dispose()
