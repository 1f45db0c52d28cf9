"""Tickets of a call: what they allow, and that nobody else can make one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.telephony.call_tickets import JOIN_S, CallTicket, CallTickets

TICKETS = CallTickets("a secret of the installation")
NOW = 1_795_000_000.0
ORIGIN = "https://builder.example"


def test_a_ticket_to_join_names_one_line_of_one_call_and_lasts_a_minute() -> None:
    ticket = TICKETS.join("call_1", 1, ORIGIN, NOW)
    assert TICKETS.read(ticket, NOW + JOIN_S - 1) == CallTicket("join", "call_1", 1, ORIGIN, NOW + JOIN_S)
    assert TICKETS.read(ticket, NOW + JOIN_S) == "expired"


def test_a_ticket_to_watch_joins_nothing() -> None:
    ticket = TICKETS.read(TICKETS.watch("call_1", NOW), NOW)
    assert isinstance(ticket, CallTicket)
    assert (ticket.use, ticket.line) == ("watch", 0)


def test_a_ticket_can_travel_as_a_sub_protocol() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", f"ticket.{TICKETS.join('call_1', 7, ORIGIN, NOW)}")


def test_another_installation_does_not_take_it() -> None:
    assert CallTickets("another secret").read(TICKETS.join("call_1", 1, ORIGIN, NOW), NOW) == "forged"


@pytest.mark.parametrize("ticket", ["", ".", "a.b", "WyJqb2luIl0.", "é.é", "x" * 5000])
def test_what_is_no_ticket_is_forged(ticket: str) -> None:
    assert TICKETS.read(ticket, NOW) == "forged"


@given(st.integers(0, 400), st.sampled_from("abcXYZ019-_."))
def test_no_changed_letter_goes_unnoticed(place: int, letter: str) -> None:
    ticket = TICKETS.join("call_1", 1, ORIGIN, NOW)
    place %= len(ticket)
    changed = ticket[:place] + letter + ticket[place + 1 :]
    # The last letter of a proof holds two bits that say nothing; the text must still be the same.
    assert changed == ticket or TICKETS.read(changed, NOW) == "forged"


def test_it_shows_nothing_of_its_secret() -> None:
    assert "secret" not in repr(TICKETS)
