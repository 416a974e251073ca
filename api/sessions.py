"""Sessions and the access tokens that name them (JWT, RFC 7519, signed HS256); nothing else is accepted."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import jwt

from api.admission import Demands, Visitor, owed_by, shut_out
from api.authentication import purposes_of
from indexer.store.identifiers import new_id
from indexer.store.identity_port import Session, SessionStore
from indexer.store.port import Account, AccountStore
from models.access.principal import Principal
from models.errors import Unauthenticated

ISSUER = "chadang"
_AUDIENCE = "chadang-api"
_ALGORITHM = "HS256"
_CLAIMS = ("iss", "aud", "sub", "iat", "exp", "jti", "purpose", "pwd")
_MARK_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class AccessToken:
    text: str
    expires_at: datetime
    session: Session


@dataclass(frozen=True, slots=True)
class SessionRules:
    """``most``: open sessions of one account at a time; the oldest ends for a new one."""

    life: timedelta
    idle: timedelta
    most: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """Opens sessions, issues their tokens and reads them."""

    accounts: AccountStore
    sessions: SessionStore
    key: bytes = field(repr=False)
    rules: SessionRules
    demands: Demands
    clock: Callable[[], datetime]

    def issue(
        self, account: Account, purpose: str, *, method: str = "password", second_factor: bool = False
    ) -> AccessToken:
        """Open a session of an account whose credentials were shown, and return its token."""
        now = self.clock()
        expires_at = (now + self.rules.life).replace(microsecond=0)
        subject = account.principal.subject
        session = Session(new_id(), subject, method, second_factor, purpose, now, now, expires_at)
        self.sessions.begin(session, self.rules.most)
        claims = {
            "iss": ISSUER,
            "aud": _AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": expires_at,
            "jti": session.session_id,
            "purpose": purpose,
            "pwd": self._password_mark(account),
        }
        return AccessToken(jwt.encode(claims, self.key, algorithm=_ALGORITHM), expires_at, session)

    def principal_of(self, token: str) -> Principal:
        """Return the principal as the account stands now, with the purpose of the token.

        Raises:
            Unauthenticated: see `visitor_of`. PasswordChangeOwed, SecondFactorOwed: that comes first.
        """
        return self.visitor_of(token).admitted()

    def visitor_of(self, token: str) -> Visitor:
        """Return who comes with a token, and what they owe before anything else.

        Session and account are read each time: log-out, disabling, another post or password end it at once.

        Raises:
            Unauthenticated: the token is not ours, was altered, has expired, its session ended or was idle
                for too long, or its account is closed.
        """
        now, claims = self.clock(), self._claims(token)
        refused = Unauthenticated("登录已失效，请重新登录。")
        opened = self.sessions.opened(claims["jti"])
        if opened is None:
            raise refused
        session, credentials = opened
        if session.subject != claims["sub"] or not session.open_at(now):
            raise refused
        if now - session.seen_at > self.rules.idle:
            self.sessions.end(session.session_id, session.subject, now)
            raise Unauthenticated("长时间没有操作，登录已失效，请重新登录。")
        account = self.accounts.account(session.subject)
        if account is None or shut_out(account, now) or not self._is_marked(account, session, claims["pwd"]):
            raise refused
        if session.purpose and session.purpose not in purposes_of(account.principal):
            raise refused
        if now - session.seen_at >= _MARK_SEEN_EVERY:
            self.sessions.seen(session.session_id, now)
        owed = owed_by(account, credentials, session, self.demands, now)
        return Visitor(replace(account.principal, purpose=session.purpose), session, owed)

    def _claims(self, token: str) -> dict[str, str]:
        try:
            claims: dict[str, str] = jwt.decode(
                token,
                self.key,
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                audience=_AUDIENCE,
                options={"require": list(_CLAIMS)},
            )
        except jwt.PyJWTError:
            raise Unauthenticated("登录已失效，请重新登录。") from None
        return claims

    def _is_marked(self, account: Account, session: Session, mark: str) -> bool:
        """Whether the token is of the password there is now; one without a password logs in elsewhere."""
        if session.method == "password" and account.password_hash is None:
            return False
        return hmac.compare_digest(str(mark).encode(), self._password_mark(account).encode())

    def _password_mark(self, account: Account) -> str:
        """A keyed mark of the password hash: changes with the password, says nothing about it."""
        return hmac.new(self.key, (account.password_hash or "").encode(), "sha256").hexdigest()[:32]
