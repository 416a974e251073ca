"""How much of a file is read before it is refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from models.errors import ParsingTimedOut, TooLarge

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ParsingLimits:
    """Bounds on one file; sizes in bytes or as named, times in seconds."""

    max_bytes: int = 200 * MIB
    max_pages: int = 2000
    max_uncompressed_ratio: int = 100
    """Uncompressed : compressed, judged only above ``ratio_exempt_bytes``."""
    ratio_exempt_bytes: int = 16 * MIB
    """A zip that unpacks to less is harmless however well it packed (empty sheets do)."""
    max_uncompressed_bytes: int = 1024 * MIB
    max_zip_members: int = 20_000
    max_image_pixels: int = 100_000_000
    max_render_pixels: int = 16_000_000
    """What is handed to OCR at most; larger pictures are scaled down first."""
    max_text_characters: int = 20_000_000
    ocr_timeout_s: float = 30.0
    """Per page."""
    file_timeout_s: float = 1800.0
    """Per file, looked at between pages and rows."""


@dataclass(slots=True)
class Budget:
    """What is left for the file being read: time, pages and characters; raises when spent."""

    limits: ParsingLimits
    clock: Callable[[], float] = time.monotonic
    started: float = field(init=False)
    characters: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.started = self.clock()

    def take_characters(self, count: int) -> None:
        """Count text as read, before it is kept.

        Raises:
            TooLarge: more than ``max_text_characters`` altogether.
            ParsingTimedOut: the file has taken longer than ``file_timeout_s``.
        """
        self.characters += count
        if self.characters > self.limits.max_text_characters:
            raise TooLarge(f"文件内的文字超过 {self.limits.max_text_characters} 字的上限，请拆分后再导入。")
        self.check_time()

    def check_pages(self, count: int) -> None:
        """Raise TooLarge if a file has more than ``max_pages`` pages."""
        if count > self.limits.max_pages:
            raise TooLarge(f"文件超过 {self.limits.max_pages} 页的上限，请拆分后再导入。")

    def check_time(self) -> None:
        """Raise ParsingTimedOut once ``file_timeout_s`` has passed."""
        if self.clock() - self.started > self.limits.file_timeout_s:
            raise ParsingTimedOut(
                f"读取文件超过 {self.limits.file_timeout_s:.0f} 秒仍未完成，请拆分文件或放宽时限后重试。"
            )
