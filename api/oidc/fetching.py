"""What is asked of a provider over HTTP: to a judged address, bounded in time and size, without redirects."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException

from api.webhooks.addresses import AddressRule, Resolve, resolved, target_of
from api.webhooks.pinned import pinned
from models.errors import AddressRefused, DependencyFailed

MAX_BYTES = 256 * 1024
_UNREACHED = "身份提供方联系不上，或其回答无法使用，请稍后重试，或联系系统管理员核对 CHADANG_OIDC_FILE。"


@dataclass(frozen=True, slots=True)
class Fetcher:
    """``timeout_s`` covers an exchange from the first packet to the last byte of the body."""

    rule: AddressRule
    timeout_s: float = 5
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    resolve: Resolve = resolved

    def fetch(self, url: str) -> bytes:
        """Return what is there.

        Raises:
            DependencyFailed: whatever goes wrong; why is not told, since the address may be inside.
        """
        status, content = self._exchange(url, None, {})
        if status != HTTPStatus.OK:
            raise DependencyFailed(_UNREACHED)
        return content

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Return status and body of the answer; DependencyFailed where there is none that can be used."""
        return self._exchange(url, body, headers)

    def _exchange(self, url: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        try:
            target = target_of(url, self.rule, self.resolve)
            with pinned(target, self.timeout_s, self.tls) as (connection, _):
                connection.request("GET" if body is None else "POST", target.path, body, dict(headers))
                answer = connection.getresponse()
                content = answer.read(MAX_BYTES + 1)
                whole = answer.isclosed()
        except (OSError, HTTPException, AddressRefused, DependencyFailed) as error:
            raise DependencyFailed(_UNREACHED) from error
        if not whole or len(content) > MAX_BYTES:
            raise DependencyFailed(_UNREACHED)
        return answer.status, content
