"""Length of texts in parts, and what is done to keep them short."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from nodes.aftercall.sms_text import BASIC, EXTENDED, plainer, size, with_opt_out
from tests.emulators.vonage_sms import rules


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "parts"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        # 153 is odd: no part holds half a euro sign, so each holds 76.
        ("€" * 153, "GSM-7", 306, 3),
        ("ж" * 70, "UCS-2", 70, 1),
        ("ж" * 71, "UCS-2", 71, 2),
        ("ж" * 134, "UCS-2", 134, 2),
        ("🏠" * 35, "UCS-2", 70, 1),
        ("🏠" * 67, "UCS-2", 134, 3),
        ("Grüße aus Århus à la carte: 5 £ @ 10 ¥", "GSM-7", 38, 1),
        ("ç", "UCS-2", 1, 1),
    ],
)
def test_parts_are_counted_as_networks_do(text: str, alphabet: str, units: int, parts: int) -> None:
    measured = size(text)
    assert (measured.alphabet, measured.units, measured.parts) == (alphabet, units, parts)


@given(some.text(alphabet=sorted(BASIC), max_size=700))
def test_the_other_sides_count_is_the_same_for_plain_letters(text: str) -> None:
    assert size(text).parts == rules.parts(text, "text")


@given(some.text(max_size=400))
def test_no_text_has_fewer_parts_than_its_letters_need(text: str) -> None:
    measured = size(text)
    most = {"GSM-7": 160, "UCS-2": 70}[measured.alphabet]
    assert measured.parts * most >= measured.units
    assert measured.parts == 1 or measured.units > most


def test_the_two_tables_share_no_letter() -> None:
    assert not BASIC & EXTENDED
    assert (len(BASIC), len(EXTENDED)) == (127, 10)  # 128 places, one of them the escape; form feed counts as extended


def test_typographic_characters_do_not_cost_half_the_room() -> None:
    text = plainer("Ava’s visit – “Tuesday”… at\u00a02\u202fp.m.")
    assert text == 'Ava\'s visit - "Tuesday"... at 2 p.m.'
    assert size(text).alphabet == "GSM-7"


def test_lines_stay_lines_and_spaces_are_single() -> None:
    assert plainer("  Hello   Dana,\n\nsee  you\t!\n") == "Hello Dana,\n\nsee you !"


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("See you.", "See you. Reply STOP to opt out."),
        ("See you. Text STOP to end.", "See you. Text STOP to end."),
        ("Non-stop service.", "Non-stop service. Reply STOP to opt out."),
        ("STOPPING by.", "STOPPING by. Reply STOP to opt out."),
    ],
)
def test_the_way_out_is_told_once(text: str, full: str) -> None:
    assert with_opt_out(text, "Reply STOP to opt out.") == full
    assert with_opt_out(full, "Reply STOP to opt out.") == full


def test_no_wording_adds_nothing() -> None:
    assert with_opt_out("See you.", "") == "See you."
