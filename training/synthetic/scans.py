"""Pictures of paper: typeset pages with grey ground, specks and a slight turn (Pillow, numpy)."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.synthetic.fonts import font_file
from training.synthetic.typesetting import Sheet, typeset

_DPI = 150
_SCALE = _DPI / 72
_EPOCH = time.gmtime(946_684_800)
"""2000-01-01, so that the same pages give the same bytes."""


@cache
def _font(path: str, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, pixels)


def scanned(pages: Sequence[str], title: str, seed: str, *, grey: bool) -> list[Image.Image]:
    """Return one picture per sheet: 16 grey levels, or black and white."""
    rng = random.Random(seed)
    sheets = [sheet for page in pages for sheet in typeset(page, title=title)]
    return [_worn(_picture(sheet), rng, grey=grey) for sheet in sheets]


def png_bytes(pages: Sequence[str], title: str, seed: str, *, grey: bool) -> bytes:
    """Return one PNG with all sheets below each other."""
    images = scanned(pages, title, seed, grey=grey)
    whole = Image.new(images[0].mode, (max(i.width for i in images), sum(i.height for i in images)), 255)
    top = 0
    for image in images:
        whole.paste(image, (0, top))
        top += image.height
    out = BytesIO()
    whole.save(out, "PNG", optimize=True, dpi=(_DPI, _DPI))
    return out.getvalue()


def scanned_pdf_bytes(pages: Sequence[str], title: str, seed: str) -> bytes:
    """Return a PDF of black-and-white pictures, without any text layer."""
    first, *rest = scanned(pages, title, seed, grey=False)
    out = BytesIO()
    first.save(
        out, "PDF", save_all=True, append_images=rest, resolution=_DPI, creationDate=_EPOCH, modDate=_EPOCH
    )
    return out.getvalue()


def _picture(sheet: Sheet) -> Image.Image:
    size = (round(sheet.size[0] * _SCALE), round(sheet.size[1] * _SCALE))
    image = Image.new("L", size, 255)
    pen = ImageDraw.Draw(image)
    for rule in sheet.rules:
        pen.line([v * _SCALE for v in rule], fill=60, width=2)
    path = str(font_file())
    for mark in sheet.marks:
        pen.text(
            (mark.x * _SCALE, mark.y * _SCALE),
            mark.text,
            font=_font(path, round(mark.size * _SCALE)),
            fill=25,
        )
    bottom = max((mark.y + mark.size for mark in sheet.marks), default=sheet.size[1])
    return image.crop((0, 0, size[0], min(size[1], round((bottom + 60) * _SCALE))))


def _worn(image: Image.Image, rng: random.Random, *, grey: bool) -> Image.Image:
    turned = image.rotate(rng.uniform(-0.7, 0.7), Image.Resampling.BICUBIC, fillcolor=255)
    noise = np.random.default_rng(rng.randrange(2**32))
    ink = np.asarray(turned, dtype=np.float32)
    ground = rng.uniform(218, 240) if grey else 255.0
    slope = np.linspace(0, rng.uniform(-12, 12) if grey else 0, ink.shape[1], dtype=np.float32)
    paper = ink * (ground / 255) + slope
    specks = noise.random(ink.shape) < (0.0012 if grey else 0.0006)
    paper[specks] = noise.integers(0, 200, int(specks.sum()))
    if not grey:
        faded = noise.random(ink.shape) < 0.01
        paper[faded & (ink < 128)] = 255
        return Image.fromarray(np.where(paper < 165, 0, 255).astype(np.uint8)).convert(
            "1", dither=Image.Dither.NONE
        )
    levels = np.clip(paper // 16 * 16, 0, 255).astype(np.uint8)
    return Image.fromarray(levels)
