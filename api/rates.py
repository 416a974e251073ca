"""How many requests one caller may make: a bucket of tokens for each, kept in this process.

Every request costs one token before it is looked at, whatever it asks for and however it ends, so that
nothing about documents follows from being refused.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from threading import Lock

from models.errors import TooManyRequests

_MOST_CALLERS = 20_000
_IPV6_SITE_BITS = 64
"""One site has a whole /64 to call from (RFC 4291 §2.5.1)."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_minute``: tokens that come back, 0 for no limit; ``burst``: how many there are at most."""

    per_minute: int
    burst: int


@dataclass(slots=True)
class Buckets:
    """One bucket a caller; ``clock`` counts seconds and never goes back."""

    rate: Rate
    clock: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, caller: str) -> None:
        """Take a token.

        Raises:
            TooManyRequests: there is none; after how many seconds there will be one.
        """
        if self.rate.per_minute == 0:
            return
        per_s, now = self.rate.per_minute / 60, self.clock()
        with self._lock:
            tokens, at = self._left.pop(caller, (float(self.rate.burst), now))
            tokens = min(float(self.rate.burst), tokens + (now - at) * per_s)
            enough = tokens >= 1
            self._left[caller] = (tokens - 1 if enough else tokens, now)
            if len(self._left) > _MOST_CALLERS:
                self._left.popitem(last=False)
        if not enough:
            wait_s = max(1, math.ceil((1 - tokens) / per_s))
            raise TooManyRequests("请求过于频繁，请按 Retry-After 给出的秒数等待后重试。", wait_s)


def site_of(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, a /64 of IPv6, else the text itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> _IPV6_SITE_BITS << _IPV6_SITE_BITS))
