"""A Chinese font on this machine, and which characters it can show."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from models.errors import DependencyFailed

FONT_VARIABLE = "CHADANG_FONT"
"""Environment variable with the path of a .ttf or .ttc file with TrueType outlines."""

_USUAL_PLACES = (
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/noto/NotoSansSC-Regular.ttf",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "C:/Windows/Fonts/simsun.ttc",
)


class FontMissing(DependencyFailed):
    code = "font_missing"
    title = "字体缺失"


def font_file() -> Path:
    """Return the font to draw with; FontMissing tells what to install."""
    asked = os.environ.get(FONT_VARIABLE)
    for place in (asked,) if asked else _USUAL_PLACES:
        if Path(place).is_file():
            return Path(place)
    raise FontMissing(
        f"字体缺失：没有找到中文 TrueType 字体。请安装 fonts-wqy-zenhei（apt-get install fonts-wqy-zenhei），"
        f"或用环境变量 {FONT_VARIABLE} 指定一个 .ttf/.ttc 文件。"
    )


@cache
def _glyphs(path: Path) -> frozenset[int]:
    from reportlab.pdfbase.ttfonts import TTFontFile

    return frozenset(TTFontFile(str(path)).charToGlyph)


def can_show(text: str) -> bool:
    """Whether the font has a glyph for every character of ``text`` other than blanks."""
    glyphs = _glyphs(font_file())
    return all(ord(c) in glyphs for c in text if not c.isspace())
