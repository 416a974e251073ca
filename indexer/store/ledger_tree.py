"""The tree over the stored entries: tops of whole tiles are stored, the rest is read from the entries.

Nothing is taken into a tile or signed that does not fit its seal, so whoever writes to the database without
the master key cannot have the archive sign what he wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from indexer.store.ledger_raw import raw, text_of
from indexer.store.ledger_seals import LedgerSeals
from indexer.store.ledger_tables import LedgerCheckpointRow, LedgerNodeRow
from indexer.store.tables import AuditRow
from models.errors import ArtifactTampered
from models.ledger.checkpoints import Checkpoint, read_note
from models.ledger.entries import FIRST
from models.ledger.merkle import TILE, TILE_LEVEL, Frontier, leaf_hash, root_of, tops_of

TAMPERED = "查阅台账与封印不符，请运行 chadang audit verify 找出第一处，保护现场并报告安全管理员。"


@dataclass(slots=True)
class StoredTree:
    """One look at the tree inside a transaction; what was read once is not read again.

    Everything raises ArtifactTampered where an entry or a top is missing or does not fit.
    """

    session: Session
    seals: LedgerSeals
    _tiles: dict[int, list[bytes]] = field(default_factory=dict)

    def node(self, level: int, position: int) -> bytes:
        """Return the top of a perfect subtree (`models.ledger.merkle.NodeOf`)."""
        if level >= TILE_LEVEL:
            row = self.session.get(LedgerNodeRow, (level, position))
            if row is None:
                raise ArtifactTampered(TAMPERED)
            return row.top
        tile, within = divmod(position << level, TILE)
        leaves = self._leaves(tile)[within : within + (1 << level)]
        if len(leaves) != 1 << level:
            raise ArtifactTampered(TAMPERED)
        frontier = Frontier()
        for leaf in leaves:
            frontier.add(leaf)
        return frontier.root()

    def root(self, size: int) -> bytes:
        return root_of(size, self.node)

    def close_tile(self, size: int) -> None:
        """Store what the entry number ``size``, a multiple of `TILE`, makes whole."""
        before = size - TILE
        frontier = Frontier.of(before, self.trusted_tops(before))
        own = Frontier()
        for leaf in self._leaves(before // TILE):
            own.add(leaf)
        if own.size != TILE:
            raise ArtifactTampered(TAMPERED)
        made = frontier.add(own.root(), TILE_LEVEL)
        self.session.execute(
            insert(LedgerNodeRow),
            [{"level": level, "position": place, "top": top} for level, place, top in made],
        )

    def trusted_tops(self, size: int) -> list[bytes]:
        """Return the tops of whole tiles, checked against the signed checkpoint of that size."""
        tops = tops_of(size, self.node)
        if size:
            known = self.checkpoint_at(size)
            if known is None or Frontier.of(size, tops).root().hex() != known.root:
                raise ArtifactTampered(TAMPERED)
        return tops

    def issue(self, number: int, size: int, head: str, at: datetime) -> Checkpoint:
        """Sign and keep the checkpoint over the first ``size`` entries."""
        whole = size - size % TILE
        if size % TILE:
            self.trusted_tops(whole)
        made = self.seals.key.checkpoint(number, size, self.root(size), head, at)
        self.session.execute(insert(LedgerCheckpointRow).values(number=number, size=size, note=made.note))
        return made

    def checkpoint_at(self, size: int) -> Checkpoint | None:
        """Return the signed checkpoint of exactly this size, None where there is none that is signed."""
        rows = self.session.execute(
            select(raw(self.session, LedgerCheckpointRow.note))
            .where(LedgerCheckpointRow.size == size)
            .order_by(LedgerCheckpointRow.number)
        )
        for note in rows.scalars():
            found = signed(text_of(note), self.seals)
            if found is not None and found.size == size:
                return found
        return None

    def _leaves(self, tile: int) -> list[bytes]:
        if tile not in self._tiles:
            first = tile * TILE + 1
            rows: Sequence[Any] = self.session.execute(
                select(AuditRow.seq, AuditRow.digest, AuditRow.seal, AuditRow.version)
                .where(AuditRow.seq.between(first, first + TILE - 1))
                .order_by(AuditRow.seq)
            ).all()
            self._tiles[tile] = [self._leaf(row, expected) for expected, row in enumerate(rows, start=first)]
        return self._tiles[tile]

    def _leaf(self, row: Any, expected: int) -> bytes:
        sealed = row.version == FIRST or row.seal == self.seals.entry(row.seq, row.digest)
        if row.seq != expected or not sealed:
            raise ArtifactTampered(TAMPERED)
        try:
            return leaf_hash(bytes.fromhex(row.digest))
        except ValueError:
            raise ArtifactTampered(TAMPERED) from None


def signed(note: str, seals: LedgerSeals) -> Checkpoint | None:
    """Return what a note of ours says, None where it is none of ours or was changed.

    Signing the same again gives the same note, so not even how it is spelled can change.
    """
    try:
        said = read_note(note, seals.key.public)
        again = seals.key.checkpoint(said.number, said.size, bytes.fromhex(said.root), said.head, said.at)
    except ValueError:
        return None
    return again if again.note == note else None
