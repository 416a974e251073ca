"""Whether a token is one of a provider's, for us, and of now (RFC 7519, RFC 8725, OIDC Core §3.1.3.7)."""

from __future__ import annotations

import json
from typing import Any

import jwt
from jwt.utils import base64url_decode

from api.oidc.configuration import Provider
from api.oidc.keys import KeySet
from models.errors import Unauthenticated

MAX_CHARACTERS = 16 * 1024
_TYPES = ("jwt", "at+jwt", "application/at+jwt")
_REQUIRED = ("iss", "aud", "sub", "iat", "exp")


def issuer_of(token: str) -> str:
    """Return whose a token says it is, '' where it says nothing; to choose by, never to trust."""
    try:
        claims = json.loads(base64url_decode(token.split(".")[1]))
        issuer = claims["iss"]
    except (ValueError, IndexError, KeyError, TypeError, RecursionError):
        return ""
    return issuer if isinstance(issuer, str) else ""


def claims_of(token: str, provider: Provider, keys: KeySet, audience: str) -> dict[str, Any]:
    """Return the claims of a token that stands every check.

    Of the header ``alg`` (against the provider's list), ``kid`` (to choose among the provider's keys) and
    ``typ`` are read. Keys and addresses that a token brings along (jwk, jku, x5c, x5u) are not.

    Raises:
        Unauthenticated: one answer for every reason.
        DependencyFailed: the provider's keys cannot be had.
    """
    refused = Unauthenticated("令牌无效或已过期，请重新登录。")
    if not audience or len(token) > MAX_CHARACTERS:
        raise refused
    try:
        header = jwt.get_unverified_header(token)
        algorithm, kind = header.get("alg"), str(header.get("typ", "JWT")).lower()
        if algorithm not in provider.algorithms or kind not in _TYPES or "crit" in header or "b64" in header:
            raise refused
        claims: dict[str, Any] = jwt.decode(
            token,
            keys.key_for(header.get("kid"), algorithm),
            algorithms=[algorithm],
            issuer=provider.issuer,
            audience=audience,
            leeway=provider.clock_skew_s,
            options={"require": list(_REQUIRED)},
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError, OverflowError):
        raise refused from None
    if not _is_short(claims, provider) or not _is_for_our_client(claims, provider):
        raise refused
    return claims


def _is_short(claims: dict[str, Any], provider: Provider) -> bool:
    """Whether the token lives no longer than allowed: what is stolen must end by itself."""
    return int(claims["exp"]) - int(claims["iat"]) <= provider.longest_life_s


def _is_for_our_client(claims: dict[str, Any], provider: Provider) -> bool:
    """Whether the party a token was made for is one of ours; with several audiences one must be named."""
    ours = {*provider.authorized_parties} | ({provider.log_in.client_id} if provider.log_in else set())
    party = claims.get("azp")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if party is None:
        return not several
    return party in ours if ours else not several
