"""The public keys of a provider (JWKS, RFC 7517): kept, renewed, and looked for anew when one is missing."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import jwt
from jwt.exceptions import PyJWTError

from models.errors import DependencyFailed, Unauthenticated

_log = logging.getLogger("chadang.oidc")

_FRESH_S = 3600.0
"""A key that was withdrawn is trusted for so long at most while the provider can be reached."""
_STALE_S = 86_400.0
"""And for so long where it cannot."""
_AGAIN_S = 60.0
"""Between two looks: tokens with made-up key ids must not become a flood of requests to the provider."""
_MOST_KEYS = 50
_LEAST_RSA_BITS = 2048
_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_CURVES = {"ES256": "P-256", "ES384": "P-384", "EdDSA": "Ed25519"}

Keys = tuple[Mapping[str, Any], ...]


@dataclass(slots=True)
class KeySet:
    """``load`` returns the JWKS document as bytes; ``clock`` counts seconds and never goes back."""

    load: Callable[[], bytes]
    clock: Callable[[], float]
    _keys: Keys = ()
    _loaded_at: float | None = None
    _tried_at: float | None = None
    _lock: Lock = field(default_factory=Lock)

    def key_for(self, kid: str | None, algorithm: str) -> jwt.PyJWK:
        """Return the key a token names, for its algorithm alone; looked for anew where it is not known.

        The id is compared with those of the set and used for nothing else. Where the token names
        none, the set must have but one key of the kind.

        Raises:
            Unauthenticated: there is no such key. DependencyFailed: keys were never got, or are too old.
        """
        with self._lock:
            self._renew(_FRESH_S)
            found = self._named(kid, algorithm)
            if found is None and self._renew(0):
                found = self._named(kid, algorithm)
        if found is None:
            raise Unauthenticated("令牌的签名密钥不可用，请重新登录。")
        return found

    def _named(self, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
        suited = [key for key in self._keys if _suits(key, algorithm)]
        named = suited if kid is None else [key for key in suited if key.get("kid") == kid]
        if len(named) != 1:
            return None
        return _usable(named[0], algorithm)

    def _renew(self, older_than_s: float) -> bool:
        """Load the set anew where it is older, at most once a minute; whether it was loaded."""
        now = self.clock()
        if self._loaded_at is not None and now - self._loaded_at < older_than_s:
            return False
        if self._tried_at is None or now - self._tried_at >= _AGAIN_S:
            self._tried_at = now
            try:
                self._keys, self._loaded_at = _keys_in(self.load()), now
            except DependencyFailed:
                _log.warning("keys of a provider could not be loaded")
            else:
                return True
        if self._loaded_at is None or now - self._loaded_at > _STALE_S:
            raise DependencyFailed("身份提供方的公钥无法取得，请稍后重试，或联系系统管理员。")
        return False


def _keys_in(content: bytes) -> Keys:
    try:
        keys = json.loads(content)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DependencyFailed("身份提供方的公钥不是有效的 JWKS，请联系系统管理员。") from error
    if not isinstance(keys, list) or len(keys) > _MOST_KEYS:
        raise DependencyFailed("身份提供方的公钥不是有效的 JWKS，请联系系统管理员。")
    return tuple(key for key in keys if isinstance(key, dict))


def _suits(key: Mapping[str, Any], algorithm: str) -> bool:
    """Whether a key is for signatures of this algorithm: kind, curve, use and its own ``alg`` allow it."""
    if key.get("kty") != _KINDS.get(algorithm[:2]) or key.get("use", "sig") != "sig":
        return False
    if algorithm in _CURVES and key.get("crv") != _CURVES[algorithm]:
        return False
    operations = key.get("key_ops", ["verify"])
    return key.get("alg", algorithm) == algorithm and isinstance(operations, list) and "verify" in operations


def _usable(key: Mapping[str, Any], algorithm: str) -> jwt.PyJWK | None:
    public = {name: value for name, value in key.items() if name in {"kty", "crv", "x", "y", "n", "e", "kid"}}
    try:
        made = jwt.PyJWK(public, algorithm)
    except (PyJWTError, ValueError, TypeError):
        return None
    bits = getattr(made.key, "key_size", _LEAST_RSA_BITS)
    return made if key.get("kty") != "RSA" or bits >= _LEAST_RSA_BITS else None
