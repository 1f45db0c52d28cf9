"""The first words by state, made out of the words of each shipped flow; and what is said again."""

from __future__ import annotations

import itertools

import pytest

from engine.call.facts import flow_facts, opening_names
from engine.compliance.decision import Duties
from engine.dialogue import openings
from engine.dialogue.disclosures import Part, parts, told_in
from engine.dialogue.openings import GO_ON_OR_END, OFFER, Names, opening
from engine.dialogue.template import fill
from engine.flow import shipped
from engine.sdk import Disclosure

ALL: tuple[Disclosure, ...] = ("identity", "ai", "recording", "opt_out")
NAMES = Names("Robin", "Harborline", "415 555 0100", "Harborline Home Services LLC")
BASE = (
    "Hi, this is Robin, an AI assistant calling for Harborline. To stop these calls, say “stop calling” or press 9. "
    "This call is recorded. You just asked us about roof repair: is this Dana, and is now okay?"
)
FLOWS = ("home_services", "solar", "dental")


def written(name: str) -> tuple[str, Names]:
    flow = shipped.load(name).flow
    text = next(str(card.settings["text"]) for card in flow.nodes if card.id == "opening")
    lead = {"first_name": "Dana", "topic": "roof repair"}
    return fill(text, flow_facts(flow) | lead), opening_names(flow)


def said(duties: Duties, text: str = BASE, names: Names = NAMES) -> list[str]:
    return [part.text for part in opening(text, ALL, names, duties)]


def test_an_opening_is_said_in_parts_each_making_its_own_thing_known() -> None:
    assert parts(BASE, ALL) == (
        Part("Hi, this is Robin, an AI assistant calling for Harborline.", ("identity", "ai")),
        Part("To stop these calls, say “stop calling” or press 9.", ("opt_out",)),
        Part("This call is recorded.", ("recording",)),
        Part("You just asked us about roof repair: is this Dana, and is now okay?"),
    )


def test_nothing_of_the_authors_words_is_lost_in_parting() -> None:
    for name in FLOWS:
        text, names = written(name)
        assert " ".join(part.text for part in opening(text, ALL, names, Duties())) == text


def test_a_notice_that_cannot_be_found_in_its_text_keeps_the_text_together() -> None:
    text = "Good morning. We keep what is spoken. Is now okay?"
    assert parts(text, ("recording",)) == (Part(text, ("recording",)),)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Dr. Smith's office here, I'm an AI. This is recorded.", {"ai", "recording", "identity"}),
        ("Le llama Robin, un asistente automatizado. Esta llamada se graba. Marque 9.", set(ALL)),
        ("We broke a record last year and opted for a machine.", {"ai"}),
        ("Is now a good time?", set()),
    ],
)
def test_what_a_text_makes_known_is_told_by_its_words(text: str, names: set[str]) -> None:
    assert {*told_in(text)} == names


def test_a_title_does_not_end_a_sentence() -> None:
    assert len(parts("This is Dr. Adams calling for St. Mary. I'm an AI.", ("identity", "ai"))) == 2


def test_everywhere_else_the_author_is_spoken_as_written() -> None:
    assert " ".join(said(Duties())) == BASE
    assert " ".join(said(Duties("wa", end_within_s=10))) == BASE


def test_new_york_hears_names_then_at_once_the_offer_of_the_list_then_recording_then_the_purpose() -> None:
    assert said(Duties("ny")) == [
        "Hi, this is Robin, an AI assistant calling for Harborline.",
        OFFER,
        "This call is recorded.",
        "You just asked us about roof repair: is this Dana, and is now okay?",
    ]


def test_new_york_keeps_the_order_whatever_order_the_author_chose() -> None:
    text = (
        "This call is recorded. I'm Robin, an AI assistant for Harborline. Is now okay? To stop these calls, press 9."
    )
    spoken = said(Duties("ny"), text)
    assert spoken.index(OFFER) == 1 and spoken[0].startswith("I'm Robin") and spoken[-1] == "Is now okay?"


def test_connecticut_is_asked_whether_to_go_on_end_or_come_off_the_list() -> None:
    assert said(Duties("ct")) == [
        "Hi, this is Robin, an AI assistant for Harborline, about roof repair.",
        "This call is recorded.",
        GO_ON_OR_END,
    ]


def test_connecticut_hears_a_purpose_also_where_the_author_names_none() -> None:
    text = "I'm Robin, an AI, calling for Harborline. This call is recorded; press 9 to stop calls. Is now okay?"
    assert said(Duties("ct"), text)[0].endswith("about the request you sent us.")


def test_new_jersey_hears_our_number_before_the_first_question() -> None:
    spoken = said(Duties("nj"))
    assert spoken[3] == "Our number is 415 555 0100." and spoken[4].endswith("is now okay?")
    assert said(Duties("base", say_number_early=True)) == spoken


def test_a_number_that_the_author_says_is_not_said_twice() -> None:
    text = BASE.replace("This call is recorded.", "Our number is 415 555 0100. This call is recorded.")
    assert " ".join(said(Duties("nj"), text)).count("415 555 0100") == 1


@pytest.mark.parametrize(
    ("name", "where", "early"), [*itertools.product(FLOWS, ("base", "ny", "ct", "nj", "wa"), (False, True))]
)
def test_in_every_state_everything_is_made_known_before_the_question_that_is_waited_for(
    name: str, where: str, early: bool
) -> None:
    text, names = written(name)
    spoken = opening(text, ALL, names, Duties(where, say_number_early=early))  # type: ignore[arg-type]
    told = [known for part in spoken for known in part.discloses]
    assert {*ALL} <= {*told}
    assert spoken[-1].text.endswith("?")
    asked = [part for part in spoken if part.text.endswith("?")]
    assert len(asked) == 1, "New York's offer goes on with how to take it, so one question is left at the end"
    if early or where == "nj":
        assert "phone" in told
        at = next(at for at, part in enumerate(spoken) if "phone" in part.discloses)
        assert at < len(spoken) - 1


def test_a_health_practice_names_no_topic_before_the_person_has_said_who_they_are() -> None:
    text, names = written("dental")
    for where in ("base", "ny", "ct", "nj", "wa"):
        spoken = " ".join(part.text for part in opening(text, ALL, names, Duties(where)))  # type: ignore[arg-type]
        assert "roof repair" not in spoken


def test_what_is_said_again_is_just_what_is_owed() -> None:
    assert openings.again(("recording",)).text == "Just so you know: this call is recorded."
    assert openings.again(("recording", "opt_out")).text == (
        "Just so you know: this call is recorded, and you can say stop calling at any time."
    )
    everything = openings.again(ALL).text
    assert everything == (
        "Just so you know: I'm an AI assistant for {seller}, this call is recorded, and you can say stop calling "
        "at any time."
    )


def test_a_flows_own_wording_is_completed_where_it_leaves_something_out() -> None:
    part = openings.again(("ai", "recording"), "By the way, I'm an AI.")
    assert part.text == "By the way, I'm an AI. This call is recorded."
    assert {*part.discloses} >= {"ai", "recording"}


@pytest.mark.parametrize(
    ("last", "whole"),
    [
        (("Thanks, Dana. Goodbye.",), ("Thanks, Dana. OUR NUMBER. Goodbye.",)),
        (("Goodbye.",), ("OUR NUMBER. Goodbye.",)),
        (("We'll try again.",), ("We'll try again.", "OUR NUMBER.")),
        (("Noted.", "Gracias. Adiós."), ("Noted.", "Gracias. OUR NUMBER. Adiós.")),
        ((), ("OUR NUMBER.",)),
    ],
)
def test_the_number_stands_before_the_goodbye(last: tuple[str, ...], whole: tuple[str, ...]) -> None:
    assert openings.before_the_goodbye(last, "OUR NUMBER.") == whole
