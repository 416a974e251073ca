"""Pictures by Pillow; every frame is a page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from indexer.parsing.reading import Reading
from models.archive.documents import Page
from models.errors import DamagedFile, TooLarge

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
_DAMAGED = "图片已损坏或不完整，请重新扫描或重新获取后再导入。"


def image_pages(data: bytes, reading: Reading) -> Iterator[Page]:
    """Yield one page per frame (a multi-page TIFF has several).

    Raises:
        DamagedFile: cut off or undecodable. TooLarge: too many pixels or frames.
    """
    for page_no, pixels in enumerate(frames(data, reading), start=1):
        yield reading.page_by_ocr(pixels, page_no)


def frames(data: bytes, reading: Reading) -> Iterator[NDArray[np.uint8]]:
    """Yield decoded frames, shape (height, width, 3), RGB; errors as `image_pages`.

    Only decoding is inside the ``try``, so that OCR errors stay OCR's.
    """
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as image:
            # Further frames of a photograph are depth maps and previews, not pages.
            count = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            reading.budget.check_pages(count)
            for index in range(count):
                image.seek(index)
                _check_size(image, reading.limits.max_image_pixels, index + 1)
                yield _pixels(image, reading.limits.max_render_pixels)
    except Image.DecompressionBombError as error:
        raise TooLarge("图片像素过多，请降低扫描分辨率后再导入。") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise DamagedFile(_DAMAGED) from error


def _check_size(image: Image.Image, max_pixels: int, page_no: int) -> None:
    if image.width * image.height > max_pixels:
        raise TooLarge(
            f"图片第 {page_no} 页超过 {max_pixels // 1_000_000} 百万像素的上限，请降低扫描分辨率后再导入。"
        )


def _pixels(image: Image.Image, max_pixels: int) -> NDArray[np.uint8]:
    """Return the frame upright on white, shape (height, width, 3), RGB."""
    image.load()
    upright = ImageOps.exif_transpose(_eight_bit(image))
    scale = math.sqrt(max_pixels / (upright.width * upright.height))
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        layered = upright.convert("RGBA")
        paper = Image.new("RGBA", layered.size, "white")
        upright = Image.alpha_composite(paper, layered)
    coloured = upright.convert("RGB")
    if scale < 1:
        size = (max(1, int(coloured.width * scale)), max(1, int(coloured.height * scale)))
        coloured = coloured.resize(size, Image.Resampling.BOX)
    return np.asarray(coloured, dtype=np.uint8)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Stretch 16-bit, 32-bit and float greys to 0–255, which a plain conversion would clip."""
    if not image.mode.startswith(("I", "F")):
        return image
    greys = np.nan_to_num(np.asarray(image, dtype=np.float64))
    low, high = float(greys.min()), float(greys.max())
    span = max(high - low, 1e-9)
    return Image.fromarray(((greys - low) / span * 255).astype(np.uint8))
