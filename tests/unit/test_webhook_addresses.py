"""Which addresses notices may go to: public ones, and what the operator named. Nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.webhooks.addresses import AddressRule, Target, parts_of, target_of
from models.errors import AddressRefused, DependencyFailed, InvalidInput

STRICT = AddressRule()
PUBLIC, PUBLIC_V6 = "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"
URL = "https://receiver.example/hook?a=1"


class Names:
    """A resolver that answers from a list, one answer a question, and counts the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self._answers[min(len(self.asked), len(self._answers)) - 1]


@pytest.mark.parametrize("address", [PUBLIC, PUBLIC_V6], ids=["IPv4", "IPv6"])
def test_a_public_address_is_called_and_pinned(address: str) -> None:
    names = Names([address])
    assert target_of(URL, STRICT, names) == Target(
        tls=True, host="receiver.example", port=443, path="/hook?a=1", address=address
    )
    assert names.asked == [("receiver.example", 443)]


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.255.255.254", id="end of loopback"),
        pytest.param("0.0.0.0", id="this host"),  # noqa: S104 - is to be refused
        pytest.param("10.1.2.3", id="private 10"),
        pytest.param("172.16.0.1", id="private 172"),
        pytest.param("192.168.1.1", id="private 192"),
        pytest.param("100.64.0.1", id="carrier-grade NAT"),
        pytest.param("100.100.100.200", id="metadata of Alibaba Cloud"),
        pytest.param("169.254.169.254", id="metadata"),
        pytest.param("168.63.129.16", id="metadata of Azure"),
        pytest.param("192.0.0.192", id="metadata of Oracle"),
        pytest.param("198.18.0.1", id="benchmarks"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::", id="unspecified"),
        pytest.param("::1", id="loopback v6"),
        pytest.param("fe80::1", id="link-local v6"),
        pytest.param("fe80::1%eth0", id="link-local v6 with zone"),
        pytest.param("fc00::1", id="unique local"),
        pytest.param("fd00:ec2::254", id="metadata v6"),
        pytest.param("fec0::1", id="site-local"),
        pytest.param("ff02::1", id="multicast v6"),
        pytest.param("2001:db8::1", id="documentation"),
        pytest.param("::ffff:127.0.0.1", id="IPv4-mapped loopback"),
        pytest.param("::ffff:a00:1", id="IPv4-mapped private"),
        pytest.param("::127.0.0.1", id="IPv4-compatible loopback"),
        pytest.param("64:ff9b::7f00:1", id="NAT64 loopback"),
        pytest.param("64:ff9b::a9fe:a9fe", id="NAT64 metadata"),
        pytest.param("64:ff9b:1::1", id="local NAT64"),
        pytest.param("2002:7f00:1::", id="6to4 loopback"),
        pytest.param("2001:0:4136:e378:8000:63bf:3fff:fdd2", id="Teredo"),
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        target_of(URL, STRICT, Names([address]))
    with pytest.raises(AddressRefused):  # among good ones too
        target_of(URL, STRICT, Names([PUBLIC, address]))


@given(st.ip_addresses())
def test_no_private_address_passes_however_it_is_wrapped(address: object) -> None:
    plain = ip_address(str(address))
    hidden = plain.is_private or plain.is_loopback or plain.is_link_local or plain.is_multicast
    if hidden:
        assert not STRICT.allows(plain)
        if plain.version == 4:
            for wrapping in ("::ffff:", "64:ff9b::", "::"):
                assert not STRICT.allows(ip_address(f"{wrapping}{plain}"))


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/",
        "ftp://receiver.example/",
        "file:///etc/passwd",
        "//receiver.example/",
        "receiver.example",
        "https://",
        "https:///hook",
        "https://user:word@receiver.example/",
        "https://receiver.example@127.0.0.1/",
        "https://receiver.example/#part",
        "https://receiver.example\\@127.0.0.1/",
        "https://receiver.example/ x",
        "https://receiver.example/\r\nHost: x",
        "https://receiver.example/\t",
        "https://接收.example/",
        "https://１２７.0.0.1/",
        "https://127。0。0。1/",
        "https://receiver.example:99999/",
        "https://receiver.example:0/",
        "https://receiver.example:x/",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://-bad.example/",
        "https://a..example/",
        "https://" + "a" * 2000 + ".example/",
    ],
)
def test_urls_that_are_not_called(url: str) -> None:
    with pytest.raises(AddressRefused):
        parts_of(url, STRICT)


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("2130706433", id="decimal"),
        pytest.param("0177.0.0.1", id="octal"),
        pytest.param("017700000001", id="one octal number"),
        pytest.param("0x7f.0.0.1", id="hexadecimal"),
        pytest.param("0x7f000001", id="one hexadecimal number"),
        pytest.param("127.1", id="short"),
        pytest.param("127.0.1", id="three parts"),
        pytest.param("127.0.0.1.", id="with a full stop"),
        pytest.param("00000127.0.0.1", id="zeros before"),
        pytest.param("1.2.3.4.5", id="five parts"),
        pytest.param("256.256.256.256", id="too large"),
        pytest.param("a.0x7f", id="last label hexadecimal"),
    ],
)
def test_addresses_in_odd_spellings_are_refused_before_anybody_resolves_them(host: str) -> None:
    names = Names([PUBLIC])
    with pytest.raises(AddressRefused, match="不规范"):
        target_of(f"https://{host}/", STRICT, names)
    assert names.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "localhost"])
def test_an_address_in_the_url_is_judged_like_a_resolved_one(host: str) -> None:
    inside = "127.0.0.1" if host == "localhost" else host.strip("[]")
    with pytest.raises(AddressRefused, match="不对外"):
        target_of(f"https://{host}/", STRICT, Names([inside]))


def test_a_name_that_changes_its_mind_is_judged_again_in_every_attempt() -> None:
    names = Names([PUBLIC], ["127.0.0.1"])
    assert target_of(URL, STRICT, names).address == PUBLIC
    with pytest.raises(AddressRefused):
        target_of(URL, STRICT, names)


def test_what_the_operator_names_may_be_called() -> None:
    rule = AddressRule(networks=("10.20.0.0/16", "fd12::/16"))
    assert target_of(URL, rule, Names(["10.20.3.4"])).address == "10.20.3.4"
    assert target_of(URL, rule, Names(["::ffff:10.20.3.4"])).address == "10.20.3.4"
    assert target_of(URL, rule, Names(["fd12::1"])).address == "fd12::1"
    for outside in ("10.21.0.1", "127.0.0.1", "169.254.169.254"):
        with pytest.raises(AddressRefused):
            target_of(URL, rule, Names([outside]))
    with pytest.raises(InvalidInput, match="CHADANG_WEBHOOK_NETWORKS"):
        AddressRule(networks=("10.20.0.1/16",))


def test_plain_http_reaches_this_machine_alone_and_only_in_trials() -> None:
    trial = AddressRule(http_on_loopback=True)
    assert target_of("http://receiver.example:8080", trial, Names(["127.0.0.1"])) == Target(
        tls=False, host="receiver.example", port=8080, path="/", address="127.0.0.1"
    )
    with pytest.raises(AddressRefused, match="https"):
        target_of("http://receiver.example/", trial, Names([PUBLIC]))
    with pytest.raises(AddressRefused):
        target_of("http://receiver.example/", trial, Names(["192.168.1.1"]))


def test_a_name_nobody_knows() -> None:
    with pytest.raises(DependencyFailed):
        target_of(URL, STRICT, Names([]))
