"""Sealed content: SM4-GCM under a key per document, wrapped by keys derived from one master key.

SM4: GB/T 32907-2016; SM3: GB/T 32905-2016; key derivation: HKDF (RFC 5869) over SM3.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import ArtifactTampered, StoreUnavailable

_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_BYTES = 16
MASTER_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """Ciphertext and the document key wrapped by the master key; destroying the latter is disposal."""

    wrapped_key: bytes
    content: bytes


class Sealer:
    """Seals and unseals content, and hashes values with a key; all keys come from one master key."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != MASTER_KEY_BYTES:
            raise StoreUnavailable("主密钥应为 32 字节（64 个十六进制字符），请检查密钥文件或环境变量。")
        self._wrapping = _derive(master_key, b"wrap", _KEY_BYTES)
        self._hashing = _derive(master_key, b"blind", 32)
        self._signing = _derive(master_key, b"token", 32)
        self._reports = _derive(master_key, b"report", 32)
        self._tokens = _derive(master_key, b"cursor", _KEY_BYTES)
        self._persons = _derive(master_key, b"persons", 32)

    @property
    def signing_key(self) -> bytes:
        """32 bytes for signing access tokens."""
        return self._signing

    @property
    def report_key(self) -> bytes:
        """32 bytes, the seed of the Ed25519 key that signs reports."""
        return self._reports

    def seal(self, content: bytes, about: str) -> Sealed:
        """Encrypt ``content``; ``about`` (a document id, say) is bound to it and needed to unseal."""
        key = secrets.token_bytes(_KEY_BYTES)
        bound = about.encode()
        return Sealed(_encrypt(self._wrapping, key, bound), _encrypt(key, content, bound))

    def unseal(self, sealed: Sealed, about: str) -> bytes:
        """Return the content; ArtifactTampered where key, content or ``about`` is not what was sealed."""
        bound = about.encode()
        return _decrypt(_decrypt(self._wrapping, sealed.wrapped_key, bound), sealed.content, bound)

    def seal_token(self, content: bytes, about: str) -> bytes:
        """Encrypt a short token; the same content about the same thing always gives the same bytes.

        The nonce is a keyed hash of both, so it repeats only where everything repeats.
        """
        bound = about.encode("utf-8", "surrogatepass")
        nonce = bytes.fromhex(self.keyed_hash(about + "\x00" + content.hex(), "token nonce"))[:_NONCE_BYTES]
        return _encrypt(self._tokens, content, bound, nonce)

    def unseal_token(self, token: bytes, about: str) -> bytes:
        """Return the content; ArtifactTampered where it was sealed about something else or not here."""
        return _decrypt(self._tokens, token, about.encode("utf-8", "surrogatepass"))

    def keyed_hash(self, value: str, use: str) -> str:
        """Return the HMAC-SM3 (hex) of ``value``; different uses of one value do not match."""
        mac = hmac.HMAC(self._hashing, hashes.SM3())
        mac.update(use.encode() + b"\x00" + value.encode("utf-8", "surrogatepass"))
        return mac.finalize().hex()

    def person_key(self, salt: bytes, use: str) -> bytes:
        """Return 32 bytes for the tokens of the person index; another ``salt`` or ``use`` is another key."""
        return HKDF(hashes.SM3(), 32, salt=salt, info=b"chadang/person/" + use.encode()).derive(self._persons)


def master_key_of(folder: Path, given: str | None) -> bytes:
    """Return the master key: ``given`` (hex) if set, else the one in ``folder``, made on first use.

    The file is readable by its owner only. Who holds file and archive reads everything: offices
    keep the key elsewhere and pass it by the environment.
    """
    if given:
        return _from_hex(given)
    path = folder / "master.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f".master.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(MASTER_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # never replaces a key another process has just made
        draft.unlink()
    return _from_hex(path.read_text("utf-8", "replace"))


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text.strip())
    except ValueError as error:
        raise StoreUnavailable("主密钥不是十六进制文本，请检查密钥文件或环境变量。") from error


def _derive(master: bytes, use: bytes, length: int) -> bytes:
    return HKDF(hashes.SM3(), length, salt=None, info=b"chadang/" + use).derive(master)


def _encrypt(key: bytes, plain: bytes, bound: bytes, nonce: bytes | None = None) -> bytes:
    nonce = nonce or secrets.token_bytes(_NONCE_BYTES)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound)
    body = encryptor.update(plain) + encryptor.finalize()
    return nonce + encryptor.tag + body


def _decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    nonce, tag = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES : _NONCE_BYTES + _TAG_BYTES]
    try:
        decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(bound)
        return decryptor.update(sealed[_NONCE_BYTES + _TAG_BYTES :]) + decryptor.finalize()
    except (InvalidTag, ValueError) as error:
        raise ArtifactTampered(
            "密封内容无法打开：主密钥不符或内容被改动，请核对密钥，或从备份恢复。"
        ) from error
