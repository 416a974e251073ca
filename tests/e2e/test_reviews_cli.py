"""Reviews and model versions at the command line, as processes of their own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from models.artifacts import read_manifest, write_manifest
from tests.e2e.cli_archive import ROOT, Done, chadang

PRINTED_ID = "11010519491231002X"
SHIPPED = sorted((ROOT / "models" / "weights").glob("classifier-*"))[-1]
TEXTS = (
    f"失业登记表\n公民身份号码：{PRINTED_ID}\n登记失业，申领失业保险金。",
    "lorem ipsum dolor sit amet consectetur adipiscing",
)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reviews-cli")
    metadata = {"region": "500111", "formed_on": "2019-03-05", "line": "HRSS"}
    lines = [
        json.dumps({"source_id": f"s{i}", "title": f"No. {i}", "text": text, "metadata": metadata})
        for i, text in enumerate(TEXTS)
    ]
    (folder / "records.jsonl").write_text("\n".join(lines), "utf-8")
    assert chadang("ingest", "--jsonl", folder / "records.jsonl", "--state", folder / "state").code == 0
    accounts = {
        "fuhe": ("--role", "reviewer", "--line", "HRSS", "--region", "500111"),
        "yuan": ("--role", "reviewer", "--line", "HRSS", "--region", "510104"),
        "xitong": ("--role", "system_admin"),
    }
    for name, given in accounts.items():
        added = chadang("user", "add", name, *given, "--no-login", "--state", folder / "state")
        assert added.code == 0, added.err
    return folder / "state"


def reviews(state: Path, who: str, *arguments: str | Path) -> Done:
    return chadang("reviews", *arguments, "--as", who, "--state", state)


def model(state: Path, who: str, *arguments: str | Path) -> Done:
    return chadang("model", *arguments, "--as", who, "--state", state)


def doubtful(state: Path) -> str:
    items = reviews(state, "fuhe", "list", "--json").json()["items"]
    (doc_id,) = [i["doc_id"] for i in items if i["predicted"]["decision"] == "NEEDS_REVIEW"]
    return str(doc_id)


@pytest.mark.slow
def test_a_correction_and_what_leaves_for_training(state: Path, tmp_path: Path) -> None:
    doc_id = doubtful(state)
    assert reviews(state, "yuan", "list").out == "没有待复核的档案。\n"
    assert reviews(state, "yuan", "show", doc_id).code == 2
    early = reviews(state, "fuhe", "confirm", doc_id)
    assert (early.code, "认领" in early.err) == (2, True)
    taken = reviews(state, "fuhe", "claim")
    assert (taken.code, doc_id in taken.out) == (0, True)
    made = reviews(state, "fuhe", "correct", doc_id, "--insurance", "养老", "--material", "退休审批")
    assert (made.code, "改正：养老 / 退休审批" in made.out) == (0, True)
    assert "fuhe" in reviews(state, "fuhe", "show", doc_id).out
    left = reviews(state, "fuhe", "claim")  # nothing, or one of those drawn to be looked at anyway
    assert left.code == 2 or doc_id not in left.out
    exported = reviews(state, "fuhe", "export")
    assert (exported.code, "1 件" in exported.out) == (0, True)
    file = state / "reviews" / "reviewed.jsonl"
    again = tmp_path / "again.jsonl"
    assert reviews(state, "fuhe", "export", "--out", again).code == 0
    assert file.read_bytes() == again.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert PRINTED_ID not in file.read_text()
    assert reviews(state, "fuhe", "hints").out == "没有可疑的复核。\n"
    watched = reviews(state, "xitong", "drift")
    assert (watched.code, watched.out.splitlines()[0]) == (0, "没有发现漂移。")
    assert chadang("audit", "verify", "--state", state).code == 0


@pytest.mark.slow
def test_a_version_is_added_put_to_use_and_taken_back(state: Path, tmp_path: Path) -> None:
    candidate = tmp_path / "candidate"
    shutil.copytree(SHIPPED, candidate)
    manifest = read_manifest(candidate)
    write_manifest(
        candidate, kind=manifest.kind, version="candidate", files=manifest.files, metadata=manifest.metadata
    )
    added = model(state, "xitong", "add", candidate)
    assert added.code == 0, added.err
    version = added.out.split()[1].partition("（")[0]
    assert "不足" in model(state, "xitong", "shadow", version).err
    assert model(state, "fuhe", "promote", version).code == 2
    promoted = model(state, "xitong", "promote", version)
    assert promoted.code == 0, promoted.err
    listed = {v["version"]: v for v in model(state, "xitong", "list", "--json").json()["versions"]}
    assert (listed[version]["served"], listed["shipped"]["former"]) == (True, True)
    request = b'{"id": "1", "text": "\xe5\xa4\xb1\xe4\xb8\x9a\xe7\x99\xbb\xe8\xae\xb0\xe8\xa1\xa8"}\n'
    told = chadang("classify", "--jsonl", "-", "--state", state, stdin=request)
    assert told.code == 0, told.err
    assert model(state, "xitong", "rollback").code == 0
    (candidate / "model.pkl").write_bytes(b"\x80\x04N.")
    refused = model(state, "xitong", "add", candidate)
    assert (refused.code, "pkl" in refused.err or "pickle" in refused.err) == (2, True)
