"""A stage: what it wants, and when it has had enough."""

from engine.sdk import Question, Want
from engine.sdk.testbench import Bench, card
from nodes.talk.stage import Stage


async def test_a_stage_wants_its_slots_and_leaves_when_nothing_is_left_to_ask():
    step = await Bench(slots={"zip": None, "timeline": None}).enter(
        card(Stage, goal="Find out", slots=["zip", "timeline"])
    )
    assert step.question == Want(("zip", "timeline")) and step.exit == "next"


async def test_a_stage_is_left_as_soon_as_it_knows_enough():
    rule = {"slot": "zip", "is": "known"}
    node = card(Stage, goal="Find out", slots=["zip", "timeline"], enough_when=rule)
    bench = Bench(slots={"zip": None, "timeline": None})
    bench.rules = lambda asked: asked == rule and bench.read("zip").known
    assert (await bench.enter(node)).question is not None
    step = await bench.hear(node, "94110", slots={"zip": "94110"})
    assert step.question is None and step.exit == "next"


async def test_a_stage_is_left_after_its_longest_stay():
    node = card(Stage, goal="Find out", slots=["zip"], max_turns=2)
    bench = Bench(slots={"zip": None})
    await bench.enter(node)
    assert (await bench.hear(node, "what?")).question == Want(("zip",))
    assert (await bench.hear(node, "what?")).question is None


async def test_a_stage_without_slots_asks_its_question_once():
    node = card(Stage, goal="Warm up", question=["How are you, {first_name}?"])
    bench = Bench()
    step = await bench.enter(node)
    assert isinstance(step.question, Question) and step.question.text == "How are you, Dana?" and step.exit is None
    step = await bench.hear(node, "fine")
    assert step.question is None and step.exit == "next"


async def test_each_call_uses_one_of_several_wordings_and_all_get_their_turn():
    node = card(Stage, goal="Warm up", question=["How are you?", "How is it going?"])
    heard = set()
    for number in range(20):
        step = await Bench(call_id=f"call_{number}").enter(node)
        assert isinstance(step.question, Question)
        heard.add(step.question.text)
    assert heard == {"How are you?", "How is it going?"}


async def test_a_stage_with_nothing_to_do_is_passed():
    assert (await Bench().enter(card(Stage, goal="Nothing"))).exit == "next"


def test_the_validator_learns_what_a_stage_asks():
    assert card(Stage, goal="g", slots=["zip"]).slots_wanted() == ("zip",)
    assert card(Stage, goal="g", slots=["zip"]).asks() and card(Stage, goal="g", question=["Hm?"]).asks()
    assert not card(Stage, goal="g").asks()
