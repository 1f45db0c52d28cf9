"""The internet address of whoever asks, also behind proxies. Pure.

Each proxy appends the address that it was asked from to `X-Forwarded-For`. What stands further left was sent by the
visitor, who may write there what they like: only as many entries count as there are proxies of our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address

from fastapi import Request

from engine.settings import Settings


def address_of(peer: str, forwarded: Sequence[str], proxies: int) -> str:
    """`peer`: who is connected to us. `forwarded`: the header's entries, first to last, over all headers of that name.
    `proxies`: how many of our own every request passes. With fewer entries than that, the first one counts."""
    if not proxies or not forwarded:
        return peer
    chain = [*forwarded, peer]
    return _plain(chain[max(0, len(chain) - 1 - proxies)]) or peer


def visitor(request: Request, settings: Settings) -> str:
    """The address of the visitor of this installation; empty where the server does not tell (a socket of the
    machine)."""
    forwarded = [part.strip() for line in request.headers.getlist("x-forwarded-for") for part in line.split(",")]
    return address_of(request.client.host if request.client else "", forwarded, settings.trusted_proxies)


def household(address: str) -> str:
    """What is counted as one visitor: an IPv6 customer has at least a /64 and can take another address for each
    request."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(IPv6Network((found, 64), strict=False)) if isinstance(found, IPv6Address) else address


def _plain(entry: str) -> str:
    """Without the port that some proxies add; empty for what is no address."""
    text = entry.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
