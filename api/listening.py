"""How the service listens: TLS, the proxies it believes, and how long it waits for the head of a request."""

from __future__ import annotations

import asyncio
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.settings import Settings
from models.errors import InvalidInput

_PATIENCE_S = 30
"""For requests under way when the service is stopped: a stream of texts may have no end of its own."""
_HEAD_BYTES = 32 * 1024
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: forward secrecy and authenticated encryption only (RFC 9325 §4.2); 1.3 has no others."""


def tls_of(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return a server's context: TLS 1.2 or later.

    Raises:
        InvalidInput: a file cannot be read, is no PEM, or the key is not the certificate's or is encrypted.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    try:
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ssl.SSLError) as error:
        raise InvalidInput(
            "证书或私钥打不开：请核对 --tls 的两个文件（PEM，私钥不带口令，且与证书是一对）。"
        ) from error
    return context


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach a service that listens there."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def server_for(
    app: ASGIApp, settings: Settings, host: str, port: int, tls: ssl.SSLContext | None
) -> uvicorn.Server:
    """Return the server; it believes no proxy but those named in the settings."""
    proxies = settings.trusted_proxies.split()
    given: dict[str, Any] = {} if tls is None else {"ssl_context_factory": lambda *_: tls}
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=punctual(settings.header_timeout_s),
        log_level="warning",
        server_header=False,
        access_log=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        h11_max_incomplete_event_size=_HEAD_BYTES,
        timeout_graceful_shutdown=_PATIENCE_S,
        **given,
    )
    return uvicorn.Server(config)


def punctual(within_s: float) -> type[H11Protocol]:
    """Return the HTTP protocol with an end to waiting for the head of a request.

    The server itself bounds the silence between two requests only; who opens connections and sends the
    head of a request byte by byte (slowloris) would hold them for ever.
    """

    class Punctual(H11Protocol):
        _late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._expect()

        def data_received(self, data: bytes) -> None:
            if self._late is None and self._is_idle():
                self._expect()
            super().data_received(data)
            if not self._is_idle():
                self._expect_no_more()

        def connection_lost(self, exc: Exception | None) -> None:
            self._expect_no_more()
            super().connection_lost(exc)

        def _is_idle(self) -> bool:
            return self.cycle is None or self.cycle.response_complete

        def _expect(self) -> None:
            self._late = self.loop.call_later(within_s, self.transport.close)

        def _expect_no_more(self) -> None:
            if self._late is not None:
                self._late.cancel()
                self._late = None

    return Punctual
