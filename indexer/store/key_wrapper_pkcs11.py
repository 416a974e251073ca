"""A key wrapper in a PKCS#11 device: AES-256-GCM under a key that the device made and does not give away."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.errors import StoreUnavailable

_NONCE_BYTES = 12
_BOUND = b"chadang master key"


@dataclass(frozen=True, slots=True)
class Pkcs11Wrapper:
    """``module``: the vendor's library; ``token`` and ``label``: of the token and of the key in it."""

    module: Path
    token: str
    label: str
    pin: str = field(repr=False)

    def wrap(self, key: bytes) -> bytes:
        from pkcs11 import GCMParams, Mechanism

        nonce = secrets.token_bytes(_NONCE_BYTES)
        with self._key() as wrapping:
            made = wrapping.encrypt(
                key, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, _BOUND)
            )
        return nonce + bytes(made)

    def unwrap(self, wrapped: bytes) -> bytes:
        from pkcs11 import GCMParams, Mechanism

        nonce, content = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        with self._key() as wrapping:
            return bytes(
                wrapping.decrypt(
                    content, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, _BOUND)
                )
            )

    def make_key(self) -> None:
        """Make the wrapping key in the device; StoreUnavailable where there is one of this label."""
        from pkcs11 import Attribute, KeyType, ObjectClass

        with self._session(rw=True) as session:
            if list(
                session.get_objects({Attribute.LABEL: self.label, Attribute.CLASS: ObjectClass.SECRET_KEY})
            ):
                raise StoreUnavailable("密钥设备里已有同名的密钥，没有另建；请换一个 CHADANG_HSM_KEY。")
            hidden = {Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True, Attribute.PRIVATE: True}
            session.generate_key(KeyType.AES, 256, label=self.label, store=True, template=hidden)

    @contextmanager
    def _key(self) -> Iterator[Any]:
        from pkcs11 import ObjectClass

        with self._session() as session:
            yield session.get_key(object_class=ObjectClass.SECRET_KEY, label=self.label)

    @contextmanager
    def _session(self, *, rw: bool = False) -> Iterator[Any]:
        try:
            import pkcs11
        except ImportError as error:
            raise StoreUnavailable('没有安装 PKCS#11 支持，请运行 pip install "chadang[hsm]"。') from error
        try:
            with (
                pkcs11.lib(str(self.module))
                .get_token(token_label=self.token)
                .open(user_pin=self.pin, rw=rw) as session
            ):
                yield session
        except pkcs11.PKCS11Error as error:
            raise StoreUnavailable(f"密钥设备：{_said(error)}。没有做任何改动。") from error


def _said(error: Exception) -> str:
    """Return in Chinese what a device says; its own words may hold anything."""
    known = {
        "NoSuchToken": "找不到这个令牌，请核对 CHADANG_HSM_TOKEN",
        "NoSuchKey": "令牌里没有这个密钥，请核对 CHADANG_HSM_KEY，或先运行 chadang keys make-hsm-key",
        "PinIncorrect": "口令不对，请核对 CHADANG_HSM_PIN",
        "PinLenRange": "口令不对，请核对 CHADANG_HSM_PIN",
        "PinLocked": "口令已锁定，请找设备管理员解锁",
        "EncryptedDataInvalid": "这个主密钥不是由它包裹的，或文件被改动",
        "EncryptedDataLenRange": "这个主密钥不是由它包裹的，或文件被改动",
        "GeneralError": "打不开这个主密钥：不是由它包裹的、文件被改动，或设备故障",
        "PKCS11Error": "驱动库无法加载，请核对 CHADANG_HSM_MODULE",
    }
    name = type(error).__name__
    return known.get(name, f"不可用（{name}）")
