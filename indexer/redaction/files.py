"""A file in, a copy of it without personal data out, of the same nature where that can be made safe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pypdfium2 as pdfium
from PIL import Image

from indexer.parsing.image import frames
from indexer.parsing.limits import Budget, ParsingLimits
from indexer.parsing.media_type import CSV, IMAGES, PDF, PLAIN, PNG, XLSX
from indexer.parsing.ocr import OcrEngine, OcrResult, recognised_within
from indexer.parsing.page_text import cleaned
from indexer.parsing.pdf import PDFIUM
from indexer.parsing.pdf_pictures import PagePicture, pdf_pictures
from indexer.parsing.reading import Reading
from indexer.redaction.pictures import Picture, Stretches, cleared
from indexer.redaction.sheets import Find
from indexer.redaction.tables import masked_csv, masked_xlsx
from models.errors import InvalidInput, NotVisible, OcrUnavailable
from models.privacy.detections import Detection
from models.privacy.masking import MaskingProfile, mask

MAX_PICTURE_PAGES = 40
"""Of one copy: every page is read by OCR again, a second or two each."""
_POINTS_PER_PIXEL = 72 / 200
_JPEG_QUALITY = 82
_EXTENSIONS = {PDF: ".pdf", XLSX: ".xlsx", CSV: ".csv", PLAIN: ".txt", PNG: ".png"}


@dataclass(frozen=True, slots=True)
class MaskedCopy:
    """What may be handed over; ``hidden`` counts values, cells for tables."""

    content: bytes
    media_type: str
    hidden: int

    @property
    def extension(self) -> str:
        return _EXTENSIONS[self.media_type]


@dataclass(frozen=True, slots=True)
class Copier:
    """Makes masked copies within limits; pictures need the engine."""

    limits: ParsingLimits
    ocr: OcrEngine | None

    def copy(
        self, data: bytes, media_type: str, texts: Sequence[str], find: Find, profile: MaskingProfile
    ) -> MaskedCopy:
        """Return the copy: pictures and PDF as a PDF of pictures, tables as tables, all else as text.

        Args:
            data: the original.
            media_type: of the original.
            texts: its pages as they were read, used where the copy is text.
            find: detections of texts that are the pages of one document.
            profile: says which kinds are hidden and how; on pictures a hidden value is black altogether.

        Raises:
            InvalidInput: more pages than `MAX_PICTURE_PAGES`. OcrUnavailable: pictures without an engine.
            UnreadableFile: as on reading.
        """
        budget = Budget(self.limits)
        if media_type == XLSX:
            content, hidden = masked_xlsx(data, budget, find, profile)
            return MaskedCopy(content, XLSX, hidden)
        if media_type == CSV and (table := masked_csv(data, budget, find, profile)) is not None:
            return MaskedCopy(table[0], CSV, table[1])
        if media_type == PDF or media_type in IMAGES:
            if len(texts) > MAX_PICTURE_PAGES:
                raise InvalidInput(f"超过 {MAX_PICTURE_PAGES} 页的图像件请逐页取遮蔽图。")
            return self._pictures(data, media_type, find, profile)
        renditions = [mask(text, found, profile) for text, found in zip(texts, find(texts), strict=True)]
        whole = "\f\n".join(rendition.text for rendition in renditions)
        return MaskedCopy(whole.encode(), PLAIN, sum(len(r.masked) for r in renditions))

    def page(
        self, data: bytes, media_type: str, page_no: int, find: Find, profile: MaskingProfile
    ) -> MaskedCopy:
        """Return one page, from 1, as PNG.

        Raises:
            InvalidInput: the original is no picture and has none. NotVisible: there is no such page.
        """
        if media_type != PDF and media_type not in IMAGES:
            raise InvalidInput("这份档案的原件不是图像或 PDF，没有页面图可取，请取遮蔽件。")
        for number, picture in enumerate(self._drawn(data, media_type), start=1):
            if number == page_no:
                seen = self._seen(picture, page_no)
                ((image, hidden),) = _cleared([picture], [seen], find, profile)
                out = BytesIO()
                Image.fromarray(image).save(out, "PNG")
                return MaskedCopy(out.getvalue(), PNG, hidden)
        raise NotVisible("没有找到这一页，或它不在您的查阅范围内。")

    def _pictures(self, data: bytes, media_type: str, find: Find, profile: MaskingProfile) -> MaskedCopy:
        """Read all pages first, that a name on one is hidden on all; draw them again for the copy."""
        seen = [self._seen(p, n) for n, p in enumerate(self._drawn(data, media_type), start=1)]
        pictures = self._drawn(data, media_type)
        hidden = 0
        with PDFIUM:
            document = pdfium.PdfDocument.new()
        try:
            for image, count in _cleared(pictures, seen, find, profile):
                hidden += count
                with PDFIUM:
                    _append(document, image)
            out = BytesIO()
            with PDFIUM:
                document.save(out)
        finally:
            with PDFIUM:
                document.close()
        return MaskedCopy(out.getvalue(), PDF, hidden)

    def _drawn(self, data: bytes, media_type: str) -> Iterator[PagePicture]:
        reading = Reading(self.limits, None, Budget(self.limits))
        if media_type == PDF:
            return pdf_pictures(data, reading)
        return (PagePicture(pixels) for pixels in frames(data, reading))

    def _seen(self, picture: PagePicture, page_no: int) -> _Seen:
        if self.ocr is None:
            raise OcrUnavailable("遮蔽图需要文字识别，请启用文字识别后重试。")
        result = recognised_within(self.ocr, picture.image, self.limits.ocr_timeout_s, page_no)
        return _Seen(result, picture.text)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read of a page: by OCR, and in its text layer."""

    result: OcrResult
    layer: str

    @property
    def text(self) -> str:
        return cleaned(self.result.text).replace("\f", "\n")


def _cleared(
    pictures: Iterator[PagePicture] | Sequence[PagePicture],
    seen: Sequence[_Seen],
    find: Find,
    profile: MaskingProfile,
) -> Iterator[tuple[Picture, int]]:
    """Yield each page cleared, and how many values were hidden on it."""
    read, layers = find([page.text for page in seen]), find([page.layer for page in seen])
    for picture, page, by_ocr, by_layer in zip(pictures, seen, read, layers, strict=True):
        hidden = [_hidden(by_ocr, profile), _hidden(by_layer, profile)]
        # What stands in the text layer at places unknown could be anything that is seen.
        trusted = page.result.places if picture.is_placed else ()
        stretches = [Stretches(trusted, hidden[0]), Stretches(picture.places, hidden[1])]
        yield cleared(picture.image, stretches), max(map(len, hidden))


def _hidden(detections: Sequence[Detection], profile: MaskingProfile) -> list[tuple[int, int]]:
    return [(d.start, d.end) for d in detections if profile.operators[d.kind].hides]


def _append(document: Any, image: Picture) -> None:
    jpeg = BytesIO()
    Image.fromarray(image).save(jpeg, "JPEG", quality=_JPEG_QUALITY)
    height, width = (side * _POINTS_PER_PIXEL for side in image.shape[:2])
    page = document.new_page(width, height)
    drawn = pdfium.PdfImage.new(document)
    drawn.load_jpeg(jpeg)
    drawn.set_matrix(pdfium.PdfMatrix().scale(width, height))
    page.insert_obj(drawn)
    page.gen_content()
    page.close()
