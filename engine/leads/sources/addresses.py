"""Web addresses and origins in the settings of sources. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit


def read_origin(text: str) -> str:
    """`https://www.example.com` as browsers send it; `https://*.example.com` for all below. Raises ValueError."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.query or parts.fragment:
        raise ValueError("It must look like https://www.example.com.")
    if parts.path not in ("", "/"):
        raise ValueError("It ends after the name of the website: https://www.example.com, without a page.")
    if "*" in host.removeprefix("*.") or host in ("*.", "*"):
        raise ValueError("A star stands only at the beginning: https://*.example.com.")
    usual = {"https": 443, "http": 80}[parts.scheme]
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in (None, usual) else "")


def origin_fits(origin: str, allowed: Iterable[str]) -> bool:
    """Whether a browser's `Origin` is one of those `read_origin` gave."""
    for each in allowed:
        scheme, _, host = each.partition("://")
        if origin == each or (host.startswith("*.") and origin.startswith(f"{scheme}://") and _below(origin, host[1:])):
            return True
    return False


def read_page(text: str) -> str:
    """The address of a page. Raises ValueError."""
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname
    except ValueError:
        host = None
    if (
        not host
        or parts.scheme not in ("https", "http")
        or parts.username
        or any(each.isspace() for each in text.strip())
    ):
        raise ValueError("It must be the address of a page, such as https://www.example.com/thank-you.")
    return text.strip()


def on_this_machine(origin: str) -> bool:
    host = urlsplit(origin).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _below(origin: str, ending: str) -> bool:
    return origin.partition("://")[2].endswith(ending)
