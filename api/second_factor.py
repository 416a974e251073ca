"""Use case: second factors: enrolled with a first code, asked for at every log-in, each code good once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.authentication import Proof
from api.one_time import (
    enrolment_uri,
    fitting_step,
    new_recovery_codes,
    new_secret,
    plain_recovery,
    shown_secret,
)
from indexer.store.identity_port import CredentialStore
from indexer.store.sealing import Sealer
from models.errors import Conflict, InvalidInput

_USE = "recovery-code"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The only moment at which the secret is shown: as letters to type, and as a URI for a QR code."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """One-time codes (TOTP) and recovery codes of accounts."""

    store: CredentialStore
    sealer: Sealer

    def begin(self, subject: str) -> Enrolment:
        """Return a new secret; the present one counts until the new one is confirmed."""
        secret = new_secret()
        self.store.propose_totp(subject, secret)
        return Enrolment(shown_secret(secret), enrolment_uri(secret, subject))

    def confirm(self, subject: str, code: str, now: datetime) -> tuple[str, ...]:
        """Make the new secret count and return recovery codes, which are kept as keyed hashes only.

        Raises:
            Conflict: nothing was begun. InvalidInput: the code is not the device's of this moment.
        """
        secret = self.store.pending_totp(subject)
        if secret is None:
            raise Conflict("没有待确认的动态验证码，请重新开始启用。")
        step = fitting_step(secret, code, now.timestamp())
        if step is None:
            raise InvalidInput("动态验证码不正确，请核对手机时间后，输入当前显示的 6 位数字。")
        codes = new_recovery_codes()
        self.store.confirm_totp(subject, step, [self._key(subject, each) for each in codes])
        return codes

    def proof(self, name: str, code: str, now: datetime) -> Proof:
        """Return what a code amounts to; about the same work for an account that is not there."""
        known = self.store.totp(name)
        key = self._key(name, code)
        recovers = self.store.has_recovery(name, key)
        if known is None:
            return Proof()
        step = fitting_step(known.secret, code, now.timestamp(), known.last_step)
        return Proof(needed=True, step=step, recovery_key=key if recovers else None)

    def taken(self, name: str, proof: Proof, now: datetime) -> bool:
        """Use a code up. Of requests that show the same code at once, one alone gets True."""
        if proof.step is not None:
            return self.store.use_step(name, proof.step)
        return proof.recovery_key is not None and self.store.use_recovery(name, proof.recovery_key, now)

    def reset(self, subject: str) -> None:
        """Take the second factor away; where the role asks for one, the next log-in begins with enrolling."""
        self.store.forget_totp(subject)

    def _key(self, subject: str, code: str) -> str:
        return self.sealer.keyed_hash(f"{subject}\x00{plain_recovery(code)}", _USE)
