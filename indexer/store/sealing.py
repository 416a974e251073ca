"""Sealed content: SM4-GCM under a key per document, wrapped by the master key of an epoch.

SM4: GB/T 32907-2016; SM3: GB/T 32905-2016; key derivation: HKDF (RFC 5869) over SM3.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import ArtifactTampered, StoreUnavailable

_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_BYTES = 16
_EPOCH_BYTES = 4
_WRAPPED_BYTES = _NONCE_BYTES + _TAG_BYTES + _KEY_BYTES
MASTER_KEY_BYTES = 32
FIRST_EPOCH = 1
_EARLY_USES = {"blind": 32, "token": 32, "report": 32, "cursor": _KEY_BYTES}
_CANNOT_OPEN = "密封内容无法打开：主密钥不符或内容被改动，请核对密钥，或从备份恢复。"


@dataclass(frozen=True, slots=True)
class Sealed:
    """Ciphertext and the document key wrapped by the master key; destroying the latter is disposal."""

    wrapped_key: bytes
    content: bytes


@dataclass(frozen=True, slots=True, repr=False)
class DerivedKeys:
    """Keys that hash, sign and seal tokens; they outlive the master key, which wraps them.

    ``root``: 32 bytes, every key comes from it by HKDF over SM3. ``kept``: keys by use that do not, because
    an archive from before key epochs had derived them from its master key.
    """

    root: bytes
    kept: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def fresh(cls) -> DerivedKeys:
        """Return keys of a new archive: knowing a master key alone tells nothing about them."""
        return cls(secrets.token_bytes(MASTER_KEY_BYTES))

    @classmethod
    def of_master(cls, master_key: bytes) -> DerivedKeys:
        """Return the keys an archive from before key epochs has used so far, and a root for new uses."""
        kept = {use: _derive(master_key, use.encode(), length) for use, length in _EARLY_USES.items()}
        return cls(_derive(master_key, b"derived-root", MASTER_KEY_BYTES), kept)

    @classmethod
    def from_bytes(cls, stored: bytes) -> DerivedKeys:
        value = json.loads(stored)
        kept = {use: bytes.fromhex(key) for use, key in value["kept"].items()}
        return cls(bytes.fromhex(value["root"]), kept)

    def to_bytes(self) -> bytes:
        kept = {use: key.hex() for use, key in sorted(self.kept.items())}
        return json.dumps({"root": self.root.hex(), "kept": kept}).encode("ascii")

    def key(self, use: str, length: int) -> bytes:
        """Return the key of one use, ``length`` bytes; the same as long as the archive lives."""
        return self.kept.get(use) or _derive(self.root, use.encode(), length)


class Sealer:
    """Seals and unseals content, and hashes values with a key.

    Content is sealed under a key of its own, which the master key of an epoch wraps; new content always
    under that of ``epoch``, the latest. What hashes and signs comes from ``derived`` and never changes.
    """

    def __init__(
        self,
        master_key: bytes,
        derived: DerivedKeys | None = None,
        *,
        epoch: int = FIRST_EPOCH,
        earlier: Mapping[int, bytes] | None = None,
    ) -> None:
        """``earlier``: master keys of former epochs that still open something, while keys are rotated."""
        masters = {**(earlier or {}), epoch: master_key}
        if any(len(key) != MASTER_KEY_BYTES for key in masters.values()):
            raise StoreUnavailable("主密钥应为 32 字节（64 个十六进制字符），请检查密钥文件或环境变量。")
        self.epoch = epoch
        self._wrappings = {number: _derive(key, b"wrap", _KEY_BYTES) for number, key in masters.items()}
        derived = derived or DerivedKeys(master_key)
        self._hashing = derived.key("blind", 32)
        self._signing = derived.key("token", 32)
        self._reports = derived.key("report", 32)
        self._tokens = derived.key("cursor", _KEY_BYTES)
        self._ledger = derived.key("ledger", 32)
        self._persons = derived.key("persons", 32)

    @property
    def signing_key(self) -> bytes:
        """32 bytes for signing access tokens."""
        return self._signing

    @property
    def report_key(self) -> bytes:
        """32 bytes, the seed of the Ed25519 key that signs reports."""
        return self._reports

    @property
    def ledger_key(self) -> bytes:
        """32 bytes, the seed of the Ed25519 key that signs checkpoints of the ledger and receipts."""
        return self._ledger

    def seal(self, content: bytes, about: str) -> Sealed:
        """Encrypt ``content``; ``about`` (a document id, say) is bound to it and needed to unseal."""
        key = secrets.token_bytes(_KEY_BYTES)
        return Sealed(self._wrap(key, about), _encrypt(key, content, about.encode()))

    def unseal(self, sealed: Sealed, about: str) -> bytes:
        """Return the content; ArtifactTampered where key, content or ``about`` is not what was sealed."""
        return _decrypt(self._unwrap(sealed.wrapped_key, about), sealed.content, about.encode())

    def rewrap(self, wrapped_key: bytes, about: str) -> bytes:
        """Return the same key wrapped in the latest epoch, unchanged where it already is.

        Raises:
            ArtifactTampered: it was not wrapped here, or about something else.
        """
        key = self._unwrap(wrapped_key, about)
        return wrapped_key if epoch_of(wrapped_key) == self.epoch else self._wrap(key, about)

    def fingerprint(self, wrapped_key: bytes, about: str) -> str:
        """Return the SM3 (hex) that names a key without telling it: 128 random bits cannot be tried out."""
        digest = hashes.Hash(hashes.SM3())
        digest.update(b"chadang/fingerprint\x00" + self._unwrap(wrapped_key, about))
        return digest.finalize().hex()

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

    def _wrap(self, key: bytes, about: str) -> bytes:
        wrapped = _encrypt(self._wrappings[self.epoch], key, about.encode())
        # The first epoch is written without its number: archives from before epochs have such keys.
        return wrapped if self.epoch == FIRST_EPOCH else self.epoch.to_bytes(_EPOCH_BYTES) + wrapped

    def _unwrap(self, wrapped_key: bytes, about: str) -> bytes:
        wrapping = self._wrappings.get(epoch_of(wrapped_key))
        if wrapping is None:
            raise ArtifactTampered(_CANNOT_OPEN)
        return _decrypt(wrapping, wrapped_key[-_WRAPPED_BYTES:], about.encode())


def epoch_of(wrapped_key: bytes) -> int:
    """Return the epoch whose master key wraps this one; 0 for what is no wrapped key."""
    if len(wrapped_key) == _WRAPPED_BYTES:
        return FIRST_EPOCH
    if len(wrapped_key) == _WRAPPED_BYTES + _EPOCH_BYTES:
        return int.from_bytes(wrapped_key[:_EPOCH_BYTES])
    return 0


def check_value(master_key: bytes) -> str:
    """Return what tells master keys apart and says nothing about either: HMAC-SM3 (hex) of a constant."""
    mac = hmac.HMAC(_derive(master_key, b"check", 32), hashes.SM3())
    mac.update(b"chadang key check value")
    return mac.finalize().hex()


def seal_derived(master_key: bytes, epoch: int, derived: DerivedKeys) -> bytes:
    """Encrypt the derived keys under the master key of an epoch."""
    return _encrypt(_derive(master_key, b"derived", _KEY_BYTES), derived.to_bytes(), _bound(epoch))


def unseal_derived(master_key: bytes, epoch: int, sealed: bytes) -> DerivedKeys:
    """Return the derived keys; ArtifactTampered under another master key or epoch."""
    return DerivedKeys.from_bytes(
        _decrypt(_derive(master_key, b"derived", _KEY_BYTES), sealed, _bound(epoch))
    )


def _bound(epoch: int) -> bytes:
    return f"derived keys of epoch {epoch}".encode("ascii")


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
        raise ArtifactTampered(_CANNOT_OPEN) from error
