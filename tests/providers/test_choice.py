"""Which services serve a call: settings, a shorthand for all, and what a flow says for itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.flow import shipped
from engine.flow.document import FlowDocument
from engine.flow.edits import Put
from engine.flow.model import Flow
from engine.providers.choice import Choice, Ear, Mind, Voice, choose, misfits, models_in
from engine.settings import Settings


def flow(**providers: Any) -> Flow:
    data = shipped.load("home_services").data
    return Flow.model_validate({**data, "providers": providers})


def settings(**values: Any) -> Settings:
    return Settings.model_validate(values)


GOOGLE_EAR = Ear("google", "google", "telephony", "")
GOOGLE_VOICE = Voice("google", "google", "Kore", "en-US-Neural2-C", "en-US")
GEMINI = Mind("gemini", "gemini", ("gemini-3.5-flash-lite", "gemini-3.5-flash"))


def test_without_settings_everything_runs_on_this_machine() -> None:
    assert choose(settings()) == Choice()
    assert choose(settings(), flow()).local


def test_one_setting_turns_all_three_to_google() -> None:
    assert choose(settings(providers="google")) == Choice(GOOGLE_EAR, GOOGLE_VOICE, GEMINI)


def test_each_part_can_differ_from_the_shorthand() -> None:
    assert choose(settings(providers="google", ear="local")) == Choice(Ear(), GOOGLE_VOICE, GEMINI)
    assert choose(settings(mind="gemini")) == Choice(Ear(), Voice(), GEMINI)


def test_a_flow_chooses_for_itself_and_leaves_the_rest_to_the_settings() -> None:
    chosen = choose(
        settings(providers="google", ear_location="us"),
        flow(ear={"model": "chirp_3"}, voice={"use": "local"}, mind={"models": ["gemini-3.8-flash"]}),
    )
    assert chosen.ear == Ear("google", "google", "chirp_3", "us")
    assert chosen.voice == Voice()
    assert chosen.mind == Mind("gemini", "gemini", ("gemini-3.8-flash",))


def test_a_flow_can_have_an_account_of_its_own() -> None:
    chosen = choose(settings(), flow(ear={"use": "google", "connection": "clinic"}))
    assert chosen.connections == {"clinic"}
    assert chosen.mind == Mind()


def test_behind_every_service_stands_the_next_and_at_the_end_this_machine() -> None:
    assert choose(settings(providers="google")).order() == {
        "ear": ("google telephony", "local"),
        "voice": ("google Kore", "google en-US-Neural2-C", "local"),
        "mind": ("gemini-3.5-flash-lite", "gemini-3.5-flash", "offline"),
    }
    assert choose(settings()).order() == {"ear": ("local",), "voice": ("local",), "mind": ("offline",)}


def test_equal_choices_are_one_so_that_engines_are_shared() -> None:
    assert len({choose(settings(providers="google")), choose(settings(), flow(
        ear={"use": "google"}, voice={"use": "google"}, mind={"use": "gemini"}
    ))}) == 1  # fmt: skip


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"ear_model": "latest_short"}, "stops listening after one sentence"),
        ({"ear_model": "chirp"}, "only to recordings"),
        ({"ear_model": "chirp_3", "ear_location": "global"}, "at the location global"),
        ({"voice_name": "de-DE-Chirp3-HD-Kore"}, "speaks de-DE, but calls are held in en-US"),
        ({"voice_location": "us-central1"}, "at the location us-central1"),
        ({"voice_second": "en-GB-Neural2-A"}, "speaks en-GB"),
    ],
)
def test_what_cannot_work_is_known_without_asking_anybody(values: dict[str, str], words: str) -> None:
    found = list(misfits(choose(settings(providers="google", **values)), "en-US"))
    assert len(found) == 1
    assert words in found[0]


def test_a_sound_choice_has_no_misfits() -> None:
    assert list(misfits(choose(settings(providers="google")), "en-US")) == []
    assert list(misfits(choose(settings()), "de-DE")) == []


def test_models_are_read_in_their_order_each_once() -> None:
    assert models_in(" a, b,,a ,c") == ("a", "b", "c")


def test_an_old_flow_without_the_block_loads_and_saves_byte_for_byte() -> None:
    text = (shipped.folder() / "home_services.json").read_text(encoding="utf-8")
    assert '"providers"' not in text
    document = FlowDocument.load(text)
    assert document.flow.providers.ear.use == ""
    assert document.save() == text


def test_a_flow_with_the_block_saves_byte_for_byte_and_keeps_what_it_does_not_know() -> None:
    text = (shipped.folder() / "home_services.json").read_text(encoding="utf-8")
    block = {"ear": {"use": "google", "later": [1]}, "translator": {"use": "none"}}
    text = text.replace('"seller"', f'"providers": {json.dumps(block)},\n  "seller"', 1)
    document = FlowDocument.load(text)
    assert document.flow.providers.ear.use == "google"
    assert document.save() == text
    assert json.loads(document.edited(Put(path=("name",), value="Other")).save())["providers"] == block


def test_a_voice_that_the_flow_names_for_its_assistant_speaks_if_it_is_googles() -> None:
    base = shipped.load("home_services").data
    named = Flow.model_validate({**base, "assistant": {**base["assistant"], "voice": "Puck"}})
    assert choose(settings(providers="google"), named).voice.name == "Puck"
    assert choose(settings(providers="google"), flow()).voice.name == "Kore", "heart is a voice of this machine"
    assert choose(settings(), named).voice == Voice()


def test_the_place_of_the_voice_is_the_flows_else_the_settings_and_no_matter_of_the_ear() -> None:
    base = shipped.load("home_services").data
    own = Flow.model_validate({**base, "providers": {"voice": {"location": "eu"}}})
    chosen = choose(settings(providers="google", ear_location="us", voice_location="europe-west2"), own)
    assert (chosen.ear.location, chosen.voice.location) == ("us", "eu")
    assert choose(settings(providers="google", voice_location="europe-west2"), flow()).voice.location == "europe-west2"
    assert choose(settings(providers="google", ear_location="us"), flow()).voice.location == ""
    assert chosen.order()["voice"][0] == "google Kore (eu)"
