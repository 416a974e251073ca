"""Signed reports: Ed25519 (RFC 8032) over the very bytes that are kept and handed out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Engine, select

from indexer.store.database import transaction
from indexer.store.review_tables import SignedReportRow
from indexer.store.sealing import Sealer


@dataclass(frozen=True, slots=True)
class SignedReport:
    """``body``: UTF-8 JSON as signed; ``signature`` (64 bytes) and ``public_key`` (32 bytes) in hex.

    ``regions``: region prefixes of the officer when it was made.
    """

    report_id: str
    officer: str
    regions: tuple[str, ...]
    signed_at: datetime
    keep_until: datetime
    body: bytes
    signature: str
    public_key: str


class SignedReportStore:
    """Keeps signed reports; nothing here changes or deletes one."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._key = Ed25519PrivateKey.from_private_bytes(sealer.report_key)

    @property
    def public_key(self) -> str:
        """The archive's key in hex; who verifies elsewhere gets it by another way than the report."""
        return self._key.public_key().public_bytes_raw().hex()

    def signature_of(self, body: bytes) -> str:
        return self._key.sign(body).hex()

    def keep(self, report: SignedReport) -> None:
        row = SignedReportRow(
            report_id=report.report_id,
            officer=report.officer,
            regions=list(report.regions),
            signed_at=report.signed_at,
            keep_until=report.keep_until,
            body=report.body,
            signature=report.signature,
            public_key=report.public_key,
        )
        with transaction(self._engine) as session:
            session.add(row)

    def reports(self) -> Iterator[SignedReport]:
        """Yield all of them, the latest first."""
        with transaction(self._engine) as session:
            rows = session.scalars(
                select(SignedReportRow).order_by(
                    SignedReportRow.signed_at.desc(), SignedReportRow.report_id.desc()
                )
            ).all()
            for row in rows:
                yield SignedReport(
                    row.report_id,
                    row.officer,
                    tuple(row.regions),
                    row.signed_at.replace(tzinfo=row.signed_at.tzinfo or UTC),
                    row.keep_until.replace(tzinfo=row.keep_until.tzinfo or UTC),
                    row.body,
                    row.signature,
                    row.public_key,
                )


def is_signed(body: bytes, signature: str, public_key: str) -> bool:
    """Whether ``signature`` (hex) over ``body`` was made with the key of ``public_key`` (hex)."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), body)
    except (InvalidSignature, ValueError):
        return False
    return True
