"""Numbers and names of offices in a question: 档号, 文号, employers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.understanding.pieces import Piece, PieceKind
from models.archive import archive_no

_DOCUMENT_NO = re.compile(
    r"[\u4e00-\u9fff]{0,6}[〔\[(（【]((?:19|20)\d\d)[〕\])）】]\s*第?\d{1,5}号", re.ASCII
)
_EMPLOYER = re.compile(
    r"([\u4e00-\u9fffA-Za-z()（）]{2,24}?)(?:有限责任公司|股份有限公司|有限公司|公司|集团|合作社|事务所|厂)"
)
_BEFORE_NAME = re.compile(
    r"^.*(?:[的被给把让在由从和与及]|查一下|查查|查找|查询|请查|查|找|请|帮我|一下|年度?|叫)"
)
_NO_NAME = re.compile(
    r"^(?:某+|本|这家?|那家?|该|一家|家|我们?|他们?|哪家?|哪个|原|老|新|外地|单位|企业)$|^某"
)


def number_pieces(plain: str) -> Iterator[Piece]:
    """Yield archive numbers and document numbers of a normalised question."""
    for start, end, number in archive_no.spans_in(plain):
        yield Piece(PieceKind.ARCHIVE_NO, start, end, (number,), "按档号查找")
    for match in _DOCUMENT_NO.finditer(plain):
        yield Piece(PieceKind.DOCUMENT_NO, *match.span(), (match.group(),), "按文号查找")


def employer_pieces(plain: str) -> Iterator[Piece]:
    """Yield employers named in full or short; 某公司 and 被公司 name none."""
    for match in _EMPLOYER.finditer(plain):
        name = match[1]
        begin = (before.end() if (before := _BEFORE_NAME.match(name)) else 0) + match.start()
        if match.end(1) - begin >= 2 and not _NO_NAME.match(plain[begin : match.end(1)]):
            yield Piece(
                PieceKind.EMPLOYER, begin, match.end(), (plain[begin : match.end()],), "按单位名称查找"
            )
