"""Links to recordings: given for https only, good for one call and one order of channels, over when they should be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from engine.recording_links import RecordingLink, RecordingLinks

NOW = datetime(2026, 11, 26, 15, 30, tzinfo=UTC)


def keys(*names: str) -> object:
    def derive(purpose: str) -> Sequence[bytes]:
        return [f"{name} {purpose}".encode() for name in names]

    return derive


def links(url: str = "https://calls.example.com/", *names: str) -> RecordingLinks:
    return RecordingLinks(url, keys(*(names or ("new",))), days=30)  # type: ignore[arg-type]


def last(address: str) -> str:
    return address.rsplit("/", 1)[1]


def test_a_link_is_an_address_of_ours_that_ends_as_a_sound_file_does():
    address = links().link("call_31", "assistant", NOW)
    assert address.startswith("https://calls.example.com/recordings/")
    assert address.endswith(".wav")
    assert links().read(last(address), NOW) == RecordingLink("call_31", "assistant")


def test_without_https_no_link_is_given():
    assert links("http://127.0.0.1:8080").link("call_31", "lead", NOW) == ""


def test_a_step_that_is_tried_again_the_same_day_names_the_same_address():
    assert links().link("call_31", "lead", NOW) == links().link("call_31", "lead", NOW + timedelta(hours=3))


def test_a_link_works_for_its_days_and_no_longer():
    address = last(links().link("call_31", "lead", NOW))
    assert links().read(address, NOW + timedelta(days=30)) is not None
    assert links().read(address, NOW + timedelta(days=31)) is None


def test_a_link_made_with_an_older_key_of_the_installation_still_works():
    address = last(links("https://calls.example.com", "old").link("call_31", "lead", NOW))
    assert links("https://calls.example.com", "new", "old").read(address, NOW) is not None
    assert links("https://calls.example.com", "new").read(address, NOW) is None


@pytest.mark.parametrize("text", ["", ".wav", "rec-.wav", "rec-W10.AAAA.wav", "call-W10.AAAA", "x" * 9000])
def test_what_we_never_made_opens_nothing(text: str):
    assert links().read(text, NOW) is None


def test_a_link_changed_by_a_letter_opens_nothing():
    address = last(links().link("call_31", "lead", NOW))
    for place in range(4, len(address) - 4, 7):
        other = "A" if address[place] != "A" else "B"
        assert links().read(address[:place] + other + address[place + 1 :], NOW) is None
