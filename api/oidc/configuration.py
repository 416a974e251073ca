"""Which outside providers are trusted, for what, and whose accounts their subjects are: one TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.errors import InvalidInput

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
"""Signatures by a private key alone. None and shared secrets (HS…) cannot even be written."""

Url = Annotated[str, Field(pattern=r"^https?://[\x21-\x7e]+$", max_length=2000)]


class LogIn(BaseModel):
    """What the authorization code flow needs (RFC 6749 §4.1, with PKCE, RFC 7636)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: str = Field(min_length=1)
    client_secret_file: Path | None = None
    authorization_url: Url
    token_url: Url
    redirect_uri: Url
    scopes: tuple[str, ...] = ("openid",)


class Provider(BaseModel):
    """One provider. ``audience``: of the access tokens taken as bearer tokens, '' for none.

    ``subject_claim``: the claim that names a person; ``accounts`` says which account that is, and
    ``account_from_claim`` takes it for the account's name itself. Roles are never taken from a token.
    ``second_factor_amr``: values of ``amr`` (RFC 8176) that count as a second factor.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    issuer: str = Field(min_length=1, max_length=500)
    audience: str = ""
    algorithms: tuple[Algorithm, ...] = ("RS256",)
    jwks_file: Path | None = None
    jwks_url: Url | None = None
    networks: tuple[str, ...] = ()
    http_on_loopback: bool = False
    ca_file: Path | None = None
    subject_claim: str = Field("sub", min_length=1)
    accounts: dict[str, str] = Field(default_factory=dict)
    account_from_claim: bool = False
    second_factor_amr: tuple[str, ...] = ("mfa", "otp", "hwk")
    authorized_parties: tuple[str, ...] = ()
    clock_skew_s: Annotated[int, Field(ge=0, le=300)] = 30
    longest_life_s: Annotated[int, Field(ge=60, le=86_400)] = 3600
    log_in: LogIn | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.jwks_file is None) == (self.jwks_url is None):
            raise ValueError("jwks")
        if not self.algorithms or self.issuer == "chadang":
            raise ValueError("issuer")
        if self.log_in is not None and self.log_in.client_id == self.audience:
            raise ValueError("audience")  # an ID token would pass for an access token
        return self


def read_providers(path: Path) -> tuple[Provider, ...]:
    """Return the providers of a file; paths in it are taken from its folder.

    Raises:
        InvalidInput: the file cannot be read or used; which provider and field, never a value.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        rows = table.pop("provider", [])
        given = tuple(Provider.model_validate(row) for row in rows)
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput("CHADANG_OIDC_FILE 打不开，或不是有效的 TOML，请核对路径和格式。") from error
    except ValidationError as error:
        raise InvalidInput(
            f"CHADANG_OIDC_FILE 中有设置不可用：{_wrong(error)}，见 docs/identity.md。"
        ) from None
    distinct = {p.name for p in given}, {p.issuer for p in given}
    if table or not given or any(len(names) < len(given) for names in distinct):
        raise InvalidInput("CHADANG_OIDC_FILE 只能有 [[provider]] 段，且名称、签发者各不相同。")
    return tuple(_placed(provider, path.parent) for provider in given)


def _wrong(error: ValidationError) -> str:
    hints = {
        "jwks": "jwks_file 与 jwks_url 须且只能写一个",
        "issuer": "issuer 或 algorithms",
        "audience": "audience 不能与 client_id 相同",
    }
    found = []
    for each in error.errors():
        place = ".".join(str(part) for part in each["loc"] if not isinstance(part, int))
        found.append(place or hints.get(str(each.get("ctx", {}).get("error", "")), "整段"))
    return "、".join(found)


def _placed(provider: Provider, folder: Path) -> Provider:
    changes: dict[str, object] = {}
    for name in ("jwks_file", "ca_file"):
        if (path := getattr(provider, name)) is not None:
            changes[name] = folder / path
    log_in = provider.log_in
    if log_in is not None and log_in.client_secret_file is not None:
        secret_file = folder / log_in.client_secret_file
        changes["log_in"] = log_in.model_copy(update={"client_secret_file": secret_file})
    return provider.model_copy(update=changes)
