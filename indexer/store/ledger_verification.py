"""Does everything fit: entries, chain, seals, tops, checkpoints, the end, the mark beside the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from indexer.store.ledger_archives import Cut, last_cut
from indexer.store.ledger_heads import read_head
from indexer.store.ledger_raw import StoredEntry, raw, raw_entries, text_of
from indexer.store.ledger_seals import LedgerSeals
from indexer.store.ledger_tables import LedgerCheckpointRow, LedgerNodeRow
from indexer.store.ledger_tree import signed
from indexer.store.ledger_witness import Witness
from models.ledger.checkpoints import Checkpoint
from models.ledger.entries import FIRST, digest_of
from models.ledger.merkle import TILE, TILE_LEVEL, Frontier, leaf_hash, root_of


@dataclass(frozen=True, slots=True)
class Finding:
    """The first entry that does not fit, and in Chinese what about it does not."""

    seq: int
    says: str


@dataclass(slots=True)
class _Walk:
    """What the entries themselves give, from the first kept one on."""

    last: int
    digest: str
    frontier: Frontier
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    versions: tuple[int, int] = (0, 0)
    """How many entries of the first and of later versions."""


def verified(
    session: Session, seals: LedgerSeals, witness: Witness | None, against: Sequence[Checkpoint] = ()
) -> Finding | None:
    """Return the first thing that does not fit, by the number of its entry; None where all does.

    Entries come first, since they can be named best; what is derived from them only counts where they fit.
    """
    cut = last_cut(session, seals)
    if isinstance(cut, str):
        return Finding(1, cut)
    stored = {(row.level, row.position): row.top for row in session.scalars(select(LedgerNodeRow))}
    try:
        frontier = _begin(cut, stored)
    except (KeyError, ValueError):
        return Finding(cut.size + 1, "已移出部分的汇总节点缺失")
    walk = _Walk(cut.size, cut.head, frontier)
    wanted = defaultdict[int, list[Checkpoint]](list)
    for known in (*_checkpoints(session, seals), *against):
        wanted[known.size].append(known)
    found = _entries(session, seals, walk, wanted, _mark_of(witness))
    return (
        found
        or _end(session, seals, walk, wanted)
        or _derived(walk, stored, cut)
        or _signed(session, seals, walk, stored, cut)
        or _witnessed(witness, walk)
    )


def _begin(cut: Cut, stored: dict[tuple[int, int], bytes]) -> Frontier:
    """Return the tree over the entries that were moved out, checked against what was signed of it."""
    levels = [n for n in range(cut.size.bit_length() - 1, -1, -1) if cut.size >> n & 1]
    tops, start = [], 0
    for level in levels:
        tops.append(stored[level, start >> level])
        start += 1 << level
    frontier = Frontier.of(cut.size, tops)
    if cut.size and frontier.root().hex() != cut.root:
        raise ValueError("root")
    return frontier


def _entries(
    session: Session,
    seals: LedgerSeals,
    walk: _Walk,
    wanted: Mapping[int, Sequence[Checkpoint]],
    mark: tuple[int, str] | None,
) -> Finding | None:
    for seq, stored in raw_entries(session):
        expected = walk.last + 1
        if seq != expected:
            return Finding(min(seq, expected), "该条缺失、多出或次序不对")
        says = "该条无法读取" if stored is None else _misfit(stored, walk.digest, seals)
        if says or stored is None:
            return Finding(seq, says)
        walk.last, walk.digest = seq, stored.digest
        old = stored.entry.version == FIRST
        walk.versions = (walk.versions[0] + old, walk.versions[1] + (not old))
        if old and walk.versions[1]:
            return Finding(seq, "该条被换成旧格式")
        for level, place, top in walk.frontier.add(leaf_hash(bytes.fromhex(stored.digest))):
            if level >= TILE_LEVEL:
                walk.nodes[level, place] = top
        known = wanted.get(seq, ())
        if known and {(c.root, c.head) for c in known} != {(walk.frontier.root().hex(), walk.digest)}:
            return Finding(seq, "该条及以前的内容与已签署的检查点不符")
        if mark and mark[0] == seq and mark[1] != stored.digest:
            return Finding(seq, "该条与数据库之外的标记不符：台账曾被整体换成较早的状态")
    return None


def _misfit(stored: StoredEntry, previous: str, seals: LedgerSeals) -> str:
    entry = stored.entry
    try:
        digest = digest_of(entry, seals.secret(entry.seq))
    except ValueError:
        return "该条的格式不明"
    if digest != stored.digest:
        return "该条的内容被改动"
    if entry.previous != previous:
        return "该条与前一条接不上"
    sealed = "" if entry.version == FIRST else seals.entry(entry.seq, stored.digest)
    return "" if stored.seal == sealed else "该条的封印不符：不是本系统写的"


def _derived(walk: _Walk, stored: dict[tuple[int, int], bytes], cut: Cut) -> Finding | None:
    """Compare the stored tops with those the entries give."""
    below = {name: top for name, top in stored.items() if (name[1] + 1) << name[0] <= cut.size}
    for name in sorted(stored.keys() | walk.nodes.keys()):
        level, place = name
        if name in below and name not in walk.nodes:
            if level > TILE_LEVEL and not _adds_up(name, below):
                return Finding((place << level) + 1, "从该条起的汇总节点被改动")
        elif stored.get(name) != walk.nodes.get(name):
            return Finding((place << level) + 1, "从该条起的汇总节点被改动、缺失或多出")
    return None


def _adds_up(name: tuple[int, int], tops: dict[tuple[int, int], bytes]) -> bool:
    level, place = name
    children = [tops.get((level - 1, 2 * place + side)) for side in (0, 1)]
    frontier = Frontier()
    for child in children:
        if child is None:
            return False
        frontier.add(child, level - 1)
    return frontier.root() == tops[name]


def _root(size: int, stored: dict[tuple[int, int], bytes]) -> str:
    """Return the root over entries that were moved out, '' where a top of theirs is missing."""
    try:
        return root_of(size, lambda level, place: stored[level, place]).hex()
    except KeyError:
        return ""


def _end(
    session: Session, seals: LedgerSeals, walk: _Walk, wanted: Mapping[int, Sequence[Checkpoint]]
) -> Finding | None:
    """Ask whether entries were cut off at the end."""
    after = walk.last + 1
    beyond = [size for size in wanted if size > walk.last]
    if beyond:
        return Finding(after, f"检查点证明台账曾有 {max(beyond)} 条，末尾的被截去")
    stored = read_head(session, seals)
    if stored.head.broken and stored.fits:
        return Finding(stored.head.broken, "写到该条之前，末尾曾被截去或改写")
    if not stored.fits:
        return Finding(after, "末尾的封印不符：有记录被截去，或封印被替换")
    count = session.execute(select(func.count()).select_from(LedgerCheckpointRow)).scalar_one()
    if not stored.upgraded and count != stored.head.checkpoints:
        return Finding(after, "检查点缺失或多出")
    return None


def _signed(
    session: Session, seals: LedgerSeals, walk: _Walk, stored: dict[tuple[int, int], bytes], cut: Cut
) -> Finding | None:
    """Check every checkpoint's signature and number; roots were compared on the way, but for what is gone."""
    note = raw(session, LedgerCheckpointRow.note).label("note")
    rows = session.execute(
        select(LedgerCheckpointRow.number, LedgerCheckpointRow.size, note).order_by(
            LedgerCheckpointRow.number
        )
    )
    for number, row in enumerate(rows, start=1):
        known = signed(text_of(row.note), seals)
        if known is None or (known.number, known.size, row.number) != (number, row.size, number):
            return Finding(max(1, min(row.size, walk.last + 1)), "检查点被改动、缺失或多出")
        if known.size <= cut.size and not known.size % TILE and _root(known.size, stored) != known.root:
            return Finding(known.size, "该条及以前的内容与已签署的检查点不符")
    return None


def _witnessed(witness: Witness | None, walk: _Walk) -> Finding | None:
    if witness is None:
        return None
    try:
        mark = witness.read()
    except ValueError:
        return Finding(walk.last + 1, "数据库之外的标记（ledger/witness）被改动")
    if mark is not None and mark.seq > walk.last:
        return Finding(walk.last + 1, f"数据库之外的标记说明台账曾有 {mark.seq} 条，末尾的被截去")
    return None


def _mark_of(witness: Witness | None) -> tuple[int, str] | None:
    try:
        mark = witness.read() if witness else None
    except ValueError:
        return None
    return (mark.seq, mark.digest) if mark else None


def _checkpoints(session: Session, seals: LedgerSeals) -> Iterator[Checkpoint]:
    for note in session.execute(select(raw(session, LedgerCheckpointRow.note))).scalars():
        known = signed(text_of(note), seals)
        if known is not None:
            yield known
