"""The flows that ship: sound, complete, in canonical form, with the wording the rules ask for."""

import json
import re

import pytest

from engine.call.facts import flow_facts
from engine.dialogue.template import fill, national
from engine.flow import shipped
from engine.flow.check import check
from engine.flow.imports import Fine, import_flow
from engine.flow.sentences import sentence
from engine.flow.text import canonical
from engine.sdk.registry import discover

TYPES = discover()


def test_three_flows_ship():
    assert shipped.names() == ("dental", "home_services", "solar")
    with pytest.raises(shipped.NoSuchFlow, match="home_services"):
        shipped.load("bakery")


@pytest.mark.parametrize("name", shipped.names())
def test_a_shipped_flow_has_no_issues(name: str):
    document = shipped.load(name)
    assert check(document, TYPES) == []
    assert isinstance(import_flow(document.original, TYPES), Fine)


@pytest.mark.parametrize("name", shipped.names())
def test_a_shipped_flow_is_in_canonical_form(name: str):
    document = shipped.load(name)
    assert document.original == canonical(json.loads(document.original))
    assert document.save() == document.original


@pytest.mark.parametrize(
    ("name", "short"), [("home_services", "Harborline"), ("solar", "Sunhollow"), ("dental", "Cedar Lane Dental")]
)
def test_no_text_names_the_business_or_its_phone_so_that_another_business_can_begin_from_it(name: str, short: str):
    """Whoever fills in their own business has filled it in everywhere."""
    data = json.loads(shipped.load(name).original)
    seller, assistant = data.pop("seller"), data.pop("assistant")
    rest = json.dumps(data, ensure_ascii=False)
    own = [seller["legal_name"], short, assistant["name"], *map(national, (seller["phone"], seller["opt_out_phone"]))]
    assert [each for each in own if each in rest] == []


@pytest.mark.parametrize("name", shipped.names())
def test_renaming_everything_breaks_nothing(name: str):
    data = json.loads(shipped.load(name).original)
    for part in (*data["slots"], *data["reflexes"], *data["criteria"]):
        part["label"] = "Renamed " + part["id"]
    for card in data["nodes"]:
        card["name"] = "Renamed " + card["id"]
    assert check(shipped.load(name).replaced(data), TYPES) == []


@pytest.mark.parametrize("name", shipped.names())
def test_the_opening_says_what_must_be_said_before_anything_is_asked(name: str):
    flow = shipped.load(name).flow
    text = fill(str(flow.node("opening").settings["text"]), flow_facts(flow))
    for needed in (r"\bAI\b", r"stop these calls", r"press 9", r"recorded", re.escape(flow.seller.say_as)):
        assert re.search(needed, text), needed


@pytest.mark.parametrize("name", shipped.names())
def test_no_wording_trips_over_what_must_never_be_said(name: str):
    flow = shipped.load(name).flow
    cards = (text for card in flow.nodes for text in TYPES.make(card.type, card.settings, card.v).texts())
    texts = [
        *cards,
        *(entry.say for entry in flow.knowledge),
        *(text for reflex in flow.reflexes for text in reflex.do.say),
        *(text for slot in flow.slots for text in slot.ask),
    ]
    for pattern in flow.never_say:
        assert not [text for text in texts if re.search(pattern, text, re.IGNORECASE)], pattern


def test_home_questions_are_recognised_by_callers_as_what_they_are():
    cues = {
        "service_type": r"what (can|may) (we|i)|what.{0,25}(need|going on|problem)|which service|what kind of",
        "timeline": r"how soon|when (do|would|are) you|time ?frame",
        "property_type": r"house|home or|residential|commercial|business (building|property)|for a home",
        "zip": r"zip",
        "authority": r"own(er)?\b|okay the work",
        "email": r"e-?mail",
        "follow_up": r"when (should|shall|can|would).{0,25}call|good time to call",
    }
    flow = shipped.load("home_services").flow
    for id, cue in cues.items():
        for text in flow.slot(id).ask:
            assert re.search(cue, text, re.IGNORECASE), (id, text)


def test_the_robot_question_is_answered_honestly_and_offers_a_colleague():
    flow = shipped.load("home_services").flow
    reflex = next(each for each in flow.reflexes if each.trigger == "are_you_robot")
    for text in reflex.do.say:
        assert re.search(r"\b(yes|i'?m).{0,25}\bai\b", text, re.IGNORECASE)
        assert re.search(r"colleague|person", text)


def test_the_service_area_is_the_published_one():
    area = set(shipped.load("home_services").flow.lists["service_area"])
    assert {"94107", "94110", "94131", "94158", "94015", "94080"} <= area
    assert not {"94017", "94601", "94106", "94119"} & area
    assert len(area) == 31  # counted from the published ranges


def test_rules_of_shipped_flows_read_as_sentences():
    flow = shipped.load("home_services").flow
    said = {each.id: sentence(each.test, flow) for each in flow.criteria}
    assert said["q3"] == "the ZIP is in the service area"
    assert said["q4"] == "the time until the work is wanted is at most 30 days"
    assert said["q2"] == "the kind of property is residential"


@pytest.mark.parametrize("name", ["home_services", "solar"])
def test_areas_of_staff_count_in_flows_that_visit_people_at_home(name: str) -> None:
    """Whoever entered areas was sent everywhere all the same: the booking card did not say where the visit is."""
    [book] = [card for card in shipped.load(name).flow.nodes if card.type == "book"]
    assert book.settings["place_slot"] == "zip"
    assert "zip" in book.settings["needs"]
