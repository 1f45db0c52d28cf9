"""The pages of a flow's contents in front of the real engine: an edit is in the draft, undo restores, looking changes
nothing."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from engine.sdk import Json
from tests.support.background_house import House, background_house
from tests.support.page_text import words
from tests.ui.conftest import APP

FLOW = "home_services_v1"
PAGES = ("find_out", "knowledge", "voice", "qualification", "reflexes", "business")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Without calls: only drafts are looked at and changed."""
    with background_house(tmp_path_factory.mktemp("contents"), seeded=False) as started:
        yield started


class Page:
    """One page of the flow in one window, and the draft as the engine has it."""

    def __init__(self, name: str, house: House, **query: str) -> None:
        self.opener = ""
        self.headers = {"Authorization": f"Bearer {house.token}"}
        self.address = house.address
        self.at = AppTest.from_file(str(APP), default_timeout=60)
        self.at.run()
        self.at.switch_page(f"app_pages/{name}.py")
        for key, value in {"flow": FLOW, **query}.items():
            self.at.query_params[key] = value
        self.at.run()
        assert not self.at.exception, self.at.exception

    def draft(self) -> dict[str, Json]:
        found: dict[str, Json] = httpx.get(f"{self.address}/flows/{FLOW}/draft", headers=self.headers).json()
        return found

    @property
    def document(self) -> dict[str, Json]:
        document = self.draft()["document"]
        assert isinstance(document, dict)
        return document

    @property
    def revision(self) -> int:
        revision = self.draft()["revision"]
        assert isinstance(revision, int)
        return revision

    def run(self) -> None:
        # A browser runs an open dialog alone; here the whole page runs, and the dialog has to be opened anew.
        if self.opener:
            next(each for each in self.at.button if each.label == self.opener).click()
        self.at.run()
        assert not self.at.exception, self.at.exception

    def press(self, label: str) -> None:
        next(each for each in self.at.button if each.label == label).click()
        self.run()

    def press_key(self, key: str) -> None:
        next(each for each in self.at.button if each.key == key).click()
        self.run()

    def type(self, label: str, text: str, nth: int = 0) -> None:
        [each for each in (*self.at.text_input, *self.at.text_area) if each.label == label][nth].set_value(text)
        self.run()

    def open_dialog(self, opener: str) -> None:
        self.opener = opener
        self.run()

    def undo(self) -> None:
        self.press_key("undo")


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, house: House):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("LEADLINE_API", house.address)
    monkeypatch.setenv("LEADLINE_API_TOKEN", house.token)
    return lambda name, **query: Page(name, house, **query)


@pytest.mark.parametrize("name", PAGES)
def test_opening_a_page_writes_nothing_and_says_what_it_is_for(open_page, name: str) -> None:  # type: ignore[no-untyped-def]
    page = open_page(name)
    before = page.revision
    page.run()
    assert page.revision == before
    assert len(words(page.at)) > 300


def thing(page: Page, place: str, id: str) -> dict[str, Json]:
    found = page.document[place]
    assert isinstance(found, list)
    return next((each for each in found if isinstance(each, dict) and each.get("id") == id), {})


def test_a_thing_to_find_out_is_renamed_and_undo_brings_the_name_back(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("find_out", show="zip")
    page.type("What is it called?", "Postcode")
    assert thing(page, "slots", "zip")["label"] == "Postcode"
    again = open_page("find_out", show="zip")
    assert "Postcode" in words(again.at)
    page.undo()
    assert thing(page, "slots", "zip")["label"] == "ZIP"


def test_a_new_choice_is_asked_by_a_card_with_its_answers(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("find_out")
    page.open_dialog("Add a thing")
    page.press("Add")
    assert "Give it a name first." in words(page.at)
    page.type("What is it called?", "Kind of roof", nth=-1)
    page.type("The answers, one a line", "Flat\nPitched")
    page.press("Add")
    page.opener = ""
    slot = thing(page, "slots", "kind_of_roof")
    assert [each["value"] for each in slot["choices"]] == ["flat", "pitched"]  # type: ignore[union-attr, index, call-overload]
    asking = [card for card in page.document["nodes"] if "kind_of_roof" in str(card.get("settings"))]  # type: ignore[union-attr]
    assert len(asking) == 1
    assert "Kind of roof" in words(page.at)  # it lies open
    page.undo()
    assert thing(page, "slots", "kind_of_roof") == {}
    assert "kind_of_roof" not in str(page.document)


def test_removing_names_every_use_and_takes_it_out_of_stages(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("find_out", show="zip")
    text = words(page.at)
    assert "asks for it" in text
    assert "The criterion “In our service area” looks at it" in text
    page.press_key(f"remove/{FLOW}/slots/zip")
    assert thing(page, "slots", "zip") == {}
    stages = [card for card in page.document["nodes"] if "zip" in card.get("settings", {}).get("slots", [])]  # type: ignore[union-attr]
    assert stages == []
    assert "things to look at on this page" in words(page.at) or page.draft()["issues"]
    page.undo()
    assert thing(page, "slots", "zip")["label"] == "ZIP"


def test_order_copies_and_new_answers_of_a_choice(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("find_out", show="property_type")
    order = [each["id"] for each in page.document["slots"]]  # type: ignore[union-attr]
    page.press_key(f"up/{FLOW}/slots/property_type")
    assert [each["id"] for each in page.document["slots"]].index("property_type") == order.index("property_type") - 1  # type: ignore[union-attr]
    page.undo()
    page.press_key(f"copy/{FLOW}/property_type")
    assert thing(page, "slots", "kind_of_property_copy")["type"] == "choice"
    page.undo()
    open_again = open_page("find_out", show="property_type")
    open_again.type("Add an answer", "Houseboat")
    values = [each["value"] for each in thing(page, "slots", "property_type")["choices"]]  # type: ignore[union-attr]
    assert values[-1] == "houseboat"
    open_again.undo()
    assert [each["id"] for each in page.document["slots"]] == order  # type: ignore[union-attr]


def test_a_sentence_tried_out_changes_nothing_and_is_told_in_words(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("find_out", show="zip")
    before = page.revision
    page.type("The caller says", "94017, no wait, 90001")
    text = words(page.at)
    assert "90001" in text
    assert "Put aside in the same breath: 94017" in text
    assert "It is not in the list “service area”" in text
    page.type("The caller says", "nice weather today")
    assert "Not understood" in words(page.at)
    assert page.revision == before


def test_an_answer_is_added_changed_and_found_by_a_question(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("knowledge")
    page.press("Add an answer")
    page.type("Question, or what the caller objects", "Do you clean gutters?")
    page.type("Answer", "We do, twice a year.")
    entry = page.document["knowledge"][-1]  # type: ignore[index]
    assert (entry["question"], entry["say"]) == ("Do you clean gutters?", "We do, twice a year.")  # type: ignore[index, call-overload]
    page.type("The caller says", "Do you clean gutters?")
    assert "Would be told" in words(page.at)
    for _ in range(3):
        page.undo()
    assert "gutters" not in str(page.document["knowledge"])


def test_prices_that_an_answer_names_are_allowed_with_one_click(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("knowledge", show="price_roof_repair")
    page.type("Answer", "A repair is $450 up to $1,500.")
    assert any(issue["code"] == "amount_not_allowed" for issue in page.draft()["issues"])  # type: ignore[union-attr, index, call-overload]
    page.press("Allow 450 dollars to be said")
    assert thing(page, "knowledge", "price_roof_repair")["money"] == [300, 1500, 450]
    assert not any(issue["code"] == "amount_not_allowed" for issue in page.draft()["issues"])  # type: ignore[union-attr, index, call-overload]
    page.undo()
    page.undo()
    assert thing(page, "knowledge", "price_roof_repair")["money"] == [300, 1500]


def test_search_finds_by_words_of_the_answer_too(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("knowledge")
    page.type("Search questions and answers", "9,000")
    labels = [each.label for each in page.at.button if str(each.key).startswith("open/")]
    assert labels == ["How much does a new roof cost?"]
    page.type("Search questions and answers", "zzz")
    assert "Nothing fits these words." in words(page.at)


def test_a_pasted_table_comes_in_as_one_edit_with_its_reasons(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("knowledge")
    before = page.revision
    page.open_dialog("Bring in a table")
    table = "Question\tAnswer\nDo you feed ducks?\tEvery day.\n\tNobody asked\nIs it 5 dollars?\tNo, 7 dollars.\n"
    page.type("Mark the cells in your spreadsheet, copy them, and paste them here", table)
    text = words(page.at)
    assert "2 new" in text
    assert "There is no question in this row." in text
    page.press("Bring in 2 answers")
    page.opener = ""
    assert page.revision == before + 1
    assert thing(page, "knowledge", "is_it_5_dollars")["money"] == [7]
    page.undo()
    assert "ducks" not in str(page.document["knowledge"])


def test_a_google_voice_needs_an_account_and_the_local_one_can_be_heard(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("voice")
    before = page.revision
    assert "need an account with Google" in words(page.at)
    page.press_key(f"listen/{FLOW}/local/heart")
    assert len(page.at.get("audio")) == 1
    assert page.revision == before


def tab_in_front(page: Page) -> int:
    """The place of the tab that is open at first."""

    def found(block: Block) -> int | None:
        if block.proto is not None and hasattr(block.proto, "tab_container") and block.proto.HasField("tab_container"):
            return int(block.proto.tab_container.default_tab_index)
        inner = (found(child) for child in block.children.values() if isinstance(child, Block))
        return next((place for place in inner if place is not None), None)

    place = found(page.at.main)
    assert place is not None
    return place


def test_a_link_to_a_wording_opens_its_tab(open_page) -> None:  # type: ignore[no-untyped-def]
    assert tab_in_front(open_page("voice", show="closing")) == 1
    assert tab_in_front(open_page("voice", show="nobody_says_it")) == 0


def test_assistant_wording_limits_and_phrases_are_in_the_draft(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("voice")
    page.type("Name of the assistant", "Sam")
    assert page.document["assistant"]["name"] == "Sam"  # type: ignore[index, call-overload]
    page.type("Never say, one a line", "guarantee*\nfree solar")
    assert page.document["never_say"] == [
        "\\bguarantee", "\\binsurance (will|is going to) (pay|cover)", "\\bcertif(y|ied)\\b", "\\bfree\\ solar\\b",
    ]  # fmt: skip
    page.undo()
    page.undo()
    assert page.document["assistant"]["name"] == "Robin"  # type: ignore[index, call-overload]
    assert len(page.document["never_say"]) == 6  # type: ignore[arg-type]


def test_a_criterion_is_added_and_removed_and_answers_are_judged(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("qualification")
    page.press("Add a criterion")
    page.type("What is it called?", "Worth the drive")
    assert thing(page, "criteria", "new_criterion")["label"] == "Worth the drive"
    page.undo()
    page.undo()
    assert thing(page, "criteria", "new_criterion") == {}
    before = page.revision
    page.type("ZIP", "90001")
    text = words(page.at)
    assert "Not qualified" in text
    assert "Reason in reports: Out of our area" in text
    page.type("ZIP", "somewhere")
    assert "five-digit ZIP" in words(page.at)
    assert page.revision == before


def test_a_required_reflex_can_be_worded_and_not_removed(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("reflexes", show="stop")
    assert "it cannot be removed" in words(page.at)
    assert not [each for each in page.at.button if str(each.key).startswith("remove/")]
    page.type("What is it called?", "No more calls")
    assert thing(page, "reflexes", "stop")["label"] == "No more calls"
    page.undo()
    other = open_page("reflexes", show="bad_time")
    other.press_key(f"remove/{FLOW}/reflexes/bad_time")
    assert thing(page, "reflexes", "bad_time") == {}
    other.undo()
    assert thing(page, "reflexes", "bad_time")["label"] == "Has no time now"


def test_a_sentence_shows_which_reflex_it_sets_off(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("reflexes", show="robot")
    page.type("The caller says", "Stop calling me")
    text = words(page.at)
    assert "Another reflex answers" in text
    page.type("The caller says", "The roof leaks")
    assert "Nothing happens" in words(page.at)


def test_a_reflex_by_its_own_examples(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("reflexes")
    page.open_dialog("Add a reflex")
    next(each for each in page.at.selectbox if each.key == "new-reflex-trigger").set_value("custom")
    page.run()
    page.type("What is it called?", "Has a dog", nth=-1)
    page.type("Three or more things that callers say, one a line", "Beware of my dog\nThe dog bites")
    page.press("Add")
    page.opener = ""
    assert thing(page, "reflexes", "has_a_dog")["examples"] == ["Beware of my dog", "The dog bites"]
    page.undo()
    assert thing(page, "reflexes", "has_a_dog") == {}


def test_the_business_and_a_paste_of_many_zips(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("business")
    page.type("Said like this", "Harborline")
    assert page.document["seller"]["say_as"] == "Harborline"  # type: ignore[index, call-overload]
    page.undo()
    before = len(page.document["lists"]["service_area"])  # type: ignore[index, call-overload, arg-type]
    page.type("Add ZIP codes: type them, or paste as many as you like", "94501 94502-94504, 94102 Oakland")
    area = page.document["lists"]["service_area"]  # type: ignore[index, call-overload]
    assert area[-4:] == ["94501", "94502", "94503", "94504"]  # type: ignore[index]
    text = words(page.at)
    assert "4 added. 1 were here already." in text
    assert "Oakland" in text
    page.undo()
    assert len(page.document["lists"]["service_area"]) == before  # type: ignore[index, call-overload, arg-type]


def test_a_list_is_made_filled_and_removed(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("business")
    page.type("Add a list", "Insurers")
    page.type("Add values: type or paste them", "Acme Mutual, Best Home")
    assert page.document["lists"]["insurers"] == ["Acme Mutual", "Best Home"]  # type: ignore[index, call-overload]
    page.press_key(f"remove/{FLOW}/lists/insurers")
    assert list(page.document["lists"]) == ["service_area"]  # type: ignore[arg-type]


def test_an_engine_that_is_gone_is_said_and_the_page_stays(open_page, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """The draft is still shown; trying out says why it cannot answer."""
    page = open_page("find_out", show="zip")

    def gone(*_: object, **__: object) -> httpx.Response:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(httpx.Client, "request", gone)
    next(each for each in page.at.text_input if each.label == "The caller says").set_value("94107")
    page.run()
    text = words(page.at)
    assert "The engine does not answer" in text
    assert "ZIP" in text
