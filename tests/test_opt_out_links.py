"""Links by which a person opts out: short, for ever, of one lead only, and made by nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.opt_out_links import OptOutLinks
from engine.store.base import new_id

KEY, OLD = b"k" * 32, b"o" * 32


def links(*keys: bytes) -> OptOutLinks:
    return OptOutLinks("https://calls.example.com/", lambda _: keys or (KEY,))


def test_a_link_leads_back_to_its_lead_and_fits_a_text_message() -> None:
    lead_id = new_id("lead")
    address = links().link(lead_id)
    beginning, _, token = address.rpartition("/")
    assert beginning == "https://calls.example.com/stop"
    assert len(token) == 32
    assert links().read(token) == lead_id
    assert lead_id not in address


def test_a_link_made_with_a_key_that_was_changed_since_still_works() -> None:
    lead_id = new_id("lead")
    token = links(OLD).link(lead_id).rpartition("/")[2]
    assert links(KEY, OLD).read(token) == lead_id
    assert links(KEY).read(token) is None


def test_what_is_no_lead_has_no_link() -> None:
    assert links().link("trial") == ""
    assert links().link("") == ""


@given(st.text(max_size=60))
def test_no_text_is_taken_for_a_link(text: str) -> None:
    assert links().read(text) is None


@pytest.mark.parametrize("place", [0, 5, 16, 31])
def test_a_link_with_one_sign_changed_is_none(place: int) -> None:
    token = links().link("lead_" + "0123456789ab" * 2).rpartition("/")[2]
    changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    assert links().read(changed) is None
