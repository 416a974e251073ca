"""One contract for every embedder: the fake, and the built-in model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models.embedding.space import Embedder
from tests.fakes_embedding import BigramEmbedder, builtin_embedder

TEXTS = [
    "失业保险金自办理失业登记之日起计算",
    "基本养老金",
    "",
    " ",
    "😀👍🏽 表情",
    "控制\x00\x01\x1f字符\u200b\ufeff",
    "孤立代理\ud83d",
    "<s></s><mask>",
    "ไทย 한국 العربية",
    "企业职工基本养老保险参保人员达到法定退休年龄时累计缴费不足的，可以延长缴费。" * 20,
    "Social insurance card No. 0001",
]


@pytest.fixture(scope="module", params=["fake", "builtin"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return BigramEmbedder() if request.param == "fake" else builtin_embedder()


def test_one_unit_row_per_text(embedder: Embedder) -> None:
    rows = embedder.embed_passages(TEXTS)
    assert rows.shape == (len(TEXTS), embedder.space.dimension)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_no_text_no_row(embedder: Embedder) -> None:
    rows = embedder.embed_passages([])
    assert rows.shape == (0, embedder.space.dimension)
    assert rows.dtype == np.float32


def test_rows_keep_the_order_of_texts(embedder: Embedder) -> None:
    forward, backward = embedder.embed_passages(TEXTS), embedder.embed_passages(TEXTS[::-1])
    assert np.array_equal(forward, backward[::-1])


def test_a_vector_does_not_depend_on_its_neighbours(embedder: Embedder) -> None:
    together = embedder.embed_passages(TEXTS * 4)
    for at, text in enumerate(TEXTS):
        assert np.array_equal(embedder.embed_passages([text])[0], together[at]), repr(text[:10])


def test_a_query_is_one_unit_vector(embedder: Embedder) -> None:
    for text in TEXTS:
        row = embedder.embed_query(text)
        assert row.shape == (embedder.space.dimension,)
        assert row.dtype == np.float32
        assert float(np.linalg.norm(row)) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.timeout(60)
def test_a_text_of_a_million_characters(embedder: Embedder) -> None:
    row = embedder.embed_passages(["社会保险档案" * 200_000])[0]
    assert float(np.linalg.norm(row)) == pytest.approx(1.0, abs=1e-5)


def test_the_own_text_is_the_nearest(embedder: Embedder) -> None:
    texts = [TEXTS[0], TEXTS[1], TEXTS[-2], TEXTS[-1]]
    rows = embedder.embed_passages(texts)
    for at, text in enumerate(texts):
        assert int(np.argmax(rows @ embedder.embed_query(text))) == at


def test_several_threads_get_what_one_gets(embedder: Embedder) -> None:
    expected = [embedder.embed_query(text) for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(embedder.embed_query, TEXTS * 8))
        blocks = list(pool.map(lambda _: embedder.embed_passages(TEXTS), range(4)))
    assert np.array_equal(np.stack(rows), np.stack(expected * 8))
    assert all(np.array_equal(block, blocks[0]) for block in blocks)
