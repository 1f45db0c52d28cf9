"""Where a card may send to: names are resolved here, judged, and the judged address is the one that is connected to.

    async with httpx.AsyncClient(transport=Guarded(Reach.INTERNET), follow_redirects=False) as client: ...

So nobody can make Leadline talk to the machines behind its firewall: not by an address of theirs, nor by a name that
means another address at the second look. The certificate is still checked against the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urlsplit

import httpx

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]

OTHERS_CONNECT_S: Final = 5.0  # where the request names no limit


class Reach(Enum):
    """Which addresses count."""

    INTERNET = "internet"
    """Only those that the whole world can reach."""
    ANYWHERE = "anywhere"
    """Also this machine and its own network."""
    INSIDE = "inside"
    """Nothing else than this machine and its own network: for what is sent unencrypted."""


class AddressRefused(Exception):
    """The address is none that may be connected to. The message is a sentence for people."""


_OWN: Final = tuple(
    ipaddress.ip_network(net)
    for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10", "fc00::/7", "::1/128")
)
"""This machine, private networks, and those that providers and VPNs share out (RFC 1918, 6598, 4193)."""
_CLOUD: Final = tuple(
    ipaddress.ip_address(each) for each in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192")
)
"""Where cloud providers hand a machine its own keys; nobody's receiver."""
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def refusal(address: Address, reach: Reach) -> str:
    """Why this address may not be connected to, as the end of a sentence; empty if it may. Pure."""
    address = _meant(address)
    if address in _CLOUD:
        return "is where a cloud keeps the keys of its machines"
    own = any(address.version == net.version and address in net for net in _OWN)
    if own:
        return "is inside a private network" if reach is Reach.INTERNET else ""
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return "is no address of a single machine that could be reached"
    return "is outside your own network" if reach is Reach.INSIDE else ""


def _meant(address: Address) -> Address:
    """The address that is really reached: IPv6 has several ways to wrap an IPv4 one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        return inner or address
    return address


def written_inside(host: str) -> bool:
    """Whether a host is written as an address of this machine or of its own network: 'localhost', '10.0.0.7'. A name
    is not, whatever it means."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return bool(refusal(address, Reach.INTERNET)) and not refusal(address, Reach.INSIDE)


def on_this_machine(url: str) -> bool:
    """Whether a web address leads to this machine, as those of emulators do: http, with a port."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme != "http" or port is None or parts.username or parts.query or parts.fragment:
            return False
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def resolve(host: str, port: int) -> Sequence[Address]:
    """All addresses of a name, in the order in which they should be tried. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found))


class Guarded(httpx.AsyncBaseTransport):
    """HTTP to addresses that were judged. Raises `AddressRefused` before anything is sent. Proxies of the environment
    are not used: they would look the name up themselves. `trust`: whose certificates count, if not the usual ones."""

    def __init__(
        self, reach: Reach = Reach.INTERNET, look_up: Resolve = resolve, trust: ssl.SSLContext | None = None
    ) -> None:
        self._reach, self._look_up = reach, look_up
        self._inner = httpx.AsyncHTTPTransport(verify=trust or _usual_trust(), trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.raw_host.decode("ascii")
        addresses = await self._judged(request, host)
        # httpx has written the Host header already; the certificate is checked against this name.
        named = request.extensions if _is_address(host) else {**request.extensions, "sni_hostname": host}
        last: httpx.ConnectError | httpx.ConnectTimeout | None = None
        for address in addresses:
            url = request.url.copy_with(host=str(address))
            try:
                return await self._inner.handle_async_request(
                    httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=named)
                )
            except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
                last = problem  # nothing was sent: the next address may answer
        raise last or httpx.ConnectError(f"{host} has no address", request=request)

    async def _judged(self, request: httpx.Request, host: str) -> Sequence[Address]:
        limits = request.extensions.get("timeout") or {}
        try:
            async with asyncio.timeout(limits.get("connect") or OTHERS_CONNECT_S):
                port = request.url.port or (443 if request.url.scheme == "https" else 80)
                addresses = await self._look_up(host, port)
        except TimeoutError as problem:
            raise httpx.ConnectTimeout("The name was not resolved in time.", request=request) from problem
        except (OSError, UnicodeError) as problem:
            raise httpx.ConnectError("The name could not be resolved.", request=request) from problem
        for address in addresses:
            # One bad address among good ones is how a name is made to mean both.
            why = refusal(address, self._reach)
            if why:
                at = host if _is_address(host) else f"{host} (at {address})"
                raise AddressRefused(f"{at} {why}.")
        return addresses

    async def aclose(self) -> None:
        await self._inner.aclose()


@cache
def _usual_trust() -> ssl.SSLContext:
    """Read once: it takes tens of milliseconds, and a card may make several requests."""
    return httpx.create_ssl_context()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
