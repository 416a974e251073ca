"""Which master key opens what: epochs in the database, keys in a `KeySource`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Engine, func, inspect, select, table
from sqlalchemy.orm import Session

from indexer.store.allowed import aware
from indexer.store.database import exclusive, transaction
from indexer.store.key_sources import KeySource
from indexer.store.key_tables import KeyEpochRow
from indexer.store.sealed_columns import SealedColumns
from indexer.store.sealing import (
    FIRST_EPOCH,
    DerivedKeys,
    Sealer,
    check_value,
    seal_derived,
    unseal_derived,
)
from models.errors import StoreUnavailable

_WRONG = "主密钥不是这个档案库的，没有做任何改动；请核对 CHADANG_MASTER_KEY 或 keys/master.key。"
_NONE = (
    "找不到主密钥，没有做任何改动；请放回 keys/master.key 或设置 CHADANG_MASTER_KEY，否则密封的内容打不开。"
)
_BOTH = (
    "密钥轮换尚未完成，新旧两个主密钥都要有，没有做任何改动；请都给出后运行 chadang keys rotate 完成轮换。"
)
_UNTOUCHED = frozenset({"alembic_version", "key_epochs", "accounts", "policies"})
"""Tables in which nothing is sealed or hashed by a key: an archive with rows in these alone has none yet."""


class EpochState(StrEnum):
    ACTIVE = "active"
    RETIRING = "retiring"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class Epoch:
    """One master key of the archive; times in UTC."""

    number: int
    check_value: str
    state: EpochState
    begun_at: datetime
    destroyed_at: datetime | None


class KeyRing:
    """The epochs of one archive with the keys that open them."""

    def __init__(self, engine: Engine, source: KeySource, note: str = "") -> None:
        """``note``: the keyed hash an archive from before epochs kept of its master key, '' for none."""
        self._engine = engine
        self.source = source
        self._note = note

    def sealer(self) -> Sealer:
        """Return what seals and opens; a new archive gets its first key here.

        Raises:
            StoreUnavailable: a master key is missing or not this archive's; nothing has been written.
        """
        if not self.epochs():
            self._begin_archive()
        with transaction(self._engine) as session:
            return self._sealer_in(session)

    def active_sealer(self) -> Sealer:
        """Return what opens under the active epoch alone, as after a rotation."""
        with transaction(self._engine) as session:
            active = _live(session)[-1]
            key = self._key_of(active)
            return Sealer(key, unseal_derived(key, active.epoch, active.sealed_keys), epoch=active.epoch)

    def epochs(self) -> list[Epoch]:
        """Return all epochs, the first one first; none before the archive is first opened."""
        with transaction(self._engine) as session:
            return [
                Epoch(
                    row.epoch,
                    row.check_value,
                    EpochState(row.state),
                    aware(row.begun_at),
                    aware(row.destroyed_at) if row.destroyed_at else None,
                )
                for row in session.scalars(select(KeyEpochRow).order_by(KeyEpochRow.epoch))
            ]

    def begin_next(self) -> None:
        """Begin another epoch, under the source's following key; the present one retires."""
        following = self.source.following()
        with exclusive(self._engine) as session:
            (old,) = _live(session)
            derived = unseal_derived(self._key_of(old), old.epoch, old.sealed_keys)
            if check_value(following) == old.check_value:
                raise StoreUnavailable("新主密钥与现用的相同，没有做任何改动；请换一个新密钥。")
            old.state = EpochState.RETIRING.value
            session.add(_row(old.epoch + 1, following, derived))

    def end_retiring(self) -> None:
        """Say that nothing needs a retiring key any more, and forget what it wrapped."""
        with exclusive(self._engine) as session:
            for row in _live(session):
                if row.state == EpochState.RETIRING.value:
                    row.state, row.sealed_keys = EpochState.DESTROYED.value, b""
                    row.destroyed_at = datetime.now(UTC)

    def settle_source(self) -> str:
        """Destroy every key in the source but the active one's; return what the operator has to do, or ''."""
        with transaction(self._engine) as session:
            (active,) = _live(session)
            return self.source.settle(self._key_of(active))

    def is_settled(self) -> bool:
        """Whether one epoch is live and the source holds its key alone."""
        return not self.is_under_way() and len(self.source.held()) == 1

    def is_under_way(self) -> bool:
        """Whether a rotation has begun and not ended: two live epochs, or a key whose epoch is over."""
        epochs = self.epochs()
        over = {epoch.check_value for epoch in epochs if epoch.state is EpochState.DESTROYED}
        live = len(epochs) - len(over)
        return live > 1 or any(check_value(key) in over for key in self.source.held())

    def _begin_archive(self) -> None:
        held = self.source.held()
        if not held and (self._note or _is_used(self._engine)):
            raise StoreUnavailable(_NONE)
        key = held[0] if held else self.source.first()
        early = Sealer(key).keyed_hash("chadang", "master-key-note")
        if self._note and self._note != early:
            raise StoreUnavailable(_WRONG)
        if not self._note and not SealedColumns(self._engine).opens(Sealer(key)):
            raise StoreUnavailable(_WRONG)
        with exclusive(self._engine) as session:
            if _live(session):  # another process was first
                return
            used = bool(self._note) or _is_used(self._engine)
            derived = DerivedKeys.of_master(key) if used else DerivedKeys.fresh()
            session.add(_row(FIRST_EPOCH, key, derived))

    def _sealer_in(self, session: Session) -> Sealer:
        live = _live(session)
        masters = {row.epoch: self._key_of(row, len(live) > 1) for row in live}
        active = live[-1]
        derived = unseal_derived(masters[active.epoch], active.epoch, active.sealed_keys)
        return Sealer(masters.pop(active.epoch), derived, epoch=active.epoch, earlier=masters)

    def _key_of(self, row: KeyEpochRow, rotating: bool = False) -> bytes:
        held = self.source.held()
        for key in held:
            if check_value(key) == row.check_value:
                return key
        if rotating:
            raise StoreUnavailable(_BOTH)
        raise StoreUnavailable(_WRONG if held else _NONE)


def _row(epoch: int, key: bytes, derived: DerivedKeys) -> KeyEpochRow:
    return KeyEpochRow(
        epoch=epoch,
        check_value=check_value(key),
        state=EpochState.ACTIVE.value,
        sealed_keys=seal_derived(key, epoch, derived),
        begun_at=datetime.now(UTC),
    )


def _live(session: Session) -> list[KeyEpochRow]:
    """Return the epochs that still open something, the active one last."""
    alive = KeyEpochRow.state != EpochState.DESTROYED.value
    return list(session.scalars(select(KeyEpochRow).where(alive).order_by(KeyEpochRow.epoch)))


def _is_used(engine: Engine) -> bool:
    """Whether anything was ever stored: its hashes and signatures then come from the master key itself."""
    with engine.connect() as connection:
        names = set(inspect(connection).get_table_names()) - _UNTOUCHED
        counts = (connection.scalar(select(func.count()).select_from(table(name))) for name in sorted(names))
        return any(counts)
