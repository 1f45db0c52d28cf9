"""Yes and no, choices, corrections, refusals, questions and free text."""

from datetime import date

import pytest

from engine.dialogue.recognisers import choice, correction, free_text, question, refusal, timeline, yes_no, zip_code
from engine.dialogue.recognisers.choice import Option
from engine.dialogue.recognisers.refusal import Refusal
from engine.dialogue.recognisers.yes_no import Answer

TODAY = date(2026, 9, 15)
SERVICES = [
    Option("roof_repair", "Roof repair", ("roof leak", "shingles", "leaky roof")),
    Option("roof_replacement", "Roof replacement", ("new roof",)),
    Option("drain_cleaning", "Drain cleaning", ("drain blocked", "clogged drain")),
    Option("water_heater", "Water heater", ("hot water tank",)),
    Option("hvac_repair", "Heating and air repair", ("air conditioning", "furnace")),
    Option("hvac_tuneup", "Tune-up", ("yearly check", "heating check")),
    Option("plumbing_repair", "Plumbing", ("faucet leaks", "pipe drips"), not_synonyms=("organ pipe",)),
    Option("electrical_repair", "Electrical", ("lights flicker", "flickering")),
]
PROPERTY = [
    Option("residential", "A home", ("house", "flat", "home", "townhouse", "condo")),
    Option("commercial", "A business building", ("warehouse", "commercial", "office")),
]


@pytest.mark.parametrize(
    "said",
    [
        "Yes it is, and sure, I've got a minute.",
        "Yes please.",
        "Yep. So my roof's leaking",
        "Yes, yes.",
        "Uh-huh.",
        "Exactly.",
        "Okay, yes.",
        "Yes, that's right.",
        "Yeah, I own it.",
        "no problem",
        "why not",
        "that works",
        "go ahead",
        "sure",
        "correct",
        "The first one, tomorrow at two, that works.",
        "Yes, Thursday.",
        "Sure, call me in March.",
        "Yes, bye.",
        "Yeah, that's me.",
    ],
)
def test_yes(said: str) -> None:
    hit = yes_no.answer(said)
    assert hit is not None and hit.value is Answer.YES and hit.confidence >= 0.7


@pytest.mark.parametrize(
    "said",
    [
        "No, there's no Dana here. You've got the wrong number.",
        "nope",
        "no thanks",
        "not really",
        "No, not really.",
        "No, okay.",
        "No, thanks anyway.",
        "No, that's it. Thanks.",
        "No.",
        "Yeah, no.",
        "uh-uh",
        "I don't think so",
    ],
)
def test_no(said: str) -> None:
    hit = yes_no.answer(said)
    assert hit is not None and hit.value is Answer.NO and hit.confidence >= 0.7


@pytest.mark.parametrize("said", ["I don't know", "maybe", "I'm not sure", "it depends", "no idea"])
def test_unsure_is_neither_yes_nor_no(said: str) -> None:
    hit = yes_no.answer(said)
    assert hit is not None and hit.value is Answer.UNSURE


@pytest.mark.parametrize(
    "said", ["No wait, 94107", "94110", "I have no hot water", "I don't want to be recorded.", "Thursday at ten"]
)
def test_no_answer_at_all(said: str) -> None:
    assert yes_no.answer(said) is None


def test_yeah_with_a_question_mark_only_answers_the_telephone() -> None:
    for said in ("Yeah?", "Yeah, hello?"):
        hit = yes_no.answer(said)
        assert hit is not None and hit.confidence < 0.5


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("We've got a leak in the roof over the garage.", "roof_repair"),
        ("Yep. So my roof's leaking, it's our house in 94110", "roof_repair"),
        ("Shingles came off, it drips in the bedroom.", "roof_repair"),
        ("The kitchen drain, it's been blocked since Saturday.", "drain_cleaning"),
        ("A whole new roof for our house.", "roof_replacement"),
        ("It's the water heater, it's dead.", "water_heater"),
        ("The air conditioning isn't cooling.", "hvac_repair"),
        ("Just the yearly check for the heating.", "hvac_tuneup"),
        ("The bathroom faucet leaks, own house", "plumbing_repair"),
        ("A pipe under the sink drips, my flat", "plumbing_repair"),
        ("Well, it's the, uh, the lights in the hall, they keep flickering.", "electrical_repair"),
        ("Yeah, leaky roof, my house, 94118, this week please.", "roof_repair"),
    ],
)
def test_choice_of_service(said: str, value: str) -> None:
    assert value in [f.value for f in choice.find(said, SERVICES) if not f.denied]


def test_denied_option_is_reported_as_denied() -> None:
    hits = choice.find("it's not commercial, it's a house", PROPERTY)
    assert [(f.value, f.denied) for f in hits] == [("commercial", True), ("residential", False)]
    assert [f.denied for f in choice.find("No, it's a house", PROPERTY)] == [False]


def test_not_synonyms_keep_an_option_away() -> None:
    assert choice.find("the organ pipe drips", SERVICES) == []


def test_two_options_with_the_same_words_must_be_asked_about() -> None:
    hits = choice.find("the roof", [Option("a", "roof"), Option("b", "roof")])
    assert {f.value for f in hits} == {"a", "b"} and {f.confidence for f in hits} == {0.5}


@pytest.mark.parametrize(
    ("said", "value", "denied"),
    [
        ("It's 94017. No wait, 94107, not 94017.", "94107", ("94017",)),
        ("not 94017 but 94107", "94107", ("94017",)),
        ("94017, sorry, 94107", "94107", ("94017",)),
        ("94017 I mean 94107", "94107", ("94017",)),
        ("94107. Scratch that.", None, ("94107",)),
        ("not 94017", None, ("94017",)),
        ("94107", "94107", ()),
    ],
)
def test_last_asserted_value_counts_and_denied_ones_are_dropped(
    said: str, value: str | None, denied: tuple[str, ...]
) -> None:
    resolved = correction.resolve(zip_code.find(said), said)
    assert (resolved.value.value if resolved.value else None) == value
    assert resolved.denied == denied
    assert resolved.corrected is bool(denied)


def test_actually_asserts() -> None:
    said = "Roof repair. Actually, this is for a commercial warehouse."
    resolved = correction.resolve(choice.find(said, PROPERTY), said)
    assert resolved.value is not None and resolved.value.value == "commercial"
    assert correction.is_correction(said)


def test_not_knowing_is_no_refusal() -> None:
    assert [f.value for f in refusal.find("I'd rather not say")] == [Refusal.REFUSED]
    assert [f.value for f in refusal.find("none of your business")] == [Refusal.REFUSED]
    assert [f.value for f in refusal.find("skip that")] == [Refusal.REFUSED]
    assert [f.value for f in refusal.find("I don't know")] == [Refusal.DONT_KNOW]
    assert refusal.find("Let me skip work on Friday") == []


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("how much does that usually cost", "how much does that usually cost"),
        ("I need somebody this week, what have you got", "what have you got"),
        ("Yes. What does a visit cost, and how does it work?", "What does a visit cost, and how does it work?"),
        ("do you offer financing", "do you offer financing"),
    ],
)
def test_question_part(said: str, part: str) -> None:
    assert [f.value for f in question.questions(said)] == [part]


@pytest.mark.parametrize(
    "said", ["It's a house.", "What I need is a plumber.", "when it rains it leaks", "whatever's first"]
)
def test_statement_is_no_question(said: str) -> None:
    assert not question.questions(said)


def test_free_text_loses_fillers_and_stutter_and_is_cut_at_a_word() -> None:
    said = "Well, it's the, uh, | the lights in the hall, they keep, | they keep flickering."
    assert free_text.tidy(said) == "It's the lights in the hall, they keep flickering."
    assert free_text.tidy("um, the the roof") == "The roof"
    assert len(free_text.tidy("one two three four five six seven", 14)) <= 14


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("This week if you can.", 7, 7),
        ("As soon as you can.", 0, 0),
        ("In the next two weeks.", 14, 14),
        ("This month.", 30, 30),
        ("Yesterday! Today, tomorrow, whatever's first.", 0, 1),
        ("Today or tomorrow.", 1, 1),
        ("next week is fine", 7, 14),
        ("I'd say | within the next | two weeks or so.", 14, 21),
        ("Not before next spring, probably April.", 160, 200),
        ("Next spring.", 167, 167),
        ("in three days", 3, 3),
        ("a couple of months", 60, 60),
        ("asap", 0, 0),
        ("within two weeks", 14, 14),
        ("Some time this month.", 30, 30),
        ("two and a half weeks", 17, 18),
        ("in the fall", 30, 30),
    ],
)
def test_timeline_in_days(said: str, least: int, most: int) -> None:
    resolved = correction.resolve(timeline.find(said, TODAY), said)
    assert resolved.value is not None and least <= resolved.value.value <= most


@pytest.mark.parametrize(
    "said",
    [
        "I've been waiting three days for someone to call me back! Three days ago!",
        "it's been blocked since Saturday",
        "the roof is about ten years old",
        "The water heater stopped working last night.",
        "I may need it",
    ],
)
def test_the_past_is_no_timeline(said: str) -> None:
    assert timeline.find(said, TODAY) == []
