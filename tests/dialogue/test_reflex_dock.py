"""Which behaviour is answered, how often, and how soon again."""

import pytest

from engine.dialogue.commands import Behaved
from engine.dialogue.recognisers.reflex_banks import Reflex as Kind
from engine.dialogue.reflexes import CUSTOM, PRIORITY, ReflexDock
from engine.flow import shipped
from engine.flow.checks.dialogue import REQUIRED
from engine.flow.model import Flow, Reflex


def _reflex(id: str, trigger: str, **more: object) -> Reflex:
    return Reflex.model_validate(
        {"id": id, "label": id, "trigger": trigger, "do": {"say": [id], "then": "return"}, **more}
    )


def _dock(*reflexes: Reflex) -> ReflexDock:
    flow: Flow = shipped.load("home_services").flow
    return ReflexDock(flow.model_copy(update={"reflexes": reflexes}))


def _did(*triggers: str) -> list[Behaved]:
    return [Behaved(trigger, "words", 0.9) for trigger in triggers]


def test_the_weightiest_behaviour_is_answered_whatever_the_order() -> None:
    dock = _dock(_reflex("bye", "goodbye"), _reflex("fire", "emergency"), _reflex("stop", "opt_out_clear"))
    fired = dock.fire(_did("goodbye", "opt_out_clear", "emergency"), 0.0)
    assert fired is not None
    assert fired.reflex.id == "fire"


def test_an_authors_own_reflex_comes_after_the_engines() -> None:
    dock = _dock(_reflex("own", "custom", examples=["x"]), _reflex("bye", "goodbye"))
    fired = dock.fire(_did(f"{CUSTOM}own", "goodbye"), 0.0)
    assert fired is not None
    assert fired.reflex.id == "bye"
    own = dock.fire(_did(f"{CUSTOM}own"), 1.0)
    assert own is not None
    assert own.reflex.id == "own"


def test_past_its_limit_the_second_action_is_taken() -> None:
    dock = _dock(_reflex("abuse", "abuse", limit=1, past_limit={"say": ["enough"], "then": "end"}))
    first, second = dock.fire(_did("abuse"), 0.0), dock.fire(_did("abuse"), 5.0)
    assert first is not None
    assert second is not None
    assert (first.action.then, second.action.then) == ("return", "end")


def test_past_its_limit_without_a_second_action_the_next_behaviour_is_answered() -> None:
    dock = _dock(_reflex("abuse", "abuse", limit=1), _reflex("bye", "goodbye"))
    dock.fire(_did("abuse"), 0.0)
    fired = dock.fire(_did("abuse", "goodbye"), 5.0)
    assert fired is not None
    assert fired.reflex.id == "bye"


@pytest.mark.parametrize(("at", "answers"), [(44.9, False), (45.0, True)])
def test_in_its_cool_down_it_stays_quiet(at: float, answers: bool) -> None:
    dock = _dock(_reflex("upset", "upset", cool_down_s=45))
    dock.fire(_did("upset"), 0.0)
    assert (dock.fire(_did("upset"), at) is not None) is answers


def test_a_behaviour_without_a_reflex_is_let_pass() -> None:
    assert _dock().fire(_did("thinking"), 0.0) is None


def test_every_behaviour_that_can_be_recognised_has_its_rank() -> None:
    # Swearing at the leak is carried on with kindly, and "nothing else" is an answer: neither has a reflex.
    assert {kind.value for kind in Kind} - {"swearing", "nothing_else"} == set(PRIORITY) & {kind.value for kind in Kind}


@pytest.mark.parametrize("name", shipped.names())
def test_the_unremovable_reflexes_are_there(name: str) -> None:
    assert {reflex.trigger for reflex in shipped.load(name).flow.reflexes} >= REQUIRED.keys()


def test_the_card_of_a_reflex_is_found_by_its_trigger() -> None:
    dock = ReflexDock(shipped.load("home_services").flow)
    assert dock.target_of("wants_person") == "transfer_person"
    assert dock.target_of("goodbye") is None
