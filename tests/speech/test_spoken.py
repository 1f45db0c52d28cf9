"""What is written and what is said are two things; a voice gets the second."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.speech.spoken import clauses, spell, spoken_form


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Your ZIP is 94103, right?", "Your ZIP is 9 4 1 0 3, right?"),
        ("94103-1234", "9 4 1 0 3, dash, 1 2 3 4"),
        ("Atlanta, GA 30303", "Atlanta, Georgia 3 0 3 0 3"),
        ("It's 415-555-0172.", "It's 4 1 5, 5 5 5, 0 1 7 2."),
        ("(415) 555-0172", "4 1 5, 5 5 5, 0 1 7 2"),
        ("415 555 0100", "4 1 5, 5 5 5, 0 1 0 0"),
        ("+14155550172", "1, 4 1 5, 5 5 5, 0 1 7 2"),
        ("555-0172", "5 5 5, 0 1 7 2"),
        ("confirmation 123456", "confirmation 1 2 3, 4 5 6"),
    ],
)
def test_zip_codes_and_telephone_numbers_are_said_digit_by_digit(written: str, said: str) -> None:
    assert spoken_form(written) == said


@pytest.mark.parametrize(
    "written", ["12000 square feet", "45,000 people", "10000 customers", "$15000", "12,345.", "in 2026", "call 911"]
)
def test_amounts_are_no_zip_codes(written: str) -> None:
    assert spoken_form(written) == written


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("$1,500", "$1,500"),
        ("$99/mo", "$99 a month"),
        ("$10/hour", "$10 an hour"),
        ("$250 per month", "$250 a month"),
        ("$3 per widget", "$3 per widget"),
        ("$5k", "5 thousand dollars"),
        ("$1.5M", "1.5 million dollars"),
        ("$15,000-$20,000", "$15,000 to $20,000"),
        ("$5-10k", "5 thousand dollars to 10 thousand dollars"),
    ],
)
def test_money(written: str, said: str) -> None:
    assert spoken_form(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("14:00", "2 p.m."),
        ("2 p.m.", "2 p.m."),
        ("2:00 PM", "2 p.m."),
        ("2:30pm", "2:30 p.m."),
        ("09:30", "9:30 a.m."),
        ("00:30", "12:30 a.m."),
        ("12:00 PM", "noon"),
        ("9am-5pm", "9 a.m. to 5 p.m."),
        ("2:30", "2:30"),
        ("We close at 5pm.", "We close at 5 p.m."),
        ("99:99", "99:99"),
    ],
)
def test_times(written: str, said: str) -> None:
    assert spoken_form(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026-11-26", "November 26th, 2026"),
        ("11/26/2026", "November 26th, 2026"),
        ("by 12/3", "by December 3rd"),
        ("by 12/11", "by December 11th"),
        ("1/2 inch", "1/2 inch"),
        ("24/7", "twenty-four seven"),
        ("2026-13-45", "2026-13-45"),
    ],
)
def test_dates(written: str, said: str) -> None:
    assert spoken_form(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("john.doe@gmail.com", "J O H N, dot, D O E, at G mail dot com"),
        ("amy_b+x@acme-solar.co.uk", "A M Y, underscore, B, plus, X, at acme dash solar dot C O dot U K"),
        ("write to j2@yahoo.com.", "write to J 2, at yahoo dot com."),
        ("see https://www.example.com/ today", "see example dot com today"),
    ],
)
def test_addresses_of_the_net_are_spelled(written: str, said: str) -> None:
    assert spoken_form(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Atlanta, GA", "Atlanta, Georgia"),
        ("Yes, OK.", "Yes, OK."),
        ("Tulsa, OK 74101", "Tulsa, Oklahoma 7 4 1 0 1"),
        ("Apt 4B", "apartment 4 B"),
        ("unit #12", "unit 12"),
        ("1,200 sq ft", "1,200 square feet"),
        ("**Great!** 😀 [here](http://x.com)", "Great! here"),
    ],
)
def test_places_units_and_leftover_markup(written: str, said: str) -> None:
    assert spoken_form(written) == said


def test_spelling_names_the_signs() -> None:
    assert spell("jo-1.x") == "J O, dash, 1, dot, X"


def test_the_first_clause_of_a_long_answer_comes_alone_so_that_it_is_heard_early() -> None:
    text = "Thanks, Maria, I can book that for two thirty in the afternoon on Tuesday. Does that work for you, Maria?"
    assert list(clauses(text)) == [
        "Thanks, Maria,",
        "I can book that for two thirty in the afternoon on Tuesday.",
        "Does that work for you, Maria?",
    ]


def test_short_sentences_and_abbreviations_stay_whole() -> None:
    assert list(clauses("Sure, no problem.")) == ["Sure, no problem."]
    assert list(clauses("Dr. Lee will come at 5 p.m. on Friday.")) == ["Dr. Lee will come at 5 p.m. on Friday."]
    assert list(clauses("  ")) == []


@given(st.text(max_size=200))
def test_cutting_into_clauses_loses_no_word(text: str) -> None:
    assert " ".join(" ".join(clauses(text)).split()) == " ".join(text.split()) or '"' in text or "”" in text


@given(st.text(alphabet="0123456789 .,-:/$@apmGAkxz#()+", max_size=60))
def test_no_text_breaks_the_reading(text: str) -> None:
    spoken_form(text)
