"""What a parser is given besides the bytes, and pages made by OCR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.parsing.limits import Budget, ParsingLimits
from indexer.parsing.ocr import OcrEngine, recognised_within
from indexer.parsing.page_text import cleaned
from models.archive.documents import Page, PageOrigin


@dataclass(frozen=True, slots=True)
class Reading:
    """One file being read: its limits, the OCR engine if there is one, what is left to spend."""

    limits: ParsingLimits
    ocr: OcrEngine | None
    budget: Budget

    def page_by_ocr(self, image: NDArray[np.uint8], page_no: int) -> Page:
        """Return the page on a picture, shape (height, width, 3), RGB; empty without an engine.

        Raises:
            ParsingTimedOut, OcrUnavailable: see ``recognised_within``.
        """
        if self.ocr is None:
            return Page(page_no, "", PageOrigin.OCR, 0.0)
        self.budget.check_time()
        result = recognised_within(self.ocr, image, self.limits.ocr_timeout_s, page_no)
        text = cleaned(result.text).replace("\f", "\n")
        self.budget.take_characters(len(text))
        return Page(page_no, text, PageOrigin.OCR, result.confidence)
