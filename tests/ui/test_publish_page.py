"""The Publish page in front of the real API: what goes live, what stays, who was quicker, old versions again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.support.background_house import House
from tests.support.page_text import raw, words
from tests.support.seeded_calls import FLOW
from tests.ui.conftest import Shown
from ui.client import Engine
from ui.resources import versions

ME = "Leadline screens"


@dataclass
class Work:
    """A flow of its own with version 1 live, and people who edit it."""

    http: httpx.Client
    id: str

    def draft(self) -> dict[str, object]:
        found: dict[str, object] = self.http.get(f"/flows/{self.id}/draft").json()
        return found

    def edit(self, by: str, *steps: dict[str, object], label: str = "") -> str:
        edit = {"id": uuid.uuid4().hex, "label": label, "steps": list(steps)}
        body = {"base_revision": self.draft()["revision"], "client": f"window of {by}", "by": by, "edits": [edit]}
        answer = self.http.post(f"/flows/{self.id}/edits", json=body)
        assert answer.status_code == 200, answer.text
        return str(edit["id"])

    def live(self) -> dict[str, object]:
        newest = self.http.get(f"/flows/{self.id}").json()["versions"][0]["version"]
        found: dict[str, object] = self.http.get(f"/flows/{self.id}/versions/{newest}").json()
        return found

    def versions(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = self.http.get(f"/flows/{self.id}").json()["versions"]
        return found

    def publish(self) -> None:
        order = {"revision": self.draft()["revision"], "note": "Before", "by": "Ben"}
        assert self.http.post(f"/flows/{self.id}/publish", json=order).status_code == 201


@pytest.fixture
def work(house: House) -> Iterator[Work]:
    headers = {"Authorization": f"Bearer {house.token}"}
    with httpx.Client(base_url=house.address, headers=headers, timeout=20) as http:
        made = http.post(f"/flows/{FLOW}/copy", json={"name": "To be published"}).json()
        yield Work(http, made["id"])


def say(text: str) -> dict[str, object]:
    return {"do": "put", "path": ["knowledge", "price_repair", "say"], "value": text}


def why(text: str) -> dict[str, object]:
    return {"do": "put", "path": ["slots", "zip", "why"], "value": text}


def knowledge(document: dict[str, object], id: str = "price_repair") -> object:
    things = document["knowledge"]
    assert isinstance(things, list)
    return next(each["say"] for each in things if each["id"] == id)


@pytest.fixture(autouse=True)
def known(work: Work) -> None:
    """The answer that the tests change, by the id that they use."""
    document = work.draft()["document"]
    assert isinstance(document, dict)
    first = document["knowledge"][0]
    step = {"do": "insert", "path": ["knowledge"], "value": {**first, "id": "price_repair"}}
    if all(each["id"] != "price_repair" for each in document["knowledge"]):
        work.edit(ME, step)


def test_a_first_version_says_that_everything_goes_live_and_that_running_calls_finish(show: Shown, work: Work) -> None:
    page = show("publish", flow=work.id)
    text = words(page)
    assert "Nobody is called with this flow yet" in text
    assert "Running calls finish on the version they began with" in text
    page.text_area(key=f"note-{work.id}").input("Our first one")
    page.button(key="publish-do").click().run()
    assert "Version 1 is live" in words(page)
    assert page.button(key="next-call")
    (version,) = work.versions()
    assert (version["note"], version["published_by"]) == ("Our first one", ME)


def test_nothing_new_is_nothing_to_publish(show: Shown, work: Work) -> None:
    work.publish()
    text = words(show("publish", flow=work.id))
    assert "Version 1 is live, and the draft says the same." in text


def test_ones_own_change_is_ticked_and_a_colleagues_must_be_ticked_deliberately(show: Shown, work: Work) -> None:
    work.publish()
    mine = work.edit(ME, say("We bring ladders."))
    ben = work.edit("Ben Ortiz", why("So that the right team comes."))
    page = show("publish", flow=work.id)
    assert page.checkbox(key=f"tick-{mine}").value is True
    assert page.checkbox(key=f"tick-{ben}").value is False
    text = words(page)
    assert "Ben Ortiz" in text
    assert "1 change will stay in the draft." in text
    page.button(key="publish-do").click().run()
    assert "Version 2 is live" in words(page)
    live = work.live()
    assert knowledge(live) == "We bring ladders."
    assert "So that the right team comes." not in str(live)
    assert "So that the right team comes." in str(work.draft()["document"])
    page.button(key="next-back").click().run()
    page.checkbox(key=f"tick-{ben}").check().run()
    page.button(key="publish-do").click().run()
    assert "So that the right team comes." in str(work.live())


def test_all_can_be_ticked_at_once_and_unticked_again(show: Shown, work: Work) -> None:
    work.publish()
    mine, ben = work.edit(ME, say("One.")), work.edit("Ben Ortiz", why("Two."))
    page = show("publish", flow=work.id)
    page.button(key="ticks-all").click().run()
    assert [page.checkbox(key=f"tick-{id}").value for id in (mine, ben)] == [True, True]
    page.button(key="ticks-mine").click().run()
    assert [page.checkbox(key=f"tick-{id}").value for id in (mine, ben)] == [True, False]
    page.checkbox(key=f"tick-{mine}").uncheck().run()
    assert page.button(key="publish-do").disabled
    assert "Tick at least one change." in words(page)


def test_a_change_of_what_a_colleague_made_needs_theirs_and_offers_both(show: Shown, work: Work) -> None:
    work.publish()
    entry = {"id": "parking", "question": "Where can you park?", "say": "On the street."}
    ben = work.edit("Ben Ortiz", {"do": "insert", "path": ["knowledge"], "value": entry})
    mine = work.edit(ME, {"do": "put", "path": ["knowledge", "parking", "say"], "value": "In your drive."})
    page = show("publish", flow=work.id)
    assert "does not work without" in words(page)
    assert page.button(key="publish-do").disabled
    page.button(key=f"needs-{mine}-{ben}").click().run()
    assert not page.button(key="publish-do").disabled


def test_a_way_to_a_colleagues_new_card_waits_until_both_are_ticked(show: Shown, work: Work) -> None:
    work.publish()
    card = {"id": "thanks", "type": "end", "name": "Say thanks", "settings": {"disposition": "other", "say": "Thanks."}}
    ben = work.edit("Ben Ortiz", {"do": "add_card", "card": card, "position": None, "after_call": False})
    edges = work.draft()["document"]["edges"]  # type: ignore[index]
    edge = next(each for each in edges if each["to"] == "end_booked")
    mine = work.edit(ME, {"do": "put", "path": ["edges", edge["id"], "to"], "value": "thanks"})
    page = show("publish", flow=work.id)
    assert "does not work without" in words(page)
    assert page.button(key="publish-do").disabled
    page.button(key=f"needs-{mine}-{ben}").click().run()
    assert page.checkbox(key=f"tick-{ben}").value is True


def test_errors_block_and_lead_to_the_spot(show: Shown, work: Work) -> None:
    work.publish()
    work.edit(ME, {"do": "put", "path": ["slots", "zip", "ask"], "value": []})
    page = show("publish", flow=work.id)
    assert page.button(key="publish-do").disabled
    assert "to mend first" in page.error[0].value
    assert "Mend the problems above" in words(page)
    links = [each.proto.label for each in page.get("page_link")]
    assert any(label.startswith("Mend it under") for label in links)


def test_an_error_in_a_colleagues_unfinished_change_does_not_keep_mine_back(show: Shown, work: Work) -> None:
    work.publish()
    work.edit("Ben Ortiz", {"do": "put", "path": ["slots", "zip", "ask"], "value": []})
    work.edit(ME, say("Finished."))
    page = show("publish", flow=work.id)
    assert "You can publish if they come from changes that stay in the draft" in page.error[0].value
    page.button(key="publish-do").click().run()
    assert "Version 2 is live" in words(page)
    assert knowledge(work.live()) == "Finished."


def test_an_error_in_what_is_ticked_is_told_when_only_the_engine_can_see_it(show: Shown, work: Work) -> None:
    work.publish()
    work.edit(ME, {"do": "put", "path": ["slots", "zip", "ask"], "value": []})
    work.edit("Ben Ortiz", say("Not yet."))
    page = show("publish", flow=work.id)
    page.button(key="publish-do").click().run()
    assert any("Mend it, then publish" in error.value or "errors. Mend" in error.value for error in page.error)
    assert len(work.versions()) == 1


def test_somebody_who_saves_while_one_publishes_is_seen_before_anything_goes_live(show: Shown, work: Work) -> None:
    work.publish()
    work.edit(ME, say("Mine."))
    page = show("publish", flow=work.id)
    work.edit("Ben Ortiz", why("Just now."))
    page.button(key="publish-do").click().run()
    # The page reads what is new before it publishes: Ben's change is there, not ticked, and stays in the draft.
    assert "Just now." not in str(work.live())
    assert "Just now." in str(work.draft()["document"])


def test_somebody_who_saves_between_the_look_and_the_order_is_named_and_nothing_goes_live(
    show: Shown, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.publish()
    work.edit(ME, say("Mine."))
    page = show("publish", flow=work.id)
    look = versions.unpublished

    def overtaken(engine: Engine, flow_id: str) -> versions.Unpublished:
        found = look(engine, flow_id)
        work.edit("Ben Ortiz", why("Just now."))
        return found

    with monkeypatch.context() as in_between:
        in_between.setattr(versions, "unpublished", overtaken)
        page.button(key="publish-do").click().run()
    assert "Ben Ortiz saved this flow after you opened it" in page.warning[0].value
    assert len(work.versions()) == 1
    page.button(key="publish-again").click().run()
    assert not page.warning
    page.button(key="publish-do").click().run()
    assert "Version 2 is live" in words(page)
    assert knowledge(work.live()) == "Mine."
    assert "Just now." not in str(work.live())


def test_a_template_left_as_it_was_is_warned_about(show: Shown, work: Work) -> None:
    text = words(show("publish", flow=work.id))
    assert "the template's example number" in text
    assert "office@harborline.example, an example address" in text


def test_versions_tell_number_note_who_when_checksum_and_packages(show: Shown, work: Work) -> None:
    work.publish()
    page = show("publish", flow=work.id)
    page.get("button_group")[0].select("versions").run()
    text = words(page)
    assert "Version 1 Live Before" in text
    assert "by Ben" in text
    checksum = str(work.versions()[0]["checksum"])[:12]
    assert f"Checksum {checksum}" in text
    assert "Made with leadline" in text


def test_two_versions_are_compared_in_words_with_texts_side_by_side(show: Shown, work: Work) -> None:
    work.publish()
    work.edit(ME, say("We come within two days and look at the roof from the outside, free of charge."))
    work.publish()
    page = show("publish", flow=work.id)
    page.get("button_group")[0].select("versions").run()
    page.button(key="changed-2").click().run()
    assert "“What is said” was changed." in words(page)
    assert "<ins>" in raw(page)
    assert "<del>" in raw(page)
    page.selectbox(key="compare-from").select("2").run()
    assert "Choose two different ones." in page.info[0].value
    page.selectbox(key="compare-to").select("draft").run()
    assert "They are the same" in page.success[0].value


def test_rolling_back_is_publishing_an_old_version_again_under_a_new_number(show: Shown, work: Work) -> None:
    work.publish()
    before = knowledge(work.live())
    work.edit(ME, say("A bad idea."))
    work.publish()
    page = show("publish", flow=work.id)
    page.get("button_group")[0].select("versions").run()
    page.button(key="again-1").click().run()
    assert "New calls will go as version 1 did" in words(page)
    page.text_input(key="restore-note").input("It put callers off")
    page.button(key="restore-do").click().run()
    newest = work.versions()[0]
    assert (newest["version"], newest["note"]) == (3, "It put callers off")
    assert knowledge(work.live()) == before
    document = work.draft()["document"]
    assert isinstance(document, dict)
    assert knowledge(document) == "A bad idea."  # the draft goes on


def test_an_old_version_can_be_brought_into_the_draft_as_one_edit(show: Shown, work: Work) -> None:
    work.publish()
    before = knowledge(work.live())
    work.edit(ME, say("Another idea."))
    page = show("publish", flow=work.id)
    page.get("button_group")[0].select("versions").run()
    page.button(key="bring-1").click().run()
    page.button(key="restore-do").click().run()
    document = work.draft()["document"]
    assert isinstance(document, dict)
    assert knowledge(document) == before
    assert len(work.versions()) == 1


def test_callers_that_never_called_can_be_sent_and_do_not_block(show: Shown, work: Work) -> None:
    page = show("publish", flow=work.id)
    text = words(page)
    assert "They have not called this draft yet." in text
    assert "They do not keep you from publishing." in text
    assert page.button(key="callers-run")
    assert not page.button(key="publish-do").disabled
