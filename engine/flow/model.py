"""The flow document, typed. Its JSON form is schemas/flow.schema.json; the words are those of the builder's screens.

Everything refers by permanent id. Fields that this version does not understand are kept (`extra="allow"`), so that
a flow made by a newer Leadline or an unknown package loses nothing by passing through.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.sdk import Json, Scalar, SlotType

FORMAT: Final = "leadline.flow"
FORMAT_VERSION: Final = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)


class Need(_Part):
    """A package that brings node types of this flow, with the range of versions it was made for."""

    package: str
    range: str = "*"


class Seller(_Part):
    """The business on whose behalf the call is made. Phones are E.164; `zone` is an IANA name."""

    legal_name: str
    say_as: str
    phone: str
    opt_out_phone: str | None = None
    zone: str = "America/New_York"


class Assistant(_Part):
    name: str
    voice: str = "heart"
    style: tuple[str, ...] = ()


class Limits(_Part):
    """Seconds. `max_call_s`: the call is ended politely after this long. Silence: see conversation.md."""

    max_call_s: int = 600
    silence_first_s: float = 5.0
    silence_next_s: float = 6.0
    silence_prompts: int = 2


class EarChoice(_Part):
    """Who listens. Empty fields are as the settings say (`engine.providers.choice`)."""

    use: str = ""
    connection: str = ""
    model: str = ""
    location: str = ""


class VoiceChoice(_Part):
    """Who speaks. `second_voice` takes over when the first one fails. Empty fields are as the settings say."""

    use: str = ""
    connection: str = ""
    voice: str = ""
    second_voice: str = ""
    location: str = ""


class MindChoice(_Part):
    """Who interprets and words. `models`: the first is asked, the next ones take over. Empty fields are as the settings
    say."""

    use: str = ""
    connection: str = ""
    models: tuple[str, ...] = ()


class ProviderChoice(_Part):
    """Services that this flow's calls use instead of those that the settings name."""

    ear: EarChoice = EarChoice()
    voice: VoiceChoice = VoiceChoice()
    mind: MindChoice = MindChoice()


class ChoiceOption(_Part):
    """One answer of a choice. `not_synonyms`: phrases that sound like it and mean something else."""

    value: str
    label: str
    synonyms: tuple[str, ...] = ()
    not_synonyms: tuple[str, ...] = ()


class SlotCheck(_Part):
    """What a value must satisfy to be taken. `in_list`: a list of the flow; the look-up goes into the journal under
    `action`. A value outside the list is *stored*: whether that disqualifies is a matter of the criteria."""

    min: float | None = None
    max: float | None = None
    pattern: str | None = None
    max_length: int | None = None
    in_list: str | None = None
    action: str | None = None


class Slot(_Part):
    """Something the flow wants to know; on screen a "thing to find out".

    `ask`: two or three ways to ask, used in turn. `confirm_prefill`: how to ask when only the lead form says it
    ("You asked about {value}: what's going on there?"). `implied_by`: per value, words of other answers that settle
    this one. `spoken`: how to name it in a sentence ("ZIP"; empty: the label).
    `prefill`: the form field whose text fills it before the call.
    """

    id: str
    label: str
    spoken: str = ""
    type: SlotType
    need: Literal["must", "nice", "if_offered"] = "must"
    ask: tuple[str, ...] = ()
    ask_again: tuple[str, ...] = ()
    confirm_prefill: str | None = None
    why: str = ""
    choices: tuple[ChoiceOption, ...] = ()
    allow_other: bool = False
    check: SlotCheck | None = None
    read_back: Literal["never", "if_unsure", "always"] = "never"
    privacy: Literal["plain", "personal", "sensitive"] = "plain"
    prefill: str | None = None
    acknowledge: tuple[str, ...] = ()
    implied_by: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    max_asks: int = 3


class Knowledge(_Part):
    """Something the assistant may state. `about`: slot values that make it the fitting answer (a price per service).
    `money`: the only amounts that may be spoken with it."""

    id: str
    question: str
    aliases: tuple[str, ...] = ()
    say: str
    about: dict[str, Scalar] = Field(default_factory=dict)
    money: tuple[float, ...] = ()
    topic: str = ""


class Rule(_Part):
    """A condition: `all`, `any` or `not` of rules, or one test.

    One test names its subject (`slot`, `criterion`, `qualification: true`, `call`) and says what must hold: `is_`
    (JSON: `is`) with `value`.

        slot           known, unknown, refused, equals, not_equals, one_of, none_of, at_least, at_most, in_list,
                       not_in_list, contains
        criterion      met, failed, open
        qualification  equals "qualified", "unqualified", "open"
        call           attempt, hour, flag, disposition with equals / at_least / at_most / contains
    """

    all: tuple[Rule, ...] | None = None
    any: tuple[Rule, ...] | None = None
    not_: Rule | None = Field(default=None, alias="not")
    slot: str | None = None
    criterion: str | None = None
    qualification: bool | None = None
    call: str | None = None
    is_: str | None = Field(default=None, alias="is")
    value: Scalar | tuple[Scalar, ...] | None = None


class Criterion(_Part):
    """A test that makes the lead qualified or not. `hard`: failing it ends qualification; `soft`: it is noted."""

    id: str
    label: str
    test: Rule
    kind: Literal["hard", "soft"] = "hard"
    reason: str


class ReflexAction(_Part):
    """What a reflex does: says `say` (several are used in turn), sets a flag, then goes back to where the talk was
    (`return`), to a node (`go`) or ends the call (`end`)."""

    say: tuple[str, ...] = ()
    then: Literal["return", "go", "end"] = "return"
    go: str | None = None
    disposition: str | None = None
    reason: str | None = None
    flag: str | None = None
    action: str | None = None
    ask_again: bool = True
    """After `return`: repeat the open question in the same breath."""


class Reflex(_Part):
    """Behaviour that is on in every stage. `trigger`: one of the engine's behaviours (`engine.dialogue.reflexes`) or
    `custom`, which goes by the examples alone. `limit`: times a call (0: no limit); after it, `past_limit` holds."""

    id: str
    label: str
    trigger: str
    examples: tuple[str, ...] = ()
    not_examples: tuple[str, ...] = ()
    do: ReflexAction
    limit: int = 0
    cool_down_s: float = 0.0
    past_limit: ReflexAction | None = None


class NodeCard(_Part):
    """A card of the graph. `settings` belong to its type; `v` is the type's version they were made with."""

    id: str
    type: str
    v: int = 1
    name: str
    settings: dict[str, Json] = Field(default_factory=dict)
    note: str = ""


class WayOut(_Part):
    """The exit of a node, as an address."""

    node: str
    exit: str = "next"


class Intention(_Part):
    """*When the caller* ...: a behaviour of the caller, in plain words, with examples on both sides of the line.
    `trigger` may name one of the engine's behaviours."""

    says: str
    trigger: str | None = None
    examples: tuple[str, ...] = ()
    not_examples: tuple[str, ...] = ()


class Edge(_Part):
    """A way from one card to the next. Considered in the order rule, intent, otherwise; first match wins."""

    id: str
    from_: WayOut = Field(alias="from")
    to: str
    kind: Literal["rule", "intent", "otherwise"] = "otherwise"
    rule: Rule | None = None
    intent: Intention | None = None
    label: str = ""


class Position(_Part):
    x: float
    y: float


class Layout(_Part):
    """Where cards lie. No part of the meaning: a moved card is no change of the flow."""

    nodes: dict[str, Position] = Field(default_factory=dict)


class Flow(_Part):
    """A whole flow. `lists`: named lists of values, such as a service area. `start`: id of the first card.

    `texts`: fixed wording used by the engine itself, by name (see `engine.dialogue.phrases` for names and defaults).
    `never_say`: patterns that must not leave the agent's mouth, besides those that hold for every flow.
    """

    format: Literal["leadline.flow"] = FORMAT
    format_version: int = FORMAT_VERSION
    id: str
    version: int = 1
    name: str
    description: str = ""
    made_with: str = ""
    needs: tuple[Need, ...] = ()
    language: str = "en-US"
    seller: Seller
    assistant: Assistant
    limits: Limits = Limits()
    providers: ProviderChoice = ProviderChoice()
    slots: tuple[Slot, ...] = ()
    lists: dict[str, tuple[Scalar, ...]] = Field(default_factory=dict)
    knowledge: tuple[Knowledge, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    reflexes: tuple[Reflex, ...] = ()
    start: str
    start_inbound: str | None = None
    """Id of the card with which a call begins that comes in. Without one the flow takes no such calls."""
    nodes: tuple[NodeCard, ...] = ()
    edges: tuple[Edge, ...] = ()
    after_call: tuple[str, ...] = ()
    """Ids of the cards that begin the after-call lane."""
    texts: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    never_say: tuple[str, ...] = ()
    layout: Layout = Layout()

    def slot(self, id: str) -> Slot:
        """Raises KeyError."""
        for slot in self.slots:
            if slot.id == id:
                return slot
        raise KeyError(id)

    def node(self, id: str) -> NodeCard:
        """Raises KeyError."""
        for node in self.nodes:
            if node.id == id:
                return node
        raise KeyError(id)

    def edges_from(self, node: str, exit: str | None = None) -> tuple[Edge, ...]:
        """Edges out of a card (of one exit), in the order in which they are considered."""
        order = {"rule": 0, "intent": 1, "otherwise": 2}
        found = [edge for edge in self.edges if edge.from_.node == node and exit in (None, edge.from_.exit)]
        return tuple(sorted(found, key=lambda edge: order[edge.kind]))
