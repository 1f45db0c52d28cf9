"""What a node type declares, and what is made of it."""

from typing import TypeVar

import pytest
from pydantic import Field

from engine.sdk import NEXT, AfterCallNode, Effects, NodeSettings, QuietContext, QuietNode, Step, TalkContext, TalkNode
from engine.sdk.registry import NodeClass, NodeTypes, NodeTypeUnknown, SettingsInvalid, discover
from engine.sdk.values import Json


class GreetSettings(NodeSettings):
    words: str = Field(title="What to say", description="A greeting.", min_length=1)
    times: int = Field(1, title="How often", ge=1, le=3)


class Greet(TalkNode[GreetSettings]):
    type = "t.greet"
    title = "Greet"
    version = 3

    @classmethod
    def migrate(cls, settings: dict[str, Json], from_version: int) -> dict[str, Json]:
        """Version 1 said `text`; version 2 counted from 0."""
        settings = dict(settings)
        if from_version < 2 and "text" in settings:
            settings["words"] = settings.pop("text")
        if from_version < 3 and isinstance(before := settings.get("times", 0), int):
            settings["times"] = before + 1
        return settings

    async def enter(self, ctx: TalkContext) -> Step:
        return Step().say(self.settings.words).leave()


class GreetLouder(Greet):
    type = "t.greet_louder"
    title = "Greet louder"


class Plain(QuietNode[NodeSettings]):
    type = "t.plain"
    title = "Plain"

    async def run(self, ctx: QuietContext) -> str:
        return "next"


S = TypeVar("S", bound=NodeSettings)


class Family(QuietNode[S]):
    async def run(self, ctx: QuietContext) -> str:
        return "next"


class Member(Family[GreetSettings]):
    type = "t.member"
    title = "Member"


TYPES = NodeTypes({klass.type: klass for klass in (Greet, GreetLouder, Plain, Member)})
BUILT_IN = [klass for klass in discover() if discover().package[klass.type] == "leadline"]


def test_the_settings_class_is_found_where_it_is_named():
    assert Greet.settings_model() is GreetSettings
    assert Plain.settings_model() is NodeSettings


def test_the_settings_class_is_inherited():
    assert GreetLouder.settings_model() is GreetSettings
    assert Member.settings_model() is GreetSettings


def test_settings_become_a_json_schema_for_the_builders_form():
    schema = Greet.settings_schema()
    assert schema["required"] == ["words"]
    assert schema["properties"] == {
        "words": {"title": "What to say", "description": "A greeting.", "minLength": 1, "type": "string"},
        "times": {"title": "How often", "default": 1, "minimum": 1, "maximum": 3, "type": "integer"},
    }


@pytest.mark.parametrize(
    ("version", "settings"),
    [(1, {"text": "Hi", "times": 1}), (2, {"words": "Hi", "times": 1}), (3, {"words": "Hi", "times": 2})],
)
def test_settings_of_every_version_arrive_in_todays_form(version: int, settings: dict[str, Json]):
    made = TYPES.make("t.greet", settings, version)
    assert made.settings == GreetSettings(words="Hi", times=2)


def test_settings_without_a_version_are_taken_as_todays():
    assert TYPES.make("t.greet", {"words": "Hi"}).settings == GreetSettings(words="Hi", times=1)


def test_settings_given_for_migration_are_not_changed():
    given: dict[str, Json] = {"text": "Hi"}
    TYPES.make("t.greet", given, 1)
    assert given == {"text": "Hi"}


def test_fields_of_a_newer_version_are_kept():
    made = TYPES.make("t.greet", {"words": "Hi", "colour": {"hue": 3}}, 4)
    assert made.settings.model_dump()["colour"] == {"hue": 3}


def test_settings_that_do_not_fit_are_named_field_by_field():
    with pytest.raises(SettingsInvalid) as caught:
        TYPES.make("t.greet", {"words": "", "times": 9})
    assert [path for path, _ in caught.value.problems] == ["words", "times"]


def test_a_type_that_nobody_brings_is_named():
    with pytest.raises(NodeTypeUnknown, match=r"No installed package brings the node type 'acme\.x'"):
        TYPES.make("acme.x", {})


def test_a_type_that_declares_nothing_more_goes_one_way_and_touches_nothing_outside():
    assert Plain.exits == (NEXT,) and Plain.effects == Effects() and not Plain.effects.outside


@pytest.mark.parametrize("klass", BUILT_IN, ids=lambda klass: klass.type)
def test_built_in_types_say_what_a_builder_needs(klass: NodeClass):
    assert klass.title and klass.summary.endswith(".") and klass.icon
    assert klass.shelf in {"talk", "decide", "schedule", "handoff", "connect", "aftercall"}
    for name, info in klass.settings_model().model_fields.items():
        assert info.title, f"{klass.type}.{name} has no title for its form"


@pytest.mark.parametrize("klass", BUILT_IN, ids=lambda klass: klass.type)
def test_built_in_types_declare_exits_and_effects(klass: NodeClass):
    names = [exit.name for exit in klass.exits]
    assert len(set(names)) == len(names) and all(exit.label for exit in klass.exits)
    assert bool(names) != klass.terminal
    assert klass.effects.speaks == (klass.kind == "talk")
    assert klass.effects.budget_s > 0
    if issubclass(klass, AfterCallNode):
        assert klass.effects.outside or klass.type == "wait", "it is all that a card behind the call can be there for"
    elif klass.effects.outside:
        assert any(exit.failure for exit in klass.exits), "outside work can fail, so it needs a way out for that"
    fields = klass.settings_model().model_fields
    assert {*klass.effects.reads, *klass.effects.writes} <= {*fields}
