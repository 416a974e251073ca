"""Sealed content opens only whole, under its own name and with its own key."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.store.key_sources import FileKeys, GivenKeys
from indexer.store.originals import SealedFiles
from indexer.store.sealing import MASTER_KEY_BYTES, Sealed, Sealer
from models.errors import ArtifactTampered, NotVisible, StoreUnavailable

SEALER = Sealer(bytes(MASTER_KEY_BYTES))
OTHER = Sealer(bytes(31) + b"\x01")


@given(st.binary(max_size=2000), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_round_trip(content: bytes, about: str) -> None:
    sealed = SEALER.seal(content, about)
    assert SEALER.unseal(sealed, about) == content
    assert len(content) < 8 or content not in sealed.content


@settings(max_examples=200)
@given(st.binary(max_size=64), st.data())
def test_any_changed_bit_is_noticed(content: bytes, data: st.DataObject) -> None:
    sealed = SEALER.seal(content, "档案一")
    part = data.draw(st.sampled_from(["wrapped_key", "content"]))
    raw = bytearray(getattr(sealed, part))
    raw[data.draw(st.integers(min_value=0, max_value=len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    changed = {"wrapped_key": sealed.wrapped_key, "content": sealed.content, part: bytes(raw)}
    with pytest.raises(ArtifactTampered):
        SEALER.unseal(Sealed(**changed), "档案一")


@pytest.mark.parametrize("kept", [0, 5, 12, 20, 27, 28, 29])
def test_a_shortened_file_is_noticed(kept: int) -> None:
    sealed = SEALER.seal("退休审批".encode(), "档案一")
    with pytest.raises(ArtifactTampered, match="主密钥不符或内容被改动"):
        SEALER.unseal(Sealed(sealed.wrapped_key, sealed.content[:kept]), "档案一")
    with pytest.raises(ArtifactTampered):
        SEALER.unseal(Sealed(sealed.wrapped_key[:kept], sealed.content), "档案一")


def test_another_name_another_key_another_document() -> None:
    one, two = SEALER.seal(b"one", "1"), SEALER.seal(b"two", "2")
    for sealer, sealed, about in (
        (SEALER, one, "2"),
        (OTHER, one, "1"),
        (SEALER, Sealed(two.wrapped_key, one.content), "1"),
        (SEALER, Sealed(two.wrapped_key, one.content), "2"),
    ):
        with pytest.raises(ArtifactTampered):
            sealer.unseal(sealed, about)


def test_the_same_content_never_looks_the_same() -> None:
    assert SEALER.seal(b"same", "1").content != SEALER.seal(b"same", "1").content


def test_hashes_need_the_key_and_keep_uses_apart() -> None:
    assert SEALER.keyed_hash("退休", "title") == SEALER.keyed_hash("退休", "title")
    assert SEALER.keyed_hash("退休", "title") != SEALER.keyed_hash("退休", "query")
    assert SEALER.keyed_hash("退休", "title") != OTHER.keyed_hash("退休", "title")
    assert len(SEALER.keyed_hash("\ud800", "title")) == 64
    assert SEALER.signing_key != OTHER.signing_key


def test_the_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    source = FileKeys(tmp_path / "keys")
    assert source.held() == []
    key = source.first()
    assert source.first() == key
    assert source.held() == [key]
    assert len(key) == MASTER_KEY_BYTES
    assert stat.S_IMODE((tmp_path / "keys" / "master.key").stat().st_mode) == 0o600
    assert os.listdir(tmp_path / "keys") == ["master.key"]  # noqa: PTH208
    assert GivenKeys("ab" * 32).held() == [b"\xab" * 32]
    assert "ab" * 32 not in repr(GivenKeys("ab" * 32, "ab" * 32))


@pytest.mark.parametrize("text", ["zz", "ab", "ab" * 31, "密钥"])
def test_a_key_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "master.key").write_text(text, encoding="utf-8")
    for source in (FileKeys(tmp_path), GivenKeys(text), GivenKeys("ab" * 32, text)):
        with pytest.raises(StoreUnavailable, match="主密钥"):
            source.held()


def test_a_sealed_file_is_written_once_and_read_back(tmp_path: Path) -> None:
    files = SealedFiles(tmp_path, SEALER)
    files.keep("ab" * 32, b"first")
    files.keep("ab" * 32, b"second")
    assert files.read("ab" * 32) == b"first"
    with pytest.raises(NotVisible):
        files.read("cd" * 32)


@pytest.mark.parametrize("content", [b"", b"\x00", b"\xff\xff", b"\x00\x2c" + b"\x00" * 10])
def test_a_damaged_sealed_file_is_noticed(tmp_path: Path, content: bytes) -> None:
    files = SealedFiles(tmp_path, SEALER)
    files.keep("ab" * 32, b"first")
    (path,) = (p for p in tmp_path.rglob("*") if p.is_file())
    path.write_bytes(content)
    with pytest.raises(ArtifactTampered):
        files.read("ab" * 32)
