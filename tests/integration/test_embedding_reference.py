"""The built-in model as we run it, and as sentence-transformers runs the same files: one vector."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from models.embedding.builtin_runner import BuiltinRunner, load_builtin
from models.embedding.conversion import RELEASE, ensure_builtin
from models.embedding.layout import ENCODER_FILE
from models.embedding.loading import NamedModel, quiet
from models.embedding.reference import read_reference_mean, reference_passages
from models.embedding.sentence_transformer import TextModel
from models.embedding.space import Vectors, unit_rows
from tests.fakes_embedding import builtin_embedder, model_cache

TOLERANCE = 1e-6
"""Both add up the same numbers in another order; float32 holds seven digits."""
AWKWARD = [
    "",
    " ",
    "　",
    " 前后有空格 ",
    "\t\n\r\x00\x01\x0b\x1f\x7f\x8f\x9f",
    "控制\x00\x01\x1f字符\u200b\u200d\ufeff\ufffd",
    "孤立代理\ud83d，另一半\ude00",
    "ＡＢＣ１２３　全角（括号）：￥～％",
    "生僻字：𠮷野家、㛃、䶮、𬭚、𫓧、〇、﨑、〔姓名〕",
    "query: passage: <s></s><pad><unk><mask>▁▁",
    "é e\u0301 ﬁ ㎡ ㈱ ½ Ⅻ ①",
    "😀👍🏽👨‍👩‍👧 ไทย 한국 العربية עברית हिन्दी",
    "Social insurance card No. 0001",
    "a" * 3000,
    "龘" * 600,
    "企业职工基本养老保险参保人员达到法定退休年龄时累计缴费不足的，可以延长缴费。" * 40,
    "一二三四五六七八九十" * 100 + "\n" + "末尾不再计入",
]
"""Three of them longer than 512 tokens."""


@pytest.fixture(scope="module")
def ours() -> BuiltinRunner:
    return load_builtin(ensure_builtin(model_cache(), lambda _: None))


@pytest.fixture(scope="module")
def theirs() -> TextModel:
    """The model by sentence-transformers, one text at a time as 8-bit activations ask for."""
    import onnxruntime
    from sentence_transformers import SentenceTransformer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    subfolder, file_name = ENCODER_FILE.split("/")
    chosen = {"subfolder": subfolder, "file_name": file_name, "provider": "CPUExecutionProvider"}
    folder = ensure_builtin(model_cache(), lambda _: None)
    with quiet():
        loaded = SentenceTransformer(
            str(folder),
            backend="onnx",
            device="cpu",
            local_files_only=True,
            model_kwargs=chosen | {"session_options": options},
        )
    return NamedModel(loaded, batch_size=1)


def mixed(count: int) -> list[str]:
    """Return short texts out of matter of the archive, awkward pieces, and characters of all planes."""
    source = random.Random(20260101)
    pieces = [s for passage in reference_passages(RELEASE, 40) for s in passage.split("，")]
    planes = [(0x20, 0x7E), (0x3000, 0x30FF), (0x3400, 0x9FFF), (0xFF00, 0xFFEF), (0x20000, 0x2A6DF)]
    made = []
    for _ in range(count):
        low, high = source.choice(planes)
        noise = "".join(chr(source.randint(low, high)) for _ in range(source.randint(0, 8)))
        made.append(source.choice(["", *pieces])[:24] + noise + source.choice(AWKWARD[:13])[:12])
    return made


def encodable(texts: Sequence[str]) -> list[str]:
    """What the embedder does before any model sees a text."""
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


def difference(
    ours: Callable[[list[str]], Vectors], theirs: Callable[[list[str]], Vectors], texts: list[str]
) -> float:
    """Return the largest difference of any number of any centred unit vector, and say it."""
    mean = read_reference_mean(RELEASE)
    rows, expected = (unit_rows(encode(encodable(texts)) - mean) for encode in (ours, theirs))
    largest = np.abs(rows - expected).max(axis=1)
    worst = int(largest.argmax())
    print(f"largest difference {largest[worst]:.2e}, text {worst}")  # noqa: T201 - `pytest -rP` shows it
    return float(largest[worst])


def test_the_same_space(ours: BuiltinRunner, theirs: TextModel) -> None:
    assert (ours.dimension, ours.pooling) == (theirs.dimension, theirs.pooling)


@pytest.mark.parametrize("prompt", ["encode_query", "encode_document"])
def test_awkward_texts(ours: BuiltinRunner, theirs: TextModel, prompt: str) -> None:
    assert difference(getattr(ours, prompt), getattr(theirs, prompt), AWKWARD) <= TOLERANCE


def test_a_thousand_mixed_texts(ours: BuiltinRunner, theirs: TextModel) -> None:
    assert difference(ours.encode_document, theirs.encode_document, mixed(1000)) <= TOLERANCE


def test_the_embedder_gives_these_vectors(theirs: TextModel) -> None:
    mean = read_reference_mean(RELEASE)
    given = builtin_embedder().embed_passages(AWKWARD)
    assert given == pytest.approx(unit_rows(theirs.encode_document(encodable(AWKWARD)) - mean), abs=TOLERANCE)
