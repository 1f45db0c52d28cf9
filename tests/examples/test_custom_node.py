"""The example package is installed as an integrator would, and its nodes work like ours."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from engine.call.acts import Act, Close, Played, Say
from engine.call.conversation import FlowConversation
from engine.call.scene import CallTalk
from engine.dialogue.offline import OfflineModel
from engine.flow.check import check
from engine.flow.document import FlowDocument
from engine.sdk import Node, NodeSettings, Permanent
from engine.sdk.registry import NodeTypes, discover
from engine.sdk.testbench import LEAD, NOON, Bench, card
from engine.simulate.text_call import Notebook, TextOutside
from tests.support.form_page import form_page, settings_of
from tests.support.memory_draft import MemoryDraft
from tests.support.page_text import words
from ui.forms.card_form import card_form

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "custom_node"
PACKAGE = "leadline-acme-nodes"
HERS = ("acme.business_hours", "acme.call_log", "acme.hello")


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeTypes]:
    """Builds and installs the package with pip, offline, into a folder of its own, and discovers what is there."""
    source = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("source") / "custom_node")
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*command, "--target", target, source], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    sys.path.insert(0, str(target))
    yield discover()
    sys.path.remove(str(target))
    for name in [name for name in sys.modules if name.split(".")[0] == "acme_nodes"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def document() -> FlowDocument:
    return FlowDocument.load((EXAMPLE / "flow.json").read_text())


def made(types: NodeTypes, type_: str, **settings: str) -> Node[NodeSettings]:
    return card(types.get(type_), **settings)


def test_the_hello_world_has_at_most_fifteen_lines():
    assert len((EXAMPLE / "acme_nodes" / "hello.py").read_text().splitlines()) <= 15


def test_the_readme_fits_on_one_screen():
    assert len((EXAMPLE / "README.md").read_text().splitlines()) <= 40


def test_its_three_types_are_found_beside_ours(types: NodeTypes):
    assert sorted(type_ for type_, package in types.package.items() if package == PACKAGE) == [*HERS]
    assert [types.get(type_).kind for type_ in HERS] == ["quiet", "after_call", "talk"]
    assert "book" in types and types.broken == ()


def test_they_come_from_the_installed_package_and_not_from_the_source_folder(types: NodeTypes):
    for type_ in HERS:
        file = sys.modules[types.get(type_).__module__].__file__
        assert file is not None and not Path(file).is_relative_to(EXAMPLE)


def test_the_validator_accepts_a_flow_that_uses_them(types: NodeTypes, document: FlowDocument):
    assert check(document, types) == []


def test_without_the_package_the_validator_names_what_is_missing(document: FlowDocument):
    ours = NodeTypes({klass.type: klass for klass in discover() if not klass.type.startswith("acme.")})
    assert {issue.address.id for issue in check(document, ours) if issue.level == "error"} >= {"hello", "hours", "log"}


def heard(conversation: FlowConversation, acts: Sequence[Act]) -> str:
    """Everything said in one turn, all of it heard by the caller."""
    says = [act for act in acts if isinstance(act, Say)]
    for say in says:
        conversation.played(Played(say.id, say.text, True, 0.0, 1.0))
    return " ".join(say.text for say in says)


@pytest.mark.parametrize(("hour", "words"), [(15, "within the hour"), (2, "opens again in the morning")])
async def test_a_conversation_runs_through_them(types: NodeTypes, document: FlowDocument, hour: int, words: str):
    start = datetime(2026, 9, 15, hour, tzinfo=UTC).astimezone(ZoneInfo(document.flow.seller.zone))
    talk = CallTalk("call_acme", document.flow, LEAD, lambda at: start + timedelta(seconds=at))
    conversation = FlowConversation(talk, types, OfflineModel(), TextOutside({}), Notebook())
    opening = heard(conversation, [act async for act in conversation.answered("Hello?", 0.0)])
    assert opening.startswith("Hello Dana! This is Robin, an AI assistant of Acme.")
    assert opening.endswith("What's the ZIP code of the property?")
    acts = [act async for act in conversation.heard("It's nine four one one oh", 8.0)]
    assert words in heard(conversation, acts)
    assert [act.disposition for act in acts if isinstance(act, Close)] == ["qualified"]


async def test_the_log_gets_one_line_however_often_the_step_is_tried(types: NodeTypes, tmp_path: Path):
    log = made(types, "acme.call_log", path=str(tmp_path / "calls.csv"))
    bench = Bench(key="call_1:log")
    assert (await bench.run(log)).note == "One line added."
    assert (await bench.run(log)).note == "The line was there already."
    bench.key = "call_2:log"
    await bench.run(log)
    lines = (tmp_path / "calls.csv").read_text().splitlines()
    assert [line.split(",")[1:] for line in lines] == [
        ["lead_bench", "qualified", "call_1:log"],
        ["lead_bench", "qualified", "call_2:log"],
    ]


async def test_half_a_line_from_a_crash_is_written_again(types: NodeTypes, tmp_path: Path):
    path = tmp_path / "calls.csv"
    path.write_text("2026-09-15T12:00:00+00:00,lead_ben")
    await Bench(key="call_1:log").run(made(types, "acme.call_log", path=str(path)))
    assert path.read_text().splitlines()[1].endswith(",call_1:log")


async def test_a_log_without_a_folder_is_for_a_person_to_mend(types: NodeTypes, tmp_path: Path):
    with pytest.raises(Permanent, match="does not exist"):
        await Bench().run(made(types, "acme.call_log", path=str(tmp_path / "nowhere" / "calls.csv")))


@pytest.mark.parametrize(
    ("now", "exit"),
    [
        (NOON, "open"),
        (NOON.replace(hour=8, minute=59), "closed"),
        (NOON.replace(hour=9), "open"),
        (NOON.replace(hour=17), "closed"),
        (NOON.replace(day=19), "closed"),  # a Saturday
    ],
)
async def test_business_hours_fork(types: NodeTypes, now: datetime, exit: str):
    assert await Bench(now=now).run(made(types, "acme.business_hours")) == exit


async def test_the_office_is_closed_on_a_day_off(types: NodeTypes):
    off = card(types.get("acme.business_hours"), days_off=[{"date": NOON.date().isoformat(), "why": "Fair"}])
    assert await Bench(now=NOON).run(off) == "closed"


async def test_the_log_holds_the_chosen_answers_and_the_chosen_calls(types: NodeTypes, tmp_path: Path):
    path = tmp_path / "calls.csv"
    log = card(types.get("acme.call_log"), path=str(path), answers=["zip", "never_asked"], only="qualified")
    await Bench(key="call_1:log").run(log)
    found = path.read_text().splitlines()[0].split(",")
    assert (found[2], len(found)) == ("qualified", 6)
    other = card(types.get("acme.call_log"), path=str(path), only="booked")
    assert "Not logged" in (await Bench(key="call_2:log").run(other)).note
    assert len(path.read_text().splitlines()) == 1


def drawn(types: NodeTypes, document: FlowDocument, card_id: str) -> tuple[MemoryDraft, AppTest]:
    draft = MemoryDraft(dict(document.data), types)
    return draft, form_page(draft, lambda draft, context: card_form(draft, card_id, context))


def test_its_settings_are_a_form_with_no_change_of_the_builder(types: NodeTypes, document: FlowDocument):
    draft, page = drawn(types, document, "hours")
    days = next(each for each in page.button_group if each.label == "Days")
    assert days.options == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    days.select("sat").run()
    next(each for each in page.number_input if each.label == "Closes at (hour)").set_value(20).run()
    next(each for each in page.button if each.label == "Add one").click().run()
    next(each for each in page.text_input if each.label == "Date").set_value("Christmas").run()
    settings = settings_of(draft, "hours")
    assert settings == {
        "opens": 8,
        "closes": 20,
        "days": ["mon", "tue", "wed", "thu", "fri", "sat"],
        "days_off": [{"date": "Christmas"}],
    }
    assert "is not written as it must be" in words(page)  # its own pattern, at its own field
    next(each for each in page.text_input if each.label == "Date").set_value("2026-12-24").run()
    assert draft.issues == [] and draft.conflicts == []


def test_its_settings_refer_to_the_flow_by_the_marks_it_sets(types: NodeTypes, document: FlowDocument):
    draft, page = drawn(types, document, "log")
    add = next(each for each in page.selectbox if each.label == "Add to Answers to log")
    assert add.options == ["ZIP"]
    add.select("zip").run()
    assert settings_of(draft, "log")["answers"] == ["zip"]
    outcome = next(each for each in page.selectbox if each.label == "Only calls that ended as")
    outcome.select("booked").run()
    assert settings_of(draft, "log")["only"] == "booked"
    draft.changed_by_somebody_else({"do": "put", "path": ["slots"], "value": []})
    assert [str(issue.field) for issue in draft.issues if issue.id == "log"] == ["settings.answers"]


def test_business_hours_of_the_first_version_still_work(types: NodeTypes):
    settings = types.make("acme.business_hours", {"hours": "8-18"}, version=1).settings.model_dump()
    assert (settings["opens"], settings["closes"]) == (8, 18)


async def test_hello_says_hello(types: NodeTypes):
    assert [line.text for line in (await Bench().enter(made(types, "acme.hello"))).lines] == ["Hello Dana!"]
