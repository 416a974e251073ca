"""Use case: take in files and records. Every deposit ends stored, duplicate or quarantined.

Order and durability: a batch is parsed, prepared and committed in one transaction with its outbox
rows; a kill at any moment loses at most the batch under way, and running again takes in what is
missing and nothing twice, because bytes are known by their sha256.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from indexer.deposits import (
    Deposit,
    FileDeposit,
    Outcome,
    OutcomeKind,
    Pause,
    RecordDeposit,
    RefusedDeposit,
    Summary,
    encodable,
    title_of,
)
from indexer.parsing.limits import MIB, ParsingLimits
from indexer.parsing.parsers import Parser
from indexer.preparation import Preparer, ReadDocument, StageClock
from indexer.renditions import RECORD_MEDIA_TYPE
from indexer.store.port import DocumentStore, Held, PreparedDocument, QuarantinedFile
from models.archive.documents import CatalogueEntry, Page
from models.errors import DenyListChanged, StateSecret, TooLarge, UnreadableFile

BATCH_DOCUMENTS = 64
BATCH_CHARACTERS = 60_000
"""A batch ends at whichever comes first: enough for the models to work in bulk, little to lose."""

_SECRET_GRADE = re.compile(r"(绝\s*密|机\s*密|秘\s*密)")
_SECRET_MARK = re.compile(_SECRET_GRADE.pattern + r"\s*[★☆]")
_SECRET_HEAD_CHARACTERS = 400
_SAME_BYTES = "内容与已归档的文件完全相同，未重复归档。"
_OTHER_NUMBER = "目录给这份文件的档号，与已归档的同一文件的不同；没有采用，请核对是一件两号，还是放错了文件"


@dataclass(frozen=True, slots=True)
class _Read:
    """A deposit that could be read, with the original bytes of a file."""

    document: ReadDocument
    original: bytes | None


@dataclass(slots=True)
class Ingestor:
    """Takes deposits in, batch by batch, yielding one outcome per deposit in the order given."""

    store: DocumentStore
    parser: Parser
    preparer: Preparer
    limits: ParsingLimits
    clock: StageClock = field(default_factory=StageClock)
    max_kept_bytes: int = 200 * 2**20
    """Refused files larger than this are remembered, but their bytes stay where they came from."""

    def ingest(self, deposits: Iterable[Deposit]) -> Iterator[Outcome]:
        """Yield outcomes; stopping early (Ctrl-C) keeps every batch already yielded.

        Raises:
            DependencyFailed: a model, the disk or the store failed; what was yielded is kept.
        """
        batch: list[_Read | Outcome] = []
        characters = 0
        for deposit in deposits:
            if not isinstance(deposit, Pause):
                with self.clock.stage("parse"):
                    read = self._read(deposit, batch)
                batch.append(read)
                if isinstance(read, _Read):
                    characters += sum(len(page.text) for page in read.document.pages)
            if isinstance(deposit, Pause) or len(batch) >= BATCH_DOCUMENTS or characters >= BATCH_CHARACTERS:
                yield from self._commit(batch)
                batch, characters = [], 0
        if batch:
            yield from self._commit(batch)

    # -- reading -----------------------------------------------------------------------------

    def _read(
        self, deposit: FileDeposit | RecordDeposit | RefusedDeposit, batch: Sequence[_Read | Outcome]
    ) -> _Read | Outcome:
        if isinstance(deposit, RecordDeposit):
            return self._read_record(deposit, batch)
        if isinstance(deposit, RefusedDeposit):
            digest = sha256(deposit.content or deposit.name.encode("utf-8", "surrogateescape")).hexdigest()
            return self._quarantined(deposit.name, digest, deposit.content, deposit.code, deposit.detail)
        return self._read_file(deposit)

    def _read_file(self, deposit: FileDeposit) -> _Read | Outcome:
        try:
            content = _content_of(deposit, self.limits)
        except UnreadableFile as error:
            return self._quarantined(deposit.name, _path_digest(deposit), None, error.code, error.detail)
        digest = sha256(content).hexdigest()
        held = self.store.held([digest]).get(digest)
        if held is not None and held.doc_id is not None:
            return self._already(deposit.name, held, deposit.row.entry)
        try:  # what was refused before is read again: under another name, or with OCR now at hand, it may do
            parsed = self.parser.read_bytes(content, deposit.name)
            _refuse_state_secret(parsed.pages, deposit.row.entry)
        except StateSecret as error:
            return self._quarantined(deposit.name, digest, None, error.code, error.detail, size=len(content))
        except UnreadableFile as error:
            return self._quarantined(deposit.name, digest, content, error.code, error.detail)
        name = encodable(deposit.name)
        document = ReadDocument(
            source_id=name,
            title=title_of(deposit.row.entry.title or Path(name).stem),
            pages=_encodable_pages(parsed.pages),
            sha256=digest,
            media_type=parsed.source.media_type,
            row=deposit.row,
            source_name_is_private=True,
        )
        return _Read(document, content)

    def _read_record(self, deposit: RecordDeposit, batch: Sequence[_Read | Outcome]) -> _Read | Outcome:
        digest, source_id = deposit.fingerprint, encodable(deposit.source_id)
        held = self.store.held([digest]).get(digest)
        if held is not None and held.doc_id is not None:
            return self._already(source_id, held, deposit.row.entry)
        content = deposit.text.encode("utf-8", "surrogatepass")
        earlier = self.store.source_sha256(source_id) or _sha256_in(batch, source_id)
        if earlier not in (None, digest):
            detail = "同一来源编号已归档过另一内容：更正请先停用原件，或换一个来源编号。"
            return self._quarantined(source_id, digest, content, "source_changed", detail)
        if not (deposit.text.strip() or deposit.title.strip()):
            detail = "记录没有正文也没有题名，请在来源系统补全后重新导入。"
            return self._quarantined(source_id, digest, content, "empty_file", detail)
        pages = _encodable_pages((Page(1, deposit.text),))
        try:
            _refuse_state_secret(pages, deposit.row.entry)
        except StateSecret as error:
            return self._quarantined(source_id, digest, None, error.code, error.detail, size=len(content))
        document = ReadDocument(
            source_id=source_id,
            title=title_of(deposit.title) or title_of(deposit.row.entry.title or ""),
            pages=pages,
            sha256=digest,
            media_type=RECORD_MEDIA_TYPE,
            row=deposit.row,
            source_name_is_private=False,
        )
        return _Read(document, None)

    def _quarantined(
        self, name: str, digest: str, content: bytes | None, code: str, detail: str, *, size: int = 0
    ) -> Outcome:
        kept = content if content is not None and len(content) <= self.max_kept_bytes else None
        self.store.quarantine(
            QuarantinedFile(
                sha256=digest,
                name=name,
                code=code,
                detail=detail,
                size_bytes=size or len(content or b""),
                at=datetime.now(UTC),
                kept=kept is not None,
            ),
            kept,
        )
        return Outcome(name, OutcomeKind.QUARANTINED, code=code, detail=detail)

    def _already(self, name: str, held: Held, entry: CatalogueEntry) -> Outcome:
        """Return what is said of bytes seen before; a row that says otherwise of them is not passed over."""
        if held.doc_id is None:
            return Outcome(name, OutcomeKind.QUARANTINED, code=held.code, detail=held.detail or "")
        number = entry.archive_no
        other = bool(number) and held.doc_id not in self.store.with_archive_no(number or "")
        notes = (_OTHER_NUMBER,) if other else ()
        return Outcome(name, OutcomeKind.DUPLICATE, held.doc_id, "duplicate", _SAME_BYTES, notes)

    # -- committing --------------------------------------------------------------------------

    def _commit(self, batch: list[_Read | Outcome]) -> Iterator[Outcome]:
        fresh: dict[str, _Read] = {}
        for item in batch:
            if isinstance(item, _Read):
                fresh.setdefault(item.document.sha256, item)
        if not fresh:
            yield from (item for item in batch if isinstance(item, Outcome))
            return
        for digest, item in fresh.items():
            if item.original is not None:
                with self.clock.stage("store"):
                    self.store.seal_original(digest, item.original)
        prepared, stored = self._stored([item.document for item in fresh.values()])
        held = self.store.held(fresh)
        made = {p.document.source_sha256: p for p in prepared}
        unreported = set(stored)
        for item in batch:
            if isinstance(item, Outcome):
                yield item
                continue
            name, digest = item.document.source_id, item.document.sha256
            if digest in unreported:
                unreported.discard(digest)
                doc_id = held[digest].doc_id
                yield _taken_in(name, doc_id, made[digest])
            else:
                yield self._already(name, held[digest], item.document.row.entry)

    def _stored(self, documents: list[ReadDocument]) -> tuple[list[PreparedDocument], frozenset[str]]:
        """Prepare and add; again where somebody denied a value in between."""
        while True:
            prepared = self.preparer.prepare(documents, self.clock)
            with self.clock.stage("store"):
                try:
                    return prepared, self.store.add(prepared, self.preparer.embedder.space)
                except DenyListChanged:
                    continue


def summary_of(outcomes: Iterable[Outcome], seen: Callable[[Outcome], None] | None = None) -> Summary:
    """Count outcomes as they come, handing each to ``seen`` first."""
    kinds: Counter[OutcomeKind] = Counter()
    codes: Counter[str] = Counter()
    for outcome in outcomes:
        if seen is not None:
            seen(outcome)
        kinds[outcome.kind] += 1
        if outcome.code:
            codes[outcome.code] += 1
    return Summary(dict(kinds), dict(codes))


def _sha256_in(batch: Iterable[_Read | Outcome], source_id: str) -> str | None:
    """Return the sha256 of the record of that id that waits to be committed."""
    waiting = (item.document for item in batch if isinstance(item, _Read) and item.original is None)
    return next((document.sha256 for document in waiting if document.source_id == source_id), None)


def _encodable_pages(pages: tuple[Page, ...]) -> tuple[Page, ...]:
    return tuple(replace(page, text=encodable(page.text)) for page in pages)


def _taken_in(name: str, doc_id: str | None, made: PreparedDocument) -> Outcome:
    return Outcome(
        name, OutcomeKind.STORED, doc_id=doc_id, notes=made.gaps, classification=made.classification
    )


def _content_of(deposit: FileDeposit, limits: ParsingLimits) -> bytes:
    """Return the bytes of a file that is not over the limit; UnreadableFile where it cannot be opened."""
    if deposit.content is not None:
        return deposit.content
    try:
        if deposit.path is None or not deposit.path.is_file():
            raise UnreadableFile("路径不存在或不是普通文件，请核对后重新导入。")
        if deposit.path.stat().st_size > limits.max_bytes:
            raise TooLarge(f"文件超过 {limits.max_bytes // MIB} MB 的上限，请拆分或压缩扫描件后再导入。")
        return deposit.path.read_bytes()
    except OSError as error:
        raise UnreadableFile("文件无法打开，请检查读取权限和磁盘后重新导入。") from error


def _path_digest(deposit: FileDeposit) -> str:
    """A name for a file whose bytes could not be read: of its path and size."""
    try:
        size = deposit.path.stat().st_size if deposit.path else 0
    except OSError:
        size = -1
    return sha256(f"{deposit.name}\x00{size}".encode("utf-8", "surrogateescape")).hexdigest()


def _refuse_state_secret(pages: tuple[Page, ...], entry: CatalogueEntry) -> None:
    """State secrets have no place in a system that is not classified (保守国家秘密法).

    Raises:
        StateSecret: a marking such as 机密★ on the first page, or a grade in the column 密级.
    """
    head = pages[0].text[:_SECRET_HEAD_CHARACTERS] if pages else ""
    if _SECRET_MARK.search(head) or _SECRET_GRADE.match(entry.extensions.get("密级", "").strip()):
        raise StateSecret("文件标有国家秘密密级，本系统不是涉密系统，未留存内容；请按保密规定移交处理。")
