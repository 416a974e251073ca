"""Which addresses notices may be sent to. Refused unless proven public or named by the operator.

A name is resolved once for an attempt, every address it has is judged, and the connection goes to the
very address that was judged: a name that changes its mind (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from models.errors import AddressRefused, DependencyFailed, InvalidInput

MAX_URL_CHARACTERS = 2000

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""From host and port to the addresses of the host; DependencyFailed where there are none."""

_ODD = re.compile(r"[^\x21-\x7e]|\\")
_NAME = re.compile(
    r"(?!.{254})(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?"
)
_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)\.?")
"""A host whose last label is a number is an address however it is written (WHATWG URL §3.5)."""

_GLOBAL_V6 = ip_network("2000::/3")
_TUNNELS = (ip_network("2001::/32"), ip_network("2002::/16"))  # Teredo, 6to4: hold an IPv4 address
_EMBEDDING = (ip_network("64:ff9b::/96"), ip_network("::/96"))  # NAT64 (RFC 6052), IPv4-compatible
_METADATA = (ip_network("168.63.129.16/32"), ip_network("192.0.0.0/24"))
"""Services for machines in a cloud (Azure, Oracle); the others' are link-local or not global anyway."""


@dataclass(frozen=True, slots=True)
class AddressRule:
    """What the operator allows besides public https.

    ``networks``: CIDR blocks whose addresses may be called although they are not public.
    ``http_on_loopback``: plain http to this machine itself; for trials only.
    """

    networks: tuple[str, ...] = ()
    http_on_loopback: bool = False

    def __post_init__(self) -> None:
        for network in self.networks:
            try:
                ip_network(network)
            except ValueError:
                raise InvalidInput(
                    "CHADANG_WEBHOOK_NETWORKS 应为网段，如 10.20.0.0/16，以空格分隔。"
                ) from None

    def allows(self, address: Address) -> bool:
        """Whether an address, or the IPv4 address it stands for, may be called."""
        plain = _plain(address)
        if self.http_on_loopback and plain.is_loopback:
            return True
        named = any(plain in ip_network(n) for n in self.networks)
        return named or _is_public(plain)


@dataclass(frozen=True, slots=True)
class Target:
    """Where one attempt goes: ``address`` is connected to, ``host`` is what certificate and Host say."""

    tls: bool
    host: str
    port: int
    path: str
    address: str


def parts_of(url: str, rule: AddressRule) -> SplitResult:
    """Return the parts of a URL that could be called under ``rule``, without asking for its name.

    Raises:
        AddressRefused: another scheme, a user name, a fragment, or a host in an odd spelling.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise AddressRefused("通知地址不是有效的网址，请核对。") from None
    if _ODD.search(url) or len(url) > MAX_URL_CHARACTERS or port == 0:
        raise AddressRefused("通知地址含有空格、汉字等字符，或过长；域名请写成 xn-- 的形式。")
    if parts.scheme != "https" and not (parts.scheme == "http" and rule.http_on_loopback):
        raise AddressRefused("通知地址只能以 https:// 开头。")
    if "@" in parts.netloc or "#" in url:
        raise AddressRefused("通知地址中不能有用户名、口令或 # 之后的部分。")
    if not _is_host(host):
        raise AddressRefused("通知地址的主机名写法不规范：请写域名，或通常写法的 IP 地址。")
    return parts


def target_of(url: str, rule: AddressRule, resolve: Resolve) -> Target:
    """Resolve the name once and return where to connect to.

    Raises:
        AddressRefused: the URL may not be called, or one of the addresses of its host may not.
        DependencyFailed: the name cannot be resolved.
    """
    parts = parts_of(url, rule)
    tls, host = parts.scheme == "https", parts.hostname or ""
    port = parts.port or (443 if tls else 80)
    addresses = [ip_address(found.partition("%")[0]) for found in resolve(host, port)]
    if not addresses:
        raise DependencyFailed("通知地址的主机名解析不了，请核对域名或 DNS。")
    if not all(rule.allows(address) for address in addresses):
        raise AddressRefused(
            "通知地址在内网、本机等不对外的网段；确属本单位系统的，请把网段写入 CHADANG_WEBHOOK_NETWORKS。"
        )
    chosen = _plain(addresses[0])
    if not tls and not chosen.is_loopback:
        raise AddressRefused("不加密的 http 只能用于本机试验，请改用 https。")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(tls, host, port, path, str(chosen))


def resolved(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a host."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as error:
        raise DependencyFailed("通知地址的主机名解析不了，请核对域名或 DNS。") from error
    return [str(address[0]) for *_, address in found]


def _is_host(host: str) -> bool:
    """Whether a host is a name, or an address in its one usual spelling (no octal, hex or single number)."""
    if ":" in host or _NUMERIC.fullmatch(host):
        try:
            ip_address(host)
        except ValueError:
            return False
        return "%" not in host
    return _NAME.fullmatch(host) is not None


def _plain(address: Address) -> Address:
    """Return the IPv4 address an IPv6 address stands for, else the address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if int(address) > 1 and any(address in network for network in _EMBEDDING):
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_public(address: Address) -> bool:
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if any(address in network for network in _METADATA):
        return False
    if isinstance(address, IPv4Address):
        return True
    return address in _GLOBAL_V6 and not any(address in network for network in _TUNNELS)
