"""What every OCR engine owes, the fake and the real one alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from indexer.parsing.ocr import OcrEngine
from models.errors import OcrUnavailable
from tests.fakes_ocr import GridOcr, picture_of

FONT = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")
needs_font = pytest.mark.skipif(not FONT.is_file(), reason="no CJK font: apt package fonts-wqy-zenhei")
Picture = NDArray[np.uint8]


def printed(lines: list[tuple[int, int, str]], *, size: tuple[int, int] = (1000, 500)) -> Picture:
    """Return text printed black on white at (x, y) pixels."""
    image = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(str(FONT), 32)
    for x, y, text in lines:
        pen.text((x, y), text, font=font, fill="black")
    return np.asarray(image)


@pytest.fixture(scope="session")
def rapidocr() -> OcrEngine:
    from indexer.parsing.ocr_rapidocr import RapidOcr

    return RapidOcr(threads=2)


@pytest.fixture(params=["fake", pytest.param("rapidocr", marks=needs_font)])
def engine_and_pen(request: pytest.FixtureRequest) -> tuple[OcrEngine, Callable[[str], Picture]]:
    if request.param == "fake":
        return GridOcr(), picture_of
    return request.getfixturevalue("rapidocr"), lambda text: printed([(60, 200, text)])


def test_written_text_is_read(engine_and_pen: tuple[OcrEngine, Callable[[str], Picture]]) -> None:
    engine, write = engine_and_pen
    result = engine.recognise(write("工伤认定决定书"))
    assert result.text == "工伤认定决定书"
    assert 0.5 < result.confidence <= 1.0


def test_the_same_picture_reads_the_same(engine_and_pen: tuple[OcrEngine, Callable[[str], Picture]]) -> None:
    engine, write = engine_and_pen
    picture = write("参保登记表")
    assert engine.recognise(picture) == engine.recognise(picture)


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3), (300, 300)])
def test_a_blank_picture_of_any_shape_holds_nothing(
    engine_and_pen: tuple[OcrEngine, Callable[[str], Picture]], shape: tuple[int, int]
) -> None:
    engine, _ = engine_and_pen
    result = engine.recognise(np.full((*shape, 3), 255, np.uint8))
    assert (result.text, result.confidence) == ("", 0.0)


@needs_font
def test_label_and_value_stay_on_one_line_even_on_a_tilted_scan(rapidocr: OcrEngine) -> None:
    picture = printed(
        [(60, 60, "单位名称"), (500, 60, "某某机械厂"), (60, 160, "参保险种"), (500, 160, "工伤保险")]
    )
    tilted = np.asarray(Image.fromarray(picture).rotate(2, expand=True, fillcolor="white"))
    for image in (picture, tilted):
        assert rapidocr.recognise(image).text == "单位名称 某某机械厂\n参保险种 工伤保险"


@needs_font
@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_scan_laid_down_the_wrong_way_is_set_upright(rapidocr: OcrEngine, quarter_turns: int) -> None:
    lines = ["工伤认定决定书", "单位名称：某某机械有限公司", "认定结论：予以认定为工伤"]
    picture = printed([(60, 60 + 100 * n, line) for n, line in enumerate(lines)])
    assert rapidocr.recognise(np.rot90(picture, quarter_turns)).text.split("\n") == lines


@needs_font
def test_small_print_on_a_long_screenshot_is_read(rapidocr: OcrEngine) -> None:
    lines = [(40, 40 + 120 * n, f"第{n}条 失业保险金申领") for n in range(50)]
    text = rapidocr.recognise(printed(lines, size=(800, 6100))).text
    assert text.count("失业保险金申领") == 50


def test_missing_weights_are_an_unavailable_engine_not_a_download(tmp_path: Path) -> None:
    from indexer.parsing.ocr_rapidocr import RapidOcr

    engine = RapidOcr(weights=tmp_path)
    with pytest.raises(OcrUnavailable, match="重新安装"):
        engine.recognise(np.full((100, 100, 3), 255, np.uint8))
    assert list(tmp_path.iterdir()) == []


@needs_font
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_every_character_is_placed_where_it_is_inked(rapidocr: OcrEngine, turns: int) -> None:
    picture = np.rot90(printed([(60, 60, "工伤认定决定书"), (300, 200, "编号2024第17号")]), turns)
    result = rapidocr.recognise(np.ascontiguousarray(picture))
    assert [result.text[p.start : p.end] for p in result.places] == ["工伤认定决定书", "编号2024第17号"]
    ink = picture[:, :, 0] < 128
    for place in result.places:
        assert len(place.characters) == place.end - place.start
        for corners in (place.corners, *place.characters):
            xs, ys = [round(x) for x, _ in corners], [round(y) for _, y in corners]
            assert ink[max(0, min(ys)) : max(ys) + 1, max(0, min(xs)) : max(xs) + 1].any()
