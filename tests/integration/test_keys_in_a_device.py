"""The master key wrapped by a PKCS#11 device: SoftHSM 2 where it is installed (Debian: softhsm2)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from api.bootstrap import Archive
from api.settings import Settings
from indexer.store.key_sources import WrappedKeys
from indexer.store.key_wrapper_pkcs11 import Pkcs11Wrapper
from models.errors import InvalidInput, StoreUnavailable
from tests.integration.test_key_rotation import OPERATOR

LIBRARY = next(
    iter([*Path("/usr/lib").glob("**/libsofthsm2.so"), *Path("/usr/local/lib").glob("**/libsofthsm2.so")]),
    None,
)
PIN = "135246"
needs_device = pytest.mark.skipif(
    LIBRARY is None or shutil.which("softhsm2-util") is None, reason="needs SoftHSM 2 (Debian: softhsm2)"
)


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Pkcs11Wrapper:
    """A token of its own with a wrapping key; the library reads its configuration once a process."""
    folder = tmp_path_factory.mktemp("device")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        made_as = ("--free", "--label", "chadang", "--pin", PIN, "--so-pin", "97531")
        subprocess.run(["softhsm2-util", "--init-token", *made_as], check=True, capture_output=True)  # noqa: S603, S607
        assert LIBRARY is not None
        made = Pkcs11Wrapper(LIBRARY, "chadang", "archive", PIN)
        made.make_key()
    return made


@needs_device
def test_an_archive_whose_key_only_the_device_opens(device: Pkcs11Wrapper, tmp_path: Path) -> None:
    settings = Settings(
        state=tmp_path / "s", hsm_module=device.module, hsm_token="chadang", hsm_key="archive", hsm_pin=PIN
    )

    def opened(**changes: object) -> Archive:
        return Archive(settings.model_copy(update=changes), via="cli")

    archive = opened()
    archive.store.seal_original("ee" * 32, "原件".encode())
    (master,) = archive.key_source.held()
    assert opened().store.original("ee" * 32).decode() == "原件"
    kept = b"".join(path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file())
    assert master not in kept
    assert master.hex().encode() not in kept
    assert archive.key_rotation.rotate(OPERATOR).epoch == 2
    del archive
    assert opened().store.original("ee" * 32).decode() == "原件"
    assert opened().key_source.held() != [master]
    for changes, said in (
        ({"hsm_module": None}, "由密钥设备包裹"),
        ({"hsm_token": "another"}, "CHADANG_HSM_TOKEN"),
        ({"hsm_key": "another"}, "CHADANG_HSM_KEY"),
        ({"hsm_module": tmp_path / "none.so"}, "CHADANG_HSM_MODULE"),
    ):
        with pytest.raises(StoreUnavailable, match=said):
            _ = opened(**changes).sealer
    with pytest.raises(InvalidInput, match="CHADANG_HSM_PIN"):
        _ = opened(hsm_pin=None).sealer


@needs_device
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda text: text[:-2] + ("00" if text[-2:] != "00" else "11"), id="one byte"),
        pytest.param(lambda text: text[:40], id="shortened"),
        pytest.param(lambda _: "ab" * 32, id="a plain key"),
        pytest.param(lambda _: "", id="empty"),
    ],
)
def test_a_changed_file_is_told(device: Pkcs11Wrapper, tmp_path: Path, spoil: Callable[[str], str]) -> None:
    keys = WrappedKeys(tmp_path, device)
    first = keys.first()
    assert keys.held() == [first]
    path = tmp_path / "master.key"
    path.write_text(spoil(path.read_text("utf-8")), "utf-8")
    with pytest.raises(StoreUnavailable):
        keys.held()


@needs_device
def test_what_the_device_refuses_is_said_in_chinese(device: Pkcs11Wrapper) -> None:
    assert device.unwrap(device.wrap(bytes(32))) == bytes(32)
    assert device.wrap(bytes(32)) != device.wrap(bytes(32))
    with pytest.raises(StoreUnavailable, match="已有同名的密钥"):
        device.make_key()
    with pytest.raises(StoreUnavailable, match="口令不对"):
        replace(device, pin="000000").wrap(bytes(32))
    assert PIN not in repr(device)
