"""The built-in model end to end: converted, verified, quiet, offline, and of use."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.artifacts import verify
from models.embedding.conversion import RELEASE, ensure_builtin, release_revision
from models.embedding.layout import ENCODER_FILE
from models.embedding.probes import read_probes
from models.embedding.reference import TEXTS_FILE, read_reference_mean
from models.embedding.release import make_release
from models.embedding.sentence_transformer import DEFAULT_MODEL, SentenceTransformerEmbedder
from models.errors import ArtifactTampered, ModelUnavailable
from tests.fakes_embedding import builtin_embedder, model_cache

ROOT = Path(__file__).resolve().parents[2]
LOAD = """
import socket, sys
from pathlib import Path
def refuse(*_): raise OSError("no network")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from models.embedding.sentence_transformer import DEFAULT_MODEL, SentenceTransformerEmbedder
embedder = SentenceTransformerEmbedder.load(DEFAULT_MODEL, Path(sys.argv[1]))
print(embedder.embed_query("失业保险金").tobytes().hex())
"""


def started(cache: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LOAD, str(cache)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)  # noqa: S603 - our own interpreter and words


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A cache of its own, holding a copy of the converted model."""
    made = ensure_builtin(model_cache(), lambda _: None)
    shutil.copytree(made, tmp_path / made.name)
    return tmp_path


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        (
            "被公司裁员了怎么领钱",
            "失业人员应当到经办机构办理失业登记，失业保险金自登记之日起按月发放。",
            "参保人员达到法定退休年龄的，经审批后按月领取基本养老金。",
        ),
        (
            "干活时摔断了腿谁来赔",
            "职工因工作原因受到事故伤害，用人单位应当申请工伤认定。",
            "女职工生育享受产假，产假期间发放生育津贴。",
        ),
        (
            "看病花的钱能报多少",
            "住院医疗费用由统筹基金按比例支付，其余由个人承担。",
            "失业人员应当到经办机构办理失业登记，失业保险金自登记之日起按月发放。",
        ),
        (
            "老爸六十岁了可以拿多少退休钱",
            "参保人员达到法定退休年龄的，经审批后按月领取基本养老金。",
            "住院医疗费用由统筹基金按比例支付，其余由个人承担。",
        ),
    ],
)
def test_lay_words_find_the_matter(question: str, right: str, wrong: str) -> None:
    embedder = builtin_embedder()
    near, far = embedder.embed_passages([right, wrong]) @ embedder.embed_query(question)
    assert near > far + 0.02


def test_like_texts_are_near_for_classification() -> None:
    texts = ["失业保险金申领表", "申请领取失业保险待遇", "住院费用报销单"]
    rows = builtin_embedder().embed_for_classification(texts)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.05


def test_the_space_says_what_it_is() -> None:
    space = builtin_embedder().space
    assert (space.model, space.dimension, space.pooling) == (DEFAULT_MODEL, 384, "mean")
    assert space.revision == release_revision()


def test_what_ships_is_whole() -> None:
    assert verify(RELEASE).metadata["licence"] == "MIT"
    assert read_reference_mean(RELEASE).shape == (384,)


def test_the_quantised_encoder_says_what_the_original_says() -> None:
    folder = ensure_builtin(model_cache(), lambda _: None)
    assert read_probes(RELEASE).agreement(folder / ENCODER_FILE, folder / "tokenizer.json") >= 0.99


def test_without_network_and_without_noise() -> None:
    expected = builtin_embedder().embed_query("失业保险金")
    process = started(model_cache())
    out, err = process.communicate(timeout=120)
    assert err == ""
    assert np.array_equal(np.frombuffer(bytes.fromhex(out), np.float32), expected)


@pytest.mark.parametrize("name", [ENCODER_FILE, "tokenizer.json", "modules.json"])
def test_a_tampered_cache_is_refused_with_the_way_out(copied: Path, name: str) -> None:
    (folder,) = copied.iterdir()
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ArtifactTampered) as refused:
        SentenceTransformerEmbedder.load(DEFAULT_MODEL, copied)
    assert name in refused.value.detail
    assert f"{folder}" in refused.value.detail
    assert "请删除该目录" in refused.value.detail


def test_an_unwritable_cache_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="无法写入"):
        ensure_builtin(tmp_path / "file" / "cache", lambda _: None)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_processes_make_one_model_and_deleting_it_is_a_way_out(copied: Path) -> None:
    (folder,) = copied.iterdir()
    (folder / ENCODER_FILE).write_bytes(b"")
    with pytest.raises(ArtifactTampered):
        ensure_builtin(copied, lambda _: None)
    shutil.rmtree(folder)
    (copied / ".embedding-e5-small-zh-killed").mkdir()  # what a killed conversion leaves
    outcomes = [process.communicate(timeout=280) for process in [started(copied), started(copied)]]
    assert [err for _, err in outcomes] == ["", ""]
    for out, _ in outcomes:
        row = np.frombuffer(bytes.fromhex(out), np.float32)
        assert float(row @ builtin_embedder().embed_query("失业保险金")) > 0.9999
    assert [path for path in copied.iterdir() if path.is_dir()] == [folder]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_ships_can_be_made_again(tmp_path: Path) -> None:
    shutil.copy(RELEASE / TEXTS_FILE, tmp_path)
    made, shipped = make_release("2026-01-01", tmp_path), verify(RELEASE)
    assert made.metadata["produced"] == shipped.metadata["produced"]
    assert made.metadata["source_sha256"] == shipped.metadata["source_sha256"]
    assert read_reference_mean(tmp_path) == pytest.approx(read_reference_mean(RELEASE), abs=2e-3)
    assert read_probes(tmp_path).vectors == pytest.approx(read_probes(RELEASE).vectors, abs=2e-3)
