"""Tokens of outside providers: one that stands, and everything that must not."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from api.admission import Demands, Owed
from api.oidc.configuration import Provider, read_providers
from api.oidc.keys import KeySet
from api.oidc.providers import Providers
from api.oidc.verification import claims_of
from indexer.store.identity_port import Credentials
from indexer.store.port import Account
from models.access.principal import Principal, Role
from models.errors import DependencyFailed, InvalidInput, Unauthenticated
from tests.fakes_identity import DictAccounts

ISSUER, AUDIENCE = "https://sso.example.gov.cn", "chadang-api"
PROVIDER = Provider.model_validate(
    {
        "name": "sso",
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "algorithms": ("RS256", "ES256", "EdDSA"),
        "jwks_file": Path("jwks.json"),
        "accounts": {"u-1": "jb", "u-2": "ys", "u-3": "gone"},
        "authorized_parties": ("console",),
    }
)


@cache
def rsa_key(number: int = 0) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def short_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 - what is refused


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def ed_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def jwk(kid: str, key: Any, **more: str) -> dict[str, Any]:
    made: Any = OKPAlgorithm
    if isinstance(key, rsa.RSAPrivateKey):
        made = RSAAlgorithm
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        made = ECAlgorithm
    shown: dict[str, Any] = json.loads(made.to_jwk(key.public_key()))
    return shown | {"kid": kid} | more


def jwks(*keys: dict[str, Any]) -> bytes:
    return json.dumps(
        {"keys": keys or [jwk("r", rsa_key()), jwk("e", ec_key()), jwk("d", ed_key())]}
    ).encode()


def keyset(load: Callable[[], bytes] = jwks, clock: Callable[[], float] = time.monotonic) -> KeySet:
    return KeySet(load, clock)


@dataclass(frozen=True, slots=True)
class From:
    """So many seconds from the moment at which the test runs."""

    seconds: int


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u-1", "iat": now, "exp": now + 300} | changes
    shown = {name: now + value.seconds if isinstance(value, From) else value for name, value in made.items()}
    return {name: value for name, value in shown.items() if value is not None}


def signed(headers: dict[str, Any] | None = None, **changes: Any) -> str:
    return jwt.encode(claims(**changes), rsa_key(), algorithm="RS256", headers={"kid": "r"} | (headers or {}))


def stands(token: str, provider: Provider = PROVIDER, keys: KeySet | None = None) -> bool:
    try:
        return bool(claims_of(token, provider, keys or keyset(), provider.audience))
    except Unauthenticated:
        return False


@pytest.mark.parametrize(
    ("algorithm", "kid", "key"), [("RS256", "r", rsa_key), ("ES256", "e", ec_key), ("EdDSA", "d", ed_key)]
)
def test_a_token_signed_by_the_provider_stands(algorithm: str, kid: str, key: Callable[[], Any]) -> None:
    assert stands(jwt.encode(claims(), key(), algorithm=algorithm, headers={"kid": kid}))
    assert not stands(jwt.encode(claims(), key(), algorithm=algorithm, headers={"kid": "other"}))


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def by_secret(secret: bytes, **header: str) -> str:
    """Return a token signed HS256 with bytes everybody knows."""
    body = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'r'} | header)}.{part(claims())}"
    mac = hmac.new(secret, body.encode(), "sha256").digest()
    return f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def public_pem() -> bytes:
    return rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def hostile(how: str) -> str:
    """Return a token that is wrong in one way."""
    other = jwk("evil", rsa_key(1))
    attacker = {
        "kid": "evil",
        "jwk": other,
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/x",
    }
    good = signed()
    head, body, signature = good.split(".")
    made: dict[str, Callable[[], str]] = {
        "alg none": lambda: f"{part({'alg': 'none', 'kid': 'r'})}.{body}.",
        "alg None": lambda: f"{part({'alg': 'None', 'kid': 'r'})}.{body}.{signature}",
        "no signature": lambda: f"{head}.{body}.",
        "HS256 with the public key as PEM": lambda: by_secret(public_pem()),
        "HS256 with the public key as JWK": lambda: by_secret(json.dumps(jwk("r", rsa_key())).encode()),
        "HS256 with nothing": lambda: by_secret(b""),
        "RS256 header over HS256": lambda: by_secret(public_pem(), alg="RS256"),
        "a key it brings along": lambda: jwt.encode(claims(), rsa_key(1), "RS256", headers=attacker),
        "a key it brings along under a known id": lambda: jwt.encode(
            claims(), rsa_key(1), "RS256", headers=attacker | {"kid": "r"}
        ),
        "another's key": lambda: jwt.encode(claims(), rsa_key(1), "RS256", headers={"kid": "r"}),
        "key id of another kind": lambda: jwt.encode(claims(), rsa_key(), "RS256", headers={"kid": "e"}),
        "PS256, which is not listed": lambda: jwt.encode(claims(), rsa_key(), "PS256", headers={"kid": "r"}),
        "another body": lambda: f"{head}.{part(claims(sub='u-2'))}.{signature}",
        "critical extension": lambda: signed({"crit": ["exp"], "exp": 1}),
        "b64": lambda: signed({"b64": True, "crit": ["b64"]}),
        "of another type": lambda: signed({"typ": "logout+jwt"}),
        "too long": lambda: signed(padding="x" * 20_000),
    }
    return made[how]()


HOSTILE = (
    "alg none",
    "alg None",
    "no signature",
    "HS256 with the public key as PEM",
    "HS256 with the public key as JWK",
    "HS256 with nothing",
    "RS256 header over HS256",
    "a key it brings along",
    "a key it brings along under a known id",
    "another's key",
    "key id of another kind",
    "PS256, which is not listed",
    "another body",
    "critical extension",
    "b64",
    "of another type",
    "too long",
)


@pytest.mark.parametrize("how", HOSTILE)
def test_a_token_that_is_forged_does_not_stand(how: str) -> None:
    assert stands(signed())
    assert not stands(hostile(how))


@pytest.mark.parametrize(
    "kid",
    ["../../../../dev/null", "/etc/passwd", "r' OR '1'='1", "https://evil.example/jwks", "r\x00", "", "R"],
)
def test_a_key_id_is_compared_and_nothing_else(kid: str) -> None:
    loaded: list[int] = []

    def load() -> bytes:
        loaded.append(1)
        return jwks()

    assert not stands(signed({"kid": kid}), keys=keyset(load))
    assert len(loaded) == 1  # the set it had just got was not got again


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"iss": "https://sso.example.gov.cn/"}, id="issuer with a stroke more"),
        pytest.param({"iss": "https://evil.example"}, id="foreign issuer"),
        pytest.param({"aud": "another-api"}, id="foreign audience"),
        pytest.param({"aud": ["another-api"]}, id="list of foreign audiences"),
        pytest.param({"aud": [AUDIENCE, "another-api"]}, id="several audiences and no party"),
        pytest.param(
            {"aud": [AUDIENCE, "another-api"], "azp": "another"}, id="several audiences, foreign party"
        ),
        pytest.param({"azp": "another"}, id="foreign party"),
        pytest.param({"exp": From(-31)}, id="expired beyond the skew"),
        pytest.param({"nbf": From(60)}, id="not yet"),
        pytest.param({"iat": From(60), "exp": From(120)}, id="issued in the future"),
        pytest.param({"exp": From(86_400)}, id="lives too long"),
        pytest.param({"exp": "soon"}, id="exp no number"),
        pytest.param({"exp": 10**400}, id="exp beyond all bounds"),
        pytest.param({"sub": 7}, id="subject no text"),
        *(pytest.param({name: None}, id=f"without {name}") for name in ("iss", "aud", "sub", "iat", "exp")),
    ],
)
def test_a_signed_token_that_is_not_for_us_or_not_of_now_does_not_stand(changes: dict[str, Any]) -> None:
    assert not stands(signed(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": [AUDIENCE]}, id="list of one audience"),
        pytest.param({"aud": [AUDIENCE, "another-api"], "azp": "console"}, id="several audiences, our party"),
        pytest.param({"exp": From(-5)}, id="expired within the skew"),
        pytest.param({"nbf": From(5)}, id="begins within the skew"),
    ],
)
def test_a_signed_token_in_other_lawful_forms_stands(changes: dict[str, Any]) -> None:
    assert stands(signed(iat=From(-60), **changes))


def test_without_an_audience_no_bearer_token_stands() -> None:
    assert not stands(signed(aud=""), PROVIDER.model_copy(update={"audience": ""}))


@settings(max_examples=150)
@given(
    st.text(max_size=80) | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True)
)
def test_anything_else_does_not_stand_and_never_breaks(token: str) -> None:
    assert not stands(token)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(jwk("r", rsa_key(), use="enc"), id="for encryption"),
        pytest.param(jwk("r", rsa_key(), alg="RS512"), id="for another algorithm"),
        pytest.param(jwk("r", short_key()), id="of 1024 bits"),
        pytest.param({"kty": "oct", "kid": "r", "k": "AAAA"}, id="a shared secret"),
        pytest.param({"kty": "RSA", "kid": "r"}, id="without a number"),
    ],
)
def test_a_key_that_is_not_for_this_is_not_used(key: dict[str, Any]) -> None:
    assert not stands(signed(), keys=keyset(lambda: jwks(key)))


def test_two_keys_of_one_id_are_none() -> None:
    both = jwks(jwk("r", rsa_key()), jwk("r", rsa_key(1)))
    assert not stands(signed(), keys=keyset(lambda: both))


def test_a_token_without_key_id_stands_where_there_is_but_one_key_of_the_kind() -> None:
    bare = jwt.encode(claims(), rsa_key(), algorithm="RS256")
    assert stands(bare)
    assert not stands(bare, keys=keyset(lambda: jwks(jwk("r", rsa_key()), jwk("s", rsa_key(1)))))


class Rotating:
    """A provider's key document that changes, is asked for, and fails when told to."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.asked = 0
        self.down = False
        self.keys = jwks(jwk("old", rsa_key(1)))
        self.set = keyset(self.load, lambda: self.now)

    def load(self) -> bytes:
        self.asked += 1
        if self.down:
            raise DependencyFailed
        return self.keys

    def stands(self, kid: str, number: int) -> bool:
        token = jwt.encode(claims(), rsa_key(number), algorithm="RS256", headers={"kid": kid})
        return stands(token, keys=self.set)


def test_a_new_key_is_looked_for_at_most_once_a_minute() -> None:
    provider = Rotating()
    assert provider.stands("old", 1)
    provider.keys = jwks(jwk("new", rsa_key(2)))
    assert [provider.stands("new", 2) for _ in range(5)] == [False] * 5  # just looked
    provider.now += 61
    assert provider.stands("new", 2)
    assert not provider.stands("old", 1)
    assert provider.asked == 2
    for number in range(20):
        assert not provider.stands(f"made up {number}", 2)
    assert provider.asked == 2


def test_a_withdrawn_key_is_trusted_for_an_hour_and_for_a_day_where_nobody_answers() -> None:
    provider = Rotating()
    assert provider.stands("old", 1)
    provider.keys, provider.down = jwks(jwk("new", rsa_key(2))), True
    provider.now += 3601
    assert provider.stands("old", 1)
    provider.now += 86_400
    with pytest.raises(DependencyFailed):
        provider.stands("old", 1)
    provider.down = False
    provider.now += 61
    assert not provider.stands("old", 1)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"keys":1}', b"\xff", b"[" * 100_000])
def test_what_is_no_key_document_is_told_as_unavailable(content: bytes) -> None:
    with pytest.raises(DependencyFailed):
        keyset(lambda: content).key_for("r", "RS256")


class Known:
    """Credentials by account; obeys what providers ask of the `CredentialStore`."""

    def __init__(self, not_before: datetime | None = None) -> None:
        self.not_before = not_before

    def credentials(self, _: str) -> Credentials:
        return Credentials(not_before=self.not_before)


def providers(folder: Path, not_before: datetime | None = None, **changes: Any) -> Providers:
    (folder / "jwks.json").write_bytes(jwks())
    officer = Principal("ys", frozenset({Role.PRIVACY_OFFICER}), purpose="隐私检查")
    clerk = Principal("jb", frozenset({Role.CLERK}), purpose="业务经办")
    gone = Principal("gone", frozenset({Role.CLERK}))
    accounts = DictAccounts(Account(clerk, None), Account(officer, None), Account(gone, None, disabled=True))
    given = PROVIDER.model_copy(update={"jwks_file": folder / "jwks.json"} | changes)
    known: Any = Known(not_before)
    return Providers.of((given,), accounts, known, Demands(second_factor=True), lambda: datetime.now(UTC))


def test_the_account_is_the_one_the_table_names_and_its_roles_are_ours(tmp_path: Path) -> None:
    trusted = providers(tmp_path)
    token = signed(roles=["security_admin"], groups=["security_admin"], scope="admin")
    assert trusted.issued(token)
    principal = trusted.visitor_of(token).admitted()
    assert (principal.subject, principal.roles, principal.purpose) == (
        "jb",
        frozenset({Role.CLERK}),
        "业务经办",
    )


@pytest.mark.parametrize("subject", ["u-9", "jb", "u-3", "", "U-1"])
def test_a_subject_without_a_usable_account_is_refused(tmp_path: Path, subject: str) -> None:
    with pytest.raises(Unauthenticated):
        providers(tmp_path).visitor_of(signed(sub=subject))


def test_a_claim_is_taken_for_the_accounts_name_only_where_the_file_says_so(tmp_path: Path) -> None:
    token = signed(sub="u-9", preferred_username="jb")
    named: dict[str, Any] = {"subject_claim": "preferred_username", "accounts": {}}
    with pytest.raises(Unauthenticated):
        providers(tmp_path, **named).visitor_of(token)
    assert providers(tmp_path, account_from_claim=True, **named).visitor_of(token).principal.subject == "jb"


@pytest.mark.parametrize(
    ("ways", "owed"), [(["pwd"], (Owed.SECOND_FACTOR,)), (None, (Owed.SECOND_FACTOR,)), (["pwd", "otp"], ())]
)
def test_a_second_factor_shown_elsewhere_counts_where_the_provider_says_so(
    tmp_path: Path, ways: list[str] | None, owed: tuple[Owed, ...]
) -> None:
    assert providers(tmp_path).visitor_of(signed(sub="u-2", amr=ways)).owed == owed


def test_ending_all_sessions_ends_tokens_of_before(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    token = signed(iat=int(now.timestamp()) - 60)
    assert providers(tmp_path, now - timedelta(minutes=2)).visitor_of(token).principal.subject == "jb"
    with pytest.raises(Unauthenticated):
        providers(tmp_path, now).visitor_of(token)


def test_a_token_of_nobody_known_is_not_for_providers(tmp_path: Path) -> None:
    trusted = providers(tmp_path)
    assert not trusted.issued(signed(iss="chadang"))
    assert not trusted.issued("a.b.c")


GOOD = f'[[provider]]\nname="sso"\nissuer="{ISSUER}"\naudience="a"\njwks_file="jwks.json"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(GOOD + 'algorithms=["HS256"]\n', "algorithms", id="shared secret"),
        pytest.param(GOOD + 'algorithms=["none"]\n', "algorithms", id="no signature"),
        pytest.param(GOOD + "algorithms=[]\n", "algorithms", id="no algorithm"),
        pytest.param(GOOD + 'jwks_url="https://a.example/jwks"\n', "jwks", id="two places for keys"),
        pytest.param(GOOD.replace("jwks_file", "jwks_fil"), "jwks_fil", id="misspelt"),
        pytest.param(GOOD.replace(ISSUER, "chadang"), "issuer", id="our own name"),
        pytest.param(GOOD + GOOD, "各不相同", id="twice"),
        pytest.param("", r"\[\[provider\]\]", id="empty"),
        pytest.param("[[", "TOML", id="no TOML"),
        pytest.param(
            GOOD + '[provider.log_in]\nclient_id="a"\nauthorization_url="https://a.example/a"\n'
            'token_url="https://a.example/t"\nredirect_uri="https://b.example/"\n',
            "client_id",
            id="an ID token would pass for an access token",
        ),
    ],
)
def test_a_file_that_would_weaken_the_check_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "oidc.toml").write_text(text)
    with pytest.raises(InvalidInput, match=says):
        read_providers(tmp_path / "oidc.toml")


def test_paths_are_taken_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "oidc.toml").write_text(GOOD)
    (given,) = read_providers(tmp_path / "oidc.toml")
    assert given.jwks_file == tmp_path / "jwks.json"
