"""Names, telephone numbers, e-mail addresses, street lines and money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialogue.recognisers import address, email, money, name, phone


@pytest.mark.parametrize(
    ("said", "full"),
    [
        ("Hello, this is Priya.", "Priya"),
        ("Karim here.", "Karim"),
        ("Hello, Gloria speaking.", "Gloria"),
        ("Owen.", "Owen"),
        ("My name is Jennifer Martinez.", "Jennifer Martinez"),
        ("my name is jennifer martinez", "Jennifer Martinez"),
        ("This is Maria.", "Maria"),
    ],
)
def test_name(said: str, full: str) -> None:
    assert [f.value.full for f in name.find(said)] == [full]


@pytest.mark.parametrize(
    "said",
    [
        "No, there's no Dana here.",
        "I'm driving",
        "I'm seven.",
        "Yes, speaking.",
        "Yeah, that's me.",
        "Hi, you've reached Dana.",
        "this is for a commercial warehouse",
        "Call me at six",
        "House.",
        "No, nobody else is here.",
        "Exactly.",
    ],
)
def test_no_name(said: str) -> None:
    assert name.find(said) == []


@pytest.mark.parametrize(
    "said",
    [
        "415-555-0172",
        "(415) 555-0172",
        "+1 415 555 0172",
        "415.555.0172",
        "four one five five five five oh one seven two",
        "My phone number is four one five, five five five, zero one seven two.",
    ],
)
def test_telephone_number(said: str) -> None:
    assert [f.value.e164 for f in phone.find(said)] == ["+14155550172"]


def test_this_number_is_the_one_we_talk_on() -> None:
    assert [f.value.same for f in phone.find("This number is fine.")] == [True]
    assert phone.find("You've got the wrong number.") == []


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            "It's M, A, R, I, A, dot, L, O, P, E, Z, underscore, seven two, at gmail dot com.",
            "maria.lopez_72@gmail.com",
        ),
        ("M-A-R-I-A dot L-O-P-E-Z underscore 72 at gmail.com", "maria.lopez_72@gmail.com"),
        ("maria dot lopez at gmail dot com", "maria.lopez@gmail.com"),
        ("It's Maria.Lopez_72 at gmail.com.", "maria.lopez_72@gmail.com"),
        ("m as in mary a r y at outlook dot com", "mary@outlook.com"),
        ("bob42 at acme dash roofing dot co dot uk", "bob42@acme-roofing.co.uk"),
        ("No email, a text is fine.", None),
    ],
)
def test_email(said: str, wanted: str | None) -> None:
    assert [f.value.address for f in email.find(said)] == [wanted]


@pytest.mark.parametrize("said", ["Saturday at ten.", "I'm at home", "It's at the corner dot"])
def test_no_email(said: str) -> None:
    assert email.find(said) == []


SPOKEN = {".": "dot", "_": "underscore", "-": "dash"}


@given(
    st.from_regex(r"[a-z]{2,6}([._-][a-z]{2,6})?[0-9]{0,2}", fullmatch=True),
    st.sampled_from(["gmail.com", "yahoo.com", "outlook.com"]),
    st.sampled_from([", ", " "]),
)
def test_spelled_address_comes_back(local: str, domain: str, pause: str) -> None:
    spelled = pause.join(SPOKEN.get(c, c.upper()) for c in local)
    said = f"It's {spelled}{pause}at {domain.replace('.', ' dot ')}."
    assert [f.value.address for f in email.find(said)] == [f"{local}@{domain}"]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("1200 18th Street.", "1200 18th Street"),
        ("my address is twelve hundred 18th Street apartment 4", "1200 18th Street, Apt 4"),
        ("The property is at eighteen twenty Oak Street in Denver.", "1820 Oak Street"),
        ("one two three four Elm Street", "1234 Elm Street"),
        ("221B Baker Street", "221B Baker Street"),
    ],
)
def test_street_line(said: str, line: str) -> None:
    assert [f.value.line for f in address.find(said)] == [line]


@pytest.mark.parametrize(
    "said", ["94110", "within two weeks", "A house on 24th street", "I've waited ten days on the street"]
)
def test_no_street_line(said: str) -> None:
    assert address.find(said) == []


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ("about a hundred and fifty bucks", 150, 150),
        ("$150", 150, 150),
        ("1.5k", 1500, 1500),
        ("between 100 and 200", 100, 200),
        ("one fifty a month", 150, 150),
        ("five to six thousand dollars", 5000, 6000),
        ("under 200 bucks", None, 200),
        ("2-3k", 2000, 3000),
    ],
)
def test_money_when_asked_for(said: str, low: float | None, high: float | None) -> None:
    assert [(f.value.low, f.value.high) for f in money.find(said, expected=True)] == [(low, high)]


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ("between one hundred and two hundred dollars", 100, 200),
        ("between a hundred and two hundred", 100, 200),
        ("between one and two hundred dollars", 100, 200),
        ("between one hundred and fifty and two hundred dollars", 150, 200),
        ("between one hundred and two hundred and fifty bucks a month", 100, 250),
        ("between one hundred and two thousand dollars", 100, 2000),
        ("one hundred or two hundred dollars", 100, 200),
        ("from one hundred to two hundred thousand dollars", 100_000, 200_000),
        ("between five hundred and one thousand dollars", 500, 1000),
        ("twelve to fifteen hundred", 1200, 1500),
    ],
)
def test_the_two_ends_of_a_range_in_words_are_never_read_as_one_number(said: str, low: float, high: float) -> None:
    assert [(f.value.low, f.value.high) for f in money.find(said, expected=True)] == [(low, high)]


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("one hundred and fifty dollars", 150),
        ("one hundred and two dollars", 102),
        ("two thousand and three hundred dollars", 2300),
        ("one hundred and two thousand dollars", 102_000),
        ("two hundred thousand dollars", 200_000),
        ("between one hundred and two", 102),
    ],
)
def test_one_amount_with_an_and_in_it_stays_one_amount(said: str, amount: float) -> None:
    assert [(f.value.low, f.value.high) for f in money.find(said, expected=True)] == [(amount, amount)]


@pytest.mark.parametrize("said", ["94110", "Tomorrow at two", "1200 18th Street", "within two weeks"])
def test_bare_numbers_are_no_money_unless_asked_for(said: str) -> None:
    assert money.find(said) == []
