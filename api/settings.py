"""Settings, read once from the environment (prefix CHADANG_) or a ``.env`` file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.ledger.naming import Accounts

DEFAULT_STATE = Path("data/var/default")
DEFAULT_CACHE = Path("data/var/cache/models")


class Settings(BaseSettings):
    """Every number has bounds and a unit; a secret has no default that could be known."""

    model_config = SettingsConfigDict(env_prefix="CHADANG_", env_file=".env", extra="ignore", frozen=True)

    state: Path = Field(DEFAULT_STATE, description="Folder of the archive: database, originals, index, key.")
    database_url: str = Field("", description="SQLAlchemy URL; empty means SQLite inside the state folder.")
    master_key: SecretStr | None = Field(None, description="64 hex digits; without it a key file is made.")
    master_key_next: SecretStr | None = Field(
        None, description="64 hex digits: what `chadang keys rotate` rotates to where MASTER_KEY is set."
    )
    hsm_module: Path | None = Field(
        None,
        description="PKCS#11 library of a device that wraps the master key; without it a plain key file.",
    )
    hsm_token: str = Field("", description="Label of the token in the device.")
    hsm_key: str = Field("chadang", description="Label of the wrapping key in the token.")
    hsm_pin: SecretStr | None = Field(None, description="User PIN of the token.")
    model_cache: Path = Field(
        DEFAULT_CACHE, description="Where the built-in embedding model is converted to."
    )
    embedding_model: str = Field(
        "builtin:e5-small-zh",
        description="Built-in model, a folder, or a hub id where a hub or a mirror can be reached.",
    )
    deposit_region: str = Field(
        "", pattern=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})?$", description="Region of what comes without one."
    )
    threads: Annotated[int, Field(ge=1, le=64, description="Threads for the models.")] = 2
    alpha_hrss: Annotated[
        float, Field(gt=0, lt=0.5, description="Share of texts of 人社 whose insurance a set may miss.")
    ] = 0.05
    alpha_medical: Annotated[
        float, Field(gt=0, lt=0.5, description="Share of texts of 医保 whose insurance a set may miss.")
    ] = 0.05
    thorough_privacy: bool = Field(
        default=False,
        description="Both networks of the privacy pass read long texts too; several times slower.",
    )
    max_file_mib: Annotated[int, Field(ge=1, le=4096, description="Largest file taken in, MiB.")] = 200
    max_pages: Annotated[int, Field(ge=1, le=100_000, description="Most pages of one file.")] = 2000
    parser_memory_mib: Annotated[
        int, Field(ge=512, le=1_048_576, description="Most memory (address space) files are read in, MiB.")
    ] = 4096
    ocr: bool = Field(default=True, description="Recognise text on scans; off leaves scans in quarantine.")
    ocr_timeout_s: Annotated[int, Field(gt=0, le=600, description="Seconds allowed per page.")] = 30
    token_minutes: Annotated[int, Field(ge=1, le=720, description="Life of an access token.")] = 30
    idempotency_hours: Annotated[
        int, Field(ge=1, le=720, description="How long an Idempotency-Key stands for its deposit.")
    ] = 72
    batch_lines: Annotated[
        int, Field(ge=1, le=1_000_000, description="Most lines of one POST /v1/classify/batch.")
    ] = 10_000
    webhook_networks: str = Field(
        "", description="CIDR blocks, blank-separated, that notices may go to though they are not public."
    )
    webhook_http_on_loopback: bool = Field(
        default=False, description="Allow plain http to this machine itself; for trials only."
    )
    webhook_ca_file: Path | None = Field(
        None, description="PEM file of an authority that receivers' certificates come from."
    )
    webhook_timeout_s: Annotated[float, Field(gt=0, le=60, description="Time of one attempt.")] = 10
    webhook_retry_s: Annotated[
        float, Field(gt=0, le=3600, description="Wait after the first attempt without success; then doubled.")
    ] = 10
    webhook_attempts: Annotated[int, Field(ge=1, le=20, description="Attempts until a notice is dead.")] = 12
    answer_floor_ms: Annotated[
        int, Field(ge=0, le=1000, description="Least time of an answer about one document or other thing.")
    ] = 30
    max_login_failures: Annotated[int, Field(ge=1, le=100)] = 5
    lockout_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    second_factor: Literal["required_roles", "off"] = Field(
        "required_roles",
        description="Whether roles marked so in roles.toml have to log in with a one-time code.",
    )
    password_days: Annotated[
        int, Field(ge=0, le=3650, description="Days after which a password has to be changed; 0 for never.")
    ] = 90
    idle_minutes: Annotated[
        int, Field(ge=1, le=720, description="A session without a request for so long is over.")
    ] = 15
    max_sessions: Annotated[
        int, Field(ge=1, le=1000, description="Open sessions of one account; the oldest ends for a new one.")
    ] = 5
    oidc_file: Path | None = Field(
        None, description="Outside identity providers (TOML), see docs/identity.md."
    )
    rate_per_minute: Annotated[
        int, Field(ge=0, le=1_000_000, description="Requests of one account, on average; 0 for no limit.")
    ] = 1200
    rate_burst: Annotated[int, Field(ge=1, le=1_000_000, description="Requests of one account at once.")] = (
        300
    )
    login_rate_per_minute: Annotated[
        int, Field(ge=0, le=1_000_000, description="Log-ins from one address, on average; 0 for no limit.")
    ] = 60
    login_rate_burst: Annotated[
        int, Field(ge=1, le=1_000_000, description="Log-ins from one address at once.")
    ] = 60
    allowed_hosts: str = Field(
        "", description="Host names requests may be made to, blank-separated; empty for any."
    )
    trusted_proxies: str = Field(
        "", description="Addresses or CIDR blocks, blank-separated, whose X-Forwarded-For and -Proto count."
    )
    body_timeout_s: Annotated[
        float, Field(gt=0, le=3600, description="Longest silence while the body of a request arrives.")
    ] = 30
    header_timeout_s: Annotated[
        float, Field(gt=0, le=600, description="Time for the head of a request to arrive.")
    ] = 20
    ledger_keep_months: Annotated[
        int, Field(ge=6, le=1200, description="Months before entries of the ledger may be moved out.")
    ] = 6
    receipt_accounts: Accounts = Field(
        Accounts.SHOWN, description="How receipts for citizens call staff: shown or pseudonym."
    )
