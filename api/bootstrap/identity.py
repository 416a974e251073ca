"""Who logs in, by what, and for how long."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from api.bootstrap.foundation import Foundation

if TYPE_CHECKING:
    from api.accounts import Accounts
    from api.admission import Demands
    from api.authentication import LockOut
    from api.oidc.login import OutsideLogIn
    from api.oidc.providers import Providers
    from api.second_factor import SecondFactors
    from api.sessions import Tokens
    from indexer.store.credentials_sqlalchemy import SqlCredentialStore
    from indexer.store.sessions_sqlalchemy import SqlSessionStore


class Identity(Foundation):
    """Accounts, sessions, second factors and outside providers."""

    @cached_property
    def sessions(self) -> SqlSessionStore:
        from indexer.store.sessions_sqlalchemy import SqlSessionStore

        return SqlSessionStore(self.engine)

    @cached_property
    def credentials(self) -> SqlCredentialStore:
        from indexer.store.credentials_sqlalchemy import SqlCredentialStore

        return SqlCredentialStore(self.engine, self.sealer)

    @cached_property
    def second_factors(self) -> SecondFactors:
        from api.second_factor import SecondFactors

        return SecondFactors(self.credentials, self.sealer)

    @cached_property
    def people(self) -> Accounts:
        from api.accounts import Accounts

        return Accounts(self.accounts, self.credentials, self.sessions, self.second_factors, self.clock)

    @cached_property
    def demands(self) -> Demands:
        from api.admission import Demands

        return Demands(self.settings.second_factor == "required_roles", self.settings.password_days)

    @cached_property
    def lock_out(self) -> LockOut:
        from api.authentication import LockOut

        return LockOut(self.settings.max_login_failures, self.settings.lockout_minutes)

    @cached_property
    def tokens(self) -> Tokens:
        from api.sessions import SessionRules, Tokens

        given = self.settings
        life, idle = timedelta(minutes=given.token_minutes), timedelta(minutes=given.idle_minutes)
        rules = SessionRules(life, idle, given.max_sessions)
        key = self.sealer.signing_key
        return Tokens(self.accounts, self.sessions, key, rules, self.demands, self.clock)

    @cached_property
    def providers(self) -> Providers:
        from api.oidc.configuration import read_providers
        from api.oidc.providers import Providers

        given = read_providers(self.settings.oidc_file) if self.settings.oidc_file else ()
        return Providers.of(given, self.accounts, self.credentials, self.demands, self.clock)

    @cached_property
    def outside_log_in(self) -> OutsideLogIn:
        from api.oidc.login import OutsideLogIn

        return OutsideLogIn(self.providers, self.sealer, self.clock)
