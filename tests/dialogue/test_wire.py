"""A hosted model's answer is read the same however it is cut, and what cannot be read is never spoken."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialogue.commands import (
    Agreed,
    Answered,
    Asked,
    Behaved,
    Command,
    Intended,
    SlotDenied,
    SlotHeard,
    SlotRefused,
)
from engine.dialogue.model import Offer
from engine.dialogue.wire import MAX_COMMANDS, MAX_LINE, MAX_SPEECH, WireReader, announce, decode, encode

ORDINARY = """{"heard":"zip","value":"94110","words":"nine four one one oh"}
{"asked":"visit","words":"what does it cost"}
{"say":"timeline","tells":["visit"]}
Got it. The visit is free, señora. How soon do you need it done?"""


def read(*pieces: str) -> tuple[list[Command | Offer], str, list[str]]:
    """Commands and the offer, the speech in one, and the notes."""
    reader = WireReader()
    items = [item for piece in pieces for item in reader.feed(piece)] + reader.end()
    speech = "".join(item for item in items if isinstance(item, str))
    return [item for item in items if not isinstance(item, str)], speech, reader.notes


def cut(text: str, at: list[int]) -> list[str]:
    places = sorted({each % (len(text) + 1) for each in at})
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


NAMES = st.text(min_size=1, max_size=12).map(lambda text: f"n{text}").filter(lambda text: text.strip().isprintable())
WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff"), max_size=30)
SURE = st.floats(0, 1)
SCALARS = st.one_of(
    WORDS, st.integers(-(2**53), 2**53), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
)
PLAIN_NAMES = st.from_regex(r"[a-z][a-z_0-9:]{0,15}", fullmatch=True)
COMMANDS = st.one_of(
    st.builds(SlotHeard, PLAIN_NAMES, SCALARS, WORDS, SURE, st.lists(SCALARS, max_size=2).map(tuple)),
    st.builds(SlotDenied, PLAIN_NAMES, SCALARS, WORDS),
    st.builds(SlotRefused, PLAIN_NAMES, WORDS),
    st.builds(Agreed, PLAIN_NAMES, WORDS),
    st.builds(Asked, WORDS, PLAIN_NAMES, SURE) | st.builds(Asked, WORDS, st.none(), st.just(0.0)),
    st.builds(Behaved, PLAIN_NAMES, WORDS, SURE),
    st.builds(Answered, st.sampled_from(("yes", "no")), WORDS, SURE),
    st.builds(Intended, PLAIN_NAMES, WORDS, SURE),
)


def test_an_ordinary_answer_is_commands_an_offer_and_speech():
    items, speech, notes = read(ORDINARY)
    assert items == [
        SlotHeard("zip", "94110", "nine four one one oh", 0.9),
        Asked("what does it cost", "visit", 0.9),
        Offer("timeline", ("visit",)),
    ]
    assert speech == "Got it. The visit is free, señora. How soon do you need it done?"
    assert notes == []


@given(COMMANDS)
def test_what_is_written_is_read_again(command: Command):
    assert decode(json.loads(encode(command))) == command
    assert read(encode(command) + "\n")[0] == [command]


@given(st.none() | PLAIN_NAMES, st.lists(PLAIN_NAMES, max_size=3).map(tuple))
def test_an_announcement_is_read_again(ask: str | None, answers: tuple[str, ...]):
    assert read(announce(Offer(ask, answers)) + "\nYes.")[0] == [Offer(ask, answers)]


ROUGH = st.lists(
    st.one_of(
        COMMANDS.map(encode),
        st.just(announce(Offer("zip", ("visit",)))),
        st.sampled_from(
            [
                "```json", "```", "", "  ", "Sure, here it is:", '{"dance":"tango"}', '{"heard":', "[", "]", "},",
                '{"heard":"zip","value":null,"words":"x"}', "Got it. **What's** the ZIP?", "# Title", "- one", "💧 ok",
                '{"say":"zip"} Got it.', "{" * 50, '{"asked":"visit","words":"a"},', "How so? {\"x\":1} no",
                "[pause] Well.", "x" * (MAX_LINE + 10),
                "[" * (2 * MAX_LINE - 9) + '{"asked":"v","words":"w"}', '{"heard":"z","value":"' + "y" * MAX_LINE,
            ]
        ),
        st.text(max_size=20),
    ),
    max_size=8,
).map("\n".join)  # fmt: skip


@given(ROUGH, st.lists(st.integers(0, 10_000), max_size=12))
def test_any_cut_gives_the_same_result(text: str, at: list[int]):
    assert read(*cut(text, at)) == read(text)


@given(st.binary(max_size=60), st.lists(st.integers(0, 10_000), max_size=12))
def test_any_cut_of_the_bytes_gives_the_same_result(tail: bytes, at: list[int]):
    """Cut inside a character too: halves of it travel as surrogates."""
    text = (ORDINARY + " 💧é ").encode("utf-16-le").decode("utf-16-le") + tail.decode("utf-8", "replace")
    halves = "".join(chr(unit) for unit in memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H"))
    assert read(*cut(halves, at)) == read(text)


@given(st.text(max_size=400), st.lists(st.integers(0, 1000), max_size=8))
def test_no_text_at_all_breaks_the_reader_or_puts_json_into_speech(text: str, at: list[int]):
    _, speech, _ = read(*cut(f"{announce(Offer())}\n{text}", at))
    assert not set(speech) & set("{}[\n\x00`*")
    assert speech.isprintable() or not speech.encode("utf-8", "replace").isascii()


@pytest.mark.parametrize(
    "answer",
    [
        f"```json\n{ORDINARY}\n```",
        f"\n\n  \n{ORDINARY}",
        ORDINARY.replace('{"asked"', '\n\n  {"asked"'),
        ORDINARY.replace("\n", "\r\n"),
        ORDINARY.replace('oh"}\n', 'oh"},\n'),
        "[" + ORDINARY.replace('oh"}\n', 'oh"},\n').replace('cost"}', 'cost"}]'),
        ORDINARY.replace('oh"}\n', 'oh"}'),
        ORDINARY.replace('"]}\n', '"]} '),
        ORDINARY.replace("Got it.", "**Got it.**"),
        ORDINARY + '\n{"heard":"zip","value":"94111","words":"x"}',
        ORDINARY + "\n```\n",
    ],
)
def test_fences_blank_lines_arrays_and_junk_are_survived(answer: str):
    items, speech, _ = read(answer)
    assert (items, speech) == read(ORDINARY)[:2]


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ('{"dance":"tango"}', "no known command (dance)"),
        ("{}", "no known command (empty)"),
        ('{"heard":"zip","value":["9"],"words":"x"}', "no single value"),
        ('{"heard":"zip","value":NaN,"words":"x"}', "no single value"),
        ('{"heard":"","value":"9","words":"x"}', "names nothing"),
        ('{"heard":"zip","value":"9"}', "no words of the caller"),
        ('{"answered":"maybe","words":"x"}', "neither yes nor no"),
        ("Sure! Here are the commands:", "no command"),
        ('{"heard":"zip","value":"9', "no command"),
        ('{"heard":' * 300, "no command"),
        ("{" * 5000, "without end"),
        ("[" * 3 * MAX_LINE, "without end"),
        ("y" * (MAX_LINE + 1), "without end"),
    ],
)
def test_an_unreadable_line_is_dropped_with_a_note_and_the_rest_stands(line: str, note: str):
    items, speech, notes = read(f"{line}\n{ORDINARY}")
    assert (items, speech) == read(ORDINARY)[:2]
    assert len(notes) == 1
    assert note in notes[0]


def test_prose_without_an_announcement_is_never_spoken():
    items, speech, notes = read("Got it! What's the ZIP?")
    assert (items, speech) == ([], "")
    assert notes == ["dropped: a line that is no command"]


@pytest.mark.parametrize(("answer", "empty"), [
    ("", True), ("Hello there.", True), ("```\n```", True), ('{"dance":1}', True),
    (announce(Offer()), False), (encode(SlotRefused("zip", "no")), False), (ORDINARY, False),
])  # fmt: skip
def test_an_answer_without_commands_and_without_announcement_is_of_no_use(answer: str, empty: bool):
    reader = WireReader()
    reader.feed(answer)
    reader.end()
    assert reader.empty is empty


def test_an_offer_without_speech_is_not_made():
    assert read(announce(Offer("zip")) + "\n  \n```\n") == ([], "", [])


def test_commands_come_before_their_line_is_ended():
    reader = WireReader()
    assert reader.feed(encode(SlotRefused("zip", "no"))) == [SlotRefused("zip", "no")]


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("- Got it.\n- How soon?", "Got it. How soon?"),
        ("# Hello\n\n\nthere", "Hello there"),
        ("It's *really* `free`.", "It's really free."),
        ("Got it. {\"heard\":\"zip\"} trailing\nHow soon?", "Got it. How soon?"),
        ("[smiles] Sure. [pause] How soon?", "Sure. How soon?"),
        ("[never closed\nHow soon?", "How soon?"),
        ("a\x00b\x07c\x1b[31md", "abc"),
        ("Apartment #4, dana_reyes at home.", "Apartment #4, dana_reyes at home."),
    ],
)  # fmt: skip
def test_speech_is_plain_text(text: str, spoken: str):
    assert read(f"{announce(Offer('x'))}\n{text}")[1] == spoken


def test_control_characters_and_half_characters_never_reach_a_slot():
    """PostgreSQL takes no NUL, and no UTF-8 holds half a character."""
    line = '{"heard":"na\\u0000me","value":"Da\\u0000na\\ud83d","words":"I\\u0007t\'s Dana"}'
    assert read(line)[0] == [SlotHeard("name", "Dana", "It's Dana", 0.9)]


def test_a_model_that_runs_on_is_cut():
    items, speech, notes = read(
        (encode(SlotRefused("zip", "no")) + "\n") * (MAX_COMMANDS + 5) + announce(Offer("x")) + "\n" + "so on\n" * 900
    )
    assert len(items) == MAX_COMMANDS + 1
    assert MAX_SPEECH <= len(speech) <= MAX_SPEECH + 1
    assert any("speech without end" in note for note in notes)
    assert any("too many commands" in note for note in notes)


@pytest.mark.parametrize(("sure", "confidence"), [(2, 1.0), (-1, 0.0), ("high", 0.9), (None, 0.9), (True, 0.9)])
def test_a_confidence_out_of_bounds_is_brought_back(sure: Any, confidence: float):
    data = {"behaved": "goodbye", "words": "bye", "sure": sure}
    assert decode(data) == Behaved("goodbye", "bye", confidence)
