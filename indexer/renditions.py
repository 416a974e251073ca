"""The index rendition of a document: title and chunks with placeholders, the only form that is indexed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.chunking import chunk_spans
from models.archive.documents import Chunk, Page
from models.privacy.detections import Detection
from models.privacy.masking import mask, profile

SOURCE_PAGE, TITLE_PAGE = -1, 0
"""Page numbers under which the detections of the source's name and of the title are kept."""

RECORD_MEDIA_TYPE = "application/x-chadang-record+json"
"""Of records from other systems; their source id is a number of that system, not a file's name."""

_TITLE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class IndexRendition:
    """``full_text``: title and pages, for the classifier."""

    title: str
    full_text: str
    chunks: tuple[Chunk, ...]


def index_rendition(
    title: str, pages: Sequence[Page], spans: Mapping[int, Sequence[Detection]]
) -> IndexRendition:
    """Mask title and pages and cut the pages into chunks, never inside a detection."""
    index = profile("index")
    shown = mask(title, spans.get(TITLE_PAGE, ()), index).text[:_TITLE_CHARACTERS]
    chunks: list[Chunk] = []
    texts = [shown]
    for page in pages:
        detections = spans.get(page.page_no, ())
        rendition = mask(page.text, detections, index)
        texts.append(rendition.text)
        for start, end in chunk_spans(page.text, detections):
            shown_start, shown_end = rendition.span_of(start, end)
            chunks.append(Chunk(page.page_no, start, end, rendition.text[shown_start:shown_end]))
    return IndexRendition(shown, "\n".join(texts), tuple(chunks))


def shown_source(source_id: str, spans: Mapping[int, Sequence[Detection]]) -> str:
    """Return what answers may call a source whose name is a file's."""
    return mask(source_id, spans.get(SOURCE_PAGE, ()), profile("index")).text
