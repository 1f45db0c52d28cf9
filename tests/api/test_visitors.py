"""Whose address is kept with a consent: the visitor's, and never what somebody wrote into a header."""

from __future__ import annotations

import pytest

from engine.api.visitors import address_of, household


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "address"),
    [
        ("203.0.113.9", [], 0, "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], 0, "203.0.113.9"),  # nobody believes the header
        ("10.0.0.2", ["203.0.113.9"], 1, "203.0.113.9"),
        ("10.0.0.2", ["6.6.6.6", "203.0.113.9"], 1, "203.0.113.9"),  # a visitor who sent one entry
        ("10.0.0.3", ["6.6.6.6", "203.0.113.9", "10.0.0.2"], 2, "203.0.113.9"),
        ("10.0.0.3", ["203.0.113.9"], 2, "203.0.113.9"),
        ("10.0.0.2", ["203.0.113.9:51234"], 1, "203.0.113.9"),
        ("10.0.0.2", ["[2001:db8::7]:51234"], 1, "2001:db8::7"),
        ("10.0.0.2", ["2001:db8::7"], 1, "2001:db8::7"),
        ("10.0.0.2", ["unknown"], 1, "10.0.0.2"),
        ("10.0.0.2", ["<script>"], 1, "10.0.0.2"),
    ],
)
def test_only_what_our_own_proxies_wrote_counts(peer: str, forwarded: list[str], proxies: int, address: str) -> None:
    assert address_of(peer, forwarded, proxies) == address


def test_a_customer_with_many_ipv6_addresses_is_one_visitor() -> None:
    assert household("2001:db8:1:2:aaaa::1") == household("2001:db8:1:2:bbbb::9")
    assert household("2001:db8:1:2::1") != household("2001:db8:1:3::1")
    assert household("203.0.113.9") == "203.0.113.9"
    assert household("") == ""
