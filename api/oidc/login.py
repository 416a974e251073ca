"""The authorization code flow (RFC 6749 §4.1) with PKCE (RFC 7636): out to the provider, back with a code.

What must be known when the code comes back goes out with the caller, sealed, so nothing is kept here
meanwhile and a code can only be redeemed by who began the flow.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import quote, urlencode

from api.oidc.configuration import LogIn
from api.oidc.providers import Identified, Providers, Trusted
from api.oidc.verification import claims_of
from indexer.store.sealing import Sealer
from models.errors import ArtifactTampered, DependencyFailed, NotVisible, Unauthenticated

_LIFE = timedelta(minutes=10)
_ABOUT = "oidc-flow"
_REFUSED = "登录没有完成或已超时，请重新登录。"


@dataclass(frozen=True, slots=True)
class Flow:
    """What binds a code to who asked for it; goes out sealed. ``until``: seconds since 1970."""

    provider: str
    state: str
    nonce: str
    verifier: str
    purpose: str
    until: int


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send the person, and what to bring back with the code."""

    url: str
    flow: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OutsideLogIn:
    """Log-in by way of a provider."""

    providers: Providers
    sealer: Sealer
    clock: Callable[[], datetime]

    def begin(self, name: str | None, purpose: str | None) -> Departure:
        """Return where to send somebody who logs in with the provider ``name``, or with the only one.

        Raises:
            NotVisible: there is no such provider to log in with.
        """
        trusted, log_in = self._chosen(name)
        expires_at = (self.clock() + _LIFE).replace(microsecond=0)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        until = int(expires_at.timestamp())
        flow = Flow(trusted.provider.name, state, nonce, verifier, purpose or "", until)
        asked = {
            "response_type": "code",
            "client_id": log_in.client_id,
            "redirect_uri": log_in.redirect_uri,
            "scope": " ".join(log_in.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in log_in.authorization_url else "?"
        url = f"{log_in.authorization_url}{joint}{urlencode(asked, quote_via=quote)}"
        return Departure(url, self._sealed(flow), expires_at)

    def finish(self, sealed: str, state: str, code: str) -> tuple[Identified, str]:
        """Redeem a code and return whose log-in it was, and the purpose it was begun with.

        Raises:
            Unauthenticated: the flow is not ours, is over or another's, or the token does not stand.
            DependencyFailed: the provider cannot be reached.
        """
        flow = self._unsealed(sealed)
        late = self.clock().timestamp() > flow.until
        if late or not hmac.compare_digest(flow.state.encode(), state.encode()):
            raise Unauthenticated(_REFUSED)
        trusted, log_in = self._chosen(flow.provider)
        id_token = _redeemed(trusted, log_in, code, flow.verifier)
        claims = claims_of(id_token, trusted.provider, trusted.keys, log_in.client_id)
        if not hmac.compare_digest(str(claims.get("nonce")).encode(), flow.nonce.encode()):
            raise Unauthenticated(_REFUSED)
        return self.providers.identified(trusted.provider, claims), flow.purpose

    def _chosen(self, name: str | None) -> tuple[Trusted, LogIn]:
        given = [
            t
            for t in self.providers.trusted.values()
            if t.provider.log_in and name in (None, t.provider.name)
        ]
        if len(given) != 1 or given[0].provider.log_in is None:
            raise NotVisible("没有这个可用于登录的身份提供方，请联系系统管理员。")
        return given[0], given[0].provider.log_in

    def _sealed(self, flow: Flow) -> str:
        sealed = self.sealer.seal_token(json.dumps(asdict(flow)).encode(), _ABOUT)
        return base64.urlsafe_b64encode(sealed).decode("ascii")

    def _unsealed(self, text: str) -> Flow:
        try:
            content = self.sealer.unseal_token(base64.urlsafe_b64decode(text.encode()), _ABOUT)
        except (ArtifactTampered, ValueError):
            raise Unauthenticated(_REFUSED) from None
        return Flow(**json.loads(content))


def challenge_of(verifier: str) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def _redeemed(trusted: Trusted, log_in: LogIn, code: str, verifier: str) -> str:
    """Exchange a code for the ID token; the provider's answer is bounded and quoted nowhere."""
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": log_in.redirect_uri,
        "client_id": log_in.client_id,
        "code_verifier": verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    headers |= _client_authentication(log_in)
    status, content = trusted.fetcher.post(log_in.token_url, urlencode(asked).encode(), headers)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise DependencyFailed("身份提供方没有完成登录，请稍后重试。")
    try:
        id_token = json.loads(content)["id_token"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unauthenticated(_REFUSED) from None
    if not isinstance(id_token, str):
        raise Unauthenticated(_REFUSED)
    return id_token


def _client_authentication(log_in: LogIn) -> dict[str, str]:
    """Return the header of a client that has a secret (RFC 6749 §2.3.1)."""
    if log_in.client_secret_file is None:
        return {}
    try:
        secret = log_in.client_secret_file.read_text("utf-8").strip()
    except OSError as error:
        raise DependencyFailed("客户端密钥文件读不出来，请联系系统管理员。") from error
    pair = f"{quote(log_in.client_id, safe='')}:{quote(secret, safe='')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"}
