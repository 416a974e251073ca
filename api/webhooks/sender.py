"""One attempt over HTTP: to the pinned address, within a time, without redirects, reading next to nothing."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from api.webhooks.addresses import AddressRule, Resolve, Target, resolved, target_of
from api.webhooks.pinned import pinned
from models.errors import AddressRefused, DependencyFailed, InvalidInput

_READ_BYTES = 4096
"""Of an answer; only its status counts."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How an attempt ended. ``status``: of the answer, if any; ``code``: '' or why it is no success.

    Codes: status, redirect, address_refused, not_resolved, not_reached, bad_certificate, timed_out.
    """

    status: int | None
    code: str = ""

    @property
    def received(self) -> bool:
        return self.status is not None and not self.code


@dataclass(frozen=True, slots=True)
class Sender:
    """Posts notices; ``timeout_s`` covers an attempt from the first packet to the status line."""

    rule: AddressRule
    timeout_s: float
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    resolve: Resolve = resolved

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Receipt:
        """Send one notice; whatever goes wrong is a receipt, never an error."""
        try:
            target = target_of(url, self.rule, self.resolve)
        except AddressRefused:
            return Receipt(None, "address_refused")
        except DependencyFailed:
            return Receipt(None, "not_resolved")
        with pinned(target, self.timeout_s, self.tls) as (connection, late):
            try:
                return _receipt(_status(connection, target, body, headers))
            except ssl.SSLCertVerificationError:
                return Receipt(None, "bad_certificate")
            except (OSError, HTTPException) as error:
                timed_out = late.is_set() or isinstance(error, TimeoutError)
                return Receipt(None, "timed_out" if timed_out else "not_reached")


def tls_trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities, and the one in ``ca_file``.

    Raises:
        InvalidInput: the file holds no certificate.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise InvalidInput("CHADANG_WEBHOOK_CA_FILE 打不开，或其中没有证书（PEM）。") from error
    return context


def _status(connection: HTTPConnection, target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    connection.request("POST", target.path, body, dict(headers))
    answer = connection.getresponse()
    with contextlib.suppress(OSError, HTTPException):  # the status is known; the rest is politeness
        answer.read(_READ_BYTES)
    return answer.status


def _receipt(status: int) -> Receipt:
    if 200 <= status < 300:
        return Receipt(status)
    return Receipt(status, "redirect" if 300 <= status < 400 else "status")
