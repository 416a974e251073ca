"""Signatures of notices: one known value, and everything that must not pass."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.webhooks.signature import REPLAY_WINDOW_S, is_authentic, signature_of

SECRET = b"0123456789abcdef0123456789abcdef"
BODY = '{"id":"1","event":"ping","说明":"试发"}'.encode()
AT_S = 1_790_000_000


def test_what_is_signed_is_the_timestamp_a_full_stop_and_the_body() -> None:
    by_hand = hmac.new(SECRET, b"1790000000." + BODY, hashlib.sha256).hexdigest()
    assert signature_of(SECRET, BODY, AT_S) == f"t=1790000000,v1={by_hand}"


@given(st.binary(max_size=200), st.integers(0, 10**11), st.integers(-REPLAY_WINDOW_S, REPLAY_WINDOW_S))
def test_a_signature_is_good_within_the_window(body: bytes, at_s: int, late_s: int) -> None:
    assert is_authentic(SECRET, signature_of(SECRET, body, at_s), body, at_s + late_s)


@pytest.mark.parametrize("late_s", [REPLAY_WINDOW_S + 1, -REPLAY_WINDOW_S - 1, 10**9])
def test_outside_the_window_it_is_a_replay(late_s: int) -> None:
    assert not is_authentic(SECRET, signature_of(SECRET, BODY, AT_S), BODY, AT_S + late_s)


GOOD = signature_of(SECRET, BODY, AT_S)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="none"),
        pytest.param(GOOD.replace(f"t={AT_S}", f"t={AT_S + 1}"), id="another timestamp"),
        pytest.param(GOOD.replace("v1=", "v0="), id="another version"),
        pytest.param(GOOD[:-1], id="cut short"),
        pytest.param(GOOD + "0", id="longer"),
        pytest.param(GOOD.upper(), id="upper case"),
        pytest.param(f" {GOOD}", id="blank before"),
        pytest.param(GOOD.replace(f"t={AT_S}", "t=１７９０００００００"), id="full-width digits"),
    ],
)
def test_any_other_header_is_refused(header: str) -> None:
    assert not is_authentic(SECRET, header, BODY, AT_S)


def test_another_body_or_secret_is_refused() -> None:
    assert is_authentic(SECRET, GOOD, BODY, AT_S)
    assert not is_authentic(SECRET, GOOD, BODY + b" ", AT_S)
    assert not is_authentic(SECRET[:-1] + b"0", GOOD, BODY, AT_S)
