"""The forms of a flow's contents show every value of the shipped flows in a widget of its own, and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from engine.dialogue.phrases import DEFAULTS
from engine.dialogue.reflexes import PRIORITY
from engine.flow import shipped
from engine.flow.model import Flow, Slot
from engine.sdk import Json
from ui.contents import schemas
from ui.contents.example_answers import asked_by
from ui.contents.new_reflex_dialog import new_reflex
from ui.contents.reading import group, text, things
from ui.contents.voice_picker import chosen_voice, filled, sentences
from ui.forms.binding import MISSING
from ui.forms.fields import fields_of
from ui.forms.shapes import Field, Group, Raw, fits
from ui.resources.vocabulary import Behaviour
from ui.resources.voices import Standard, Voice, Voices
from ui.texts import ENGLISH

FLOWS = {name: shipped.load(name).data for name in shipped.names()}


def forms(document: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Json], Mapping[str, Json]]]:
    for slot in things(document, "slots"):
        yield text(slot, "id"), schemas.slot(document, slot), slot
        for answer in slot.get("choices") or []:  # type: ignore[union-attr]  # a JSON document
            yield text(slot, "id"), schemas.choice(), answer  # type: ignore[misc]
    for entry in things(document, "knowledge"):
        yield text(entry, "id"), schemas.knowledge(document), entry
    for criterion in things(document, "criteria"):
        yield text(criterion, "id"), schemas.criterion(), criterion
    for reflex in things(document, "reflexes"):
        yield text(reflex, "id"), schemas.reflex(text(reflex, "trigger"), reflex), reflex
    for name, schema in (
        ("seller", schemas.seller()), ("assistant", schemas.assistant()), ("limits", schemas.limits()),
    ):  # fmt: skip
        yield name, schema, group(document, name)


def unfit(fields: tuple[Field, ...], value: Mapping[str, Json]) -> Iterator[str]:
    for field in fields:
        inner = value.get(field.name, MISSING)
        if isinstance(field.shape, Raw) or not fits(field.shape, inner):
            yield field.name
        elif isinstance(field.shape, Group) and isinstance(inner, dict):
            yield from unfit(field.shape.fields, inner)


@pytest.mark.parametrize("name", FLOWS)
def test_no_value_of_a_shipped_flow_has_to_be_shown_as_json(name: str) -> None:
    for what, schema, value in forms(FLOWS[name]):
        assert list(unfit(fields_of(schema), value)) == [], what


@pytest.mark.parametrize("name", FLOWS)
def test_every_field_of_the_document_has_a_place_on_its_page(name: str) -> None:
    drawn_elsewhere = {"id", "choices", "test", "trigger", "voice"}
    for what, schema, value in forms(FLOWS[name]):
        names = {field.name for field in fields_of(schema)} | drawn_elsewhere | {"zone", "value"}
        hidden = {"go", "ask_again", "disposition", "reason"}
        assert set(value) - names - hidden == set(), what


def test_every_field_of_a_slot_can_be_set_for_some_type() -> None:
    document = FLOWS["home_services"]
    drawn = {field.name for slot in things(document, "slots") for field in fields_of(schemas.slot(document, slot))}
    assert set(Slot.model_fields) - drawn == {"id", "choices"}


def test_a_reflex_asks_only_for_what_it_needs() -> None:
    def names(then: str) -> set[str]:
        do = next(f for f in fields_of(schemas.reflex("upset", {"do": {"then": then}})) if f.name == "do")
        assert isinstance(do.shape, Group)
        return {field.name for field in do.shape.fields}

    assert "go" in names("go")
    assert "go" not in names("end")
    assert {"disposition", "reason"} <= names("end")
    assert "ask_again" in names("return")


def test_a_service_asks_for_an_account_only_where_one_is_needed() -> None:
    assert [field.name for field in fields_of(schemas.ear("", "local"))] == ["use"]
    assert "connection" in [field.name for field in fields_of(schemas.ear("", "google"))]
    assert "connection" in [field.name for field in fields_of(schemas.mind("gemini", "offline"))]


def test_zones_of_the_united_states_come_first_and_in_words() -> None:
    assert schemas.zone_words("America/Los_Angeles") == "Pacific time (Los Angeles)"
    assert schemas.zone_words("Europe/Berlin") == "Europe/Berlin"
    offered = schemas.zone("Asia/Tokyo", ["Europe/Berlin"])["properties"]["zone"]["enum"]  # type: ignore[index, call-overload]
    assert offered[0] == "America/New_York"  # type: ignore[index]
    assert {"Asia/Tokyo", "Europe/Berlin"} <= set(offered)  # type: ignore[arg-type]


def test_every_behaviour_and_every_wording_of_the_engine_has_words() -> None:
    for trigger in (*PRIORITY, "custom"):
        assert ENGLISH[f"trigger.{trigger}"]
        assert ENGLISH[f"trigger.{trigger}.about"]
    for name in DEFAULTS:
        assert ENGLISH[f"wording.{name}"]


VOICES = Voices(
    (Voice("local", "heart"), Voice("google", "Kore"), Voice("google", "Puck")),
    Standard(voice="local", voice_name="heart"),
)


def test_the_voice_that_speaks_is_the_one_that_the_engine_would_choose() -> None:
    google = Voices(VOICES.voices, Standard(voice="google", voice_name="en-US-Chirp3-HD-Kore"))
    assert chosen_voice({}, VOICES) == ("local", "heart")
    assert chosen_voice({"assistant": {"voice": "heart"}}, google) == ("google", "Kore")
    assert chosen_voice({"assistant": {"voice": "en-US-Chirp3-HD-Puck"}}, google) == ("google", "Puck")
    assert chosen_voice({"providers": {"voice": {"use": "google", "voice": "Puck"}}}, VOICES) == ("google", "Puck")
    assert chosen_voice({"providers": {"voice": {"use": "local", "voice": "Puck"}}}, google) == ("local", "heart")


def test_sentences_to_listen_to_begin_with_the_opening_as_it_will_be_heard() -> None:
    document = FLOWS["home_services"]
    first = filled(document, next(sentences(document)))
    assert first.startswith("Hi, this is Robin, an AI assistant calling for Harborline Home Services.")


def test_example_answers_are_asked_for_what_the_criteria_look_at() -> None:
    assert [text(slot, "id") for slot in asked_by(FLOWS["home_services"])] == [
        "service_type", "property_type", "zip", "timeline", "authority",
    ]  # fmt: skip


def test_a_new_reflex_is_one_that_the_engine_can_read() -> None:
    made = new_reflex(["reflex"], "屋根", Behaviour("upset", ("I'm so angry",), ("upset stomach",)), [])
    assert made["id"] == "reflex_2"
    flow = shipped.load("home_services").flow
    Flow.model_validate({**flow.model_dump(by_alias=True), "reflexes": [made]})
