"""A rule as the builder edits it: a tree of tests and groups, and what may be picked at each place. Pure.

`parse` and `build` are exact: what this version does not know is kept and written back. How a rule reads is in
`ui.sentences`; what it says about a call is the engine's matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from ui.forms.binding import MISSING, Missing
from ui.records import Json, Scalar

How = Literal["all", "any"]
About = Literal["slot", "criterion", "qualification", "call"]
NOTHING: Final[Mapping[str, Json]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Condition:
    """One test. `name`: of the slot, criterion or fact of the call, empty for the qualification. `is_`: MISSING when
    it does not say. `rest`: fields that are not understood."""

    about: About
    name: str = ""
    is_: str | Missing = MISSING
    value: Json | Missing = MISSING
    rest: Mapping[str, Json] = field(default_factory=lambda: NOTHING)

    @property
    def subject(self) -> Subject:
        return Subject(self.about, self.name)

    @property
    def values(self) -> tuple[Scalar, ...]:
        """What it compares with, as several."""
        given = self.value if isinstance(self.value, list) else [self.value]
        return tuple(each for each in given if isinstance(each, str | int | float))


@dataclass(frozen=True, slots=True)
class Group:
    """Tests that hold together (`all`) or of which one is enough (`any`)."""

    how: How
    parts: tuple[Part, ...]
    rest: Mapping[str, Json] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Negation:
    """It is not so that `part` holds."""

    part: Part
    rest: Mapping[str, Json] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Opaque:
    """A part that cannot be edited by picking: it says nothing, too much, or something of a newer version."""

    raw: Json


Part: TypeAlias = Condition | Group | Negation | Opaque
Place: TypeAlias = tuple[int, ...]
"""Where a part stands: its place in each group on the way. A negation has its only part at 0."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a test looks at."""

    about: About
    name: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """A test as it is picked: "is more than" is the opposite of at most. `takes`: what it compares with."""

    code: str
    is_: str
    negated: bool = False
    takes: Literal["nothing", "one", "many", "list"] = "nothing"


TRIALS: Final[Mapping[str, Trial]] = {
    trial.code: trial
    for trial in (
        Trial("known", "known"),
        Trial("unknown", "unknown"),
        Trial("refused", "refused"),
        Trial("equals", "equals", takes="one"),
        Trial("not_equals", "not_equals", takes="one"),
        Trial("one_of", "one_of", takes="many"),
        Trial("none_of", "none_of", takes="many"),
        Trial("more_than", "at_most", negated=True, takes="one"),
        Trial("at_least", "at_least", takes="one"),
        Trial("less_than", "at_least", negated=True, takes="one"),
        Trial("at_most", "at_most", takes="one"),
        Trial("contains", "contains", takes="one"),
        Trial("not_contains", "contains", negated=True, takes="one"),
        Trial("in_list", "in_list", takes="list"),
        Trial("not_in_list", "not_in_list", takes="list"),
        Trial("not_known", "known", negated=True),
        Trial("not_refused", "refused", negated=True),
        Trial("met", "met"),
        Trial("failed", "failed"),
        Trial("open", "open"),
        Trial("not_open", "open", negated=True),
    )
}
_STATES: Final = ("known", "unknown", "refused")
_EQUAL: Final = ("equals", "not_equals", "one_of", "none_of")
_BOUNDS: Final = ("more_than", "at_least", "less_than", "at_most")
_LISTED: Final = ("in_list", "not_in_list")
_WORDS: Final = ("contains", "not_contains")
_OF_NUMBERS: Final = (*_BOUNDS, "equals", "not_equals", "one_of", "none_of", *_STATES, *_LISTED)
_OF_TEXTS: Final = (*_STATES, *_EQUAL, *_WORDS, *_LISTED)
OF_SLOT: Final[Mapping[str, tuple[str, ...]]] = {
    "number": _OF_NUMBERS,
    "money": _OF_NUMBERS,
    "duration": _OF_NUMBERS,
    "choice": (*_EQUAL, *_STATES, *_LISTED),
    "yes_no": ("equals", "not_equals", *_STATES),
    "date": (*_BOUNDS, *_EQUAL, *_STATES),
    "appointment": (*_STATES, *_BOUNDS),
}
"""What can be asked of a slot by its type; of all other types `_OF_TEXTS`."""
OF_CALL: Final[Mapping[str, tuple[str, ...]]] = {
    "attempt": (*_BOUNDS, "equals", "not_equals"),
    "hour": (*_BOUNDS, "equals", "not_equals"),
    "flag": (*_WORDS,),
    "disposition": _EQUAL,
}
STANDINGS: Final = ("qualified", "unqualified", "open")
_SUBJECTS: Final = ("slot", "criterion", "qualification", "call", "all", "any", "not")


def parse(rule: Json | Missing) -> Part | None:
    """None where there is no rule at all."""
    if isinstance(rule, Missing) or rule is None or rule == {}:
        return None if isinstance(rule, Missing) or rule is None else Opaque(rule)
    if not isinstance(rule, dict):
        return Opaque(rule)
    said = [name for name in _SUBJECTS if rule.get(name) is not None]
    if len(said) != 1:
        return Opaque(rule)
    (subject,) = said
    value = rule[subject]
    match subject:
        case "all" | "any" if isinstance(value, list):
            how: How = "all" if subject == "all" else "any"
            parts = tuple(part if (part := parse(each)) is not None else Opaque(each) for each in value)
            return Group(how, parts, _rest(rule, how))
        case "not":
            inner = parse(value)
            return Negation(inner if inner is not None else Opaque(value), _rest(rule, "not"))
        case "slot" | "criterion" | "call" if isinstance(value, str):
            return _test(rule, subject, value)
        case "qualification" if value is True:
            return _test(rule, "qualification", "")
    return Opaque(rule)


def _test(rule: dict[str, Json], about: About, name: str) -> Part:
    is_ = rule.get("is", MISSING)
    if not isinstance(is_, str | Missing):
        return Opaque(rule)
    return Condition(about, name, is_, rule.get("value", MISSING), _rest(rule, about, "is", "value"))


def _rest(rule: dict[str, Json], *known: str) -> Mapping[str, Json]:
    return {name: value for name, value in rule.items() if name not in known}


def build(part: Part) -> Json:
    """The rule's JSON."""
    match part:
        case Condition():
            rule: dict[str, Json] = {part.about: True if part.about == "qualification" else part.name}
            if not isinstance(part.is_, Missing):
                rule["is"] = part.is_
            if not isinstance(part.value, Missing):
                rule["value"] = part.value
            return rule | dict(part.rest)
        case Group():
            return {part.how: [build(each) for each in part.parts], **part.rest}
        case Negation():
            return {"not": build(part.part), **part.rest}
        case Opaque():
            return part.raw


# What stands where.


def part_at(tree: Part, place: Place) -> Part:
    """Raises IndexError."""
    if not place:
        return tree
    return part_at(_inner(tree)[place[0]], place[1:])


def _inner(part: Part) -> tuple[Part, ...]:
    match part:
        case Group():
            return part.parts
        case Negation():
            return (part.part,)
        case _:
            return ()


def replaced(tree: Part, place: Place, new: Part | None) -> Part | None:
    """The tree with another part at `place`, or without it. A group that has lost its last part goes with it."""
    if not place:
        return new
    here, *deeper = place
    inner = replaced(_inner(tree)[here], tuple(deeper), new)
    match tree:
        case Group():
            parts = (*tree.parts[:here], *((inner,) if inner is not None else ()), *tree.parts[here + 1 :])
            return replace(tree, parts=parts) if parts else None
        case Negation():
            return replace(tree, part=inner) if inner is not None else None
        case _:
            raise IndexError(here)


def joined(tree: Part | None, place: Place, how: How, new: Part) -> Part:
    """The tree with `new` beside the part at `place`: `and` for all, `or` for any.

    A group of that kind takes it in; a part that stands in such a group gets a neighbour; anything else becomes a group
    of the two.
    """
    if tree is None:
        return new
    part = part_at(tree, place)
    if isinstance(part, Group) and part.how == how:
        grown: Part | None = replaced(tree, place, replace(part, parts=(*part.parts, new)))
    elif place and isinstance(around := part_at(tree, place[:-1]), Group) and around.how == how:
        at = place[-1] + 1
        parts = (*around.parts[:at], new, *around.parts[at:])
        grown = replaced(tree, place[:-1], replace(around, parts=parts))
    else:
        grown = replaced(tree, place, Group(how, (part, new)))
    assert grown is not None
    return grown


def turned(part: Part) -> Part:
    """The opposite. What was turned around twice is as before."""
    if isinstance(part, Negation) and not part.rest:
        return part.part
    return Negation(part)


# What can be picked.


def trials_for(subject: Subject, slot_type: str = "text") -> tuple[Trial, ...]:
    """In the order in which they are offered."""
    match subject.about:
        case "slot":
            codes = OF_SLOT.get(slot_type, _OF_TEXTS)
        case "criterion":
            codes = ("met", "failed", "open")
        case "call":
            codes = OF_CALL.get(subject.name, _EQUAL)
        case _:
            codes = ("equals",)
    return tuple(TRIALS[code] for code in codes)


def trial_of(part: Part) -> Trial | None:
    """What a row of the builder shows: of a test, or of a test that is turned around. None for anything else."""
    negated = isinstance(part, Negation) and not part.rest
    test = part.part if isinstance(part, Negation) and negated else part
    if not isinstance(test, Condition):
        return None
    is_ = "equals" if isinstance(test.is_, Missing) else test.is_
    exact = next((each for each in TRIALS.values() if each.is_ == is_ and each.negated == negated), None)
    if exact is not None:
        return exact
    opposite = _OPPOSITE.get(is_)
    return TRIALS.get(opposite) if negated and opposite else None


_OPPOSITE: Final = {
    "equals": "not_equals",
    "not_equals": "equals",
    "one_of": "none_of",
    "none_of": "one_of",
    "in_list": "not_in_list",
    "not_in_list": "in_list",
    "met": "failed",
    "failed": "met",
}


def condition_of(part: Part) -> Condition | None:
    """The test that a row edits, with its turning around taken off."""
    inner = part.part if isinstance(part, Negation) and not part.rest else part
    return inner if isinstance(inner, Condition) else None


def begun(subject: Subject, slot_type: str = "text") -> Part:
    """The test that stands there when a subject has just been picked. It says as little as it can."""
    match subject.about:
        case "slot":
            return Condition("slot", subject.name, "known")
        case "criterion":
            return Condition("criterion", subject.name, "met")
        case "qualification":
            return Condition("qualification", "", "equals", "qualified")
        case _:
            return tried(Condition("call", subject.name), trials_for(subject, slot_type)[0])


def tried(test: Condition, trial: Trial) -> Part:
    """`test` asked in another way. What it compares with is kept as far as it fits."""
    before = trial_of(test)
    value = test.value
    if trial.takes == "nothing" or (before is not None and (before.takes == "list") != (trial.takes == "list")):
        value = MISSING
    elif trial.takes == "many":
        value = list(test.values)
    elif trial.takes == "one":
        value = test.values[0] if test.values else MISSING
    new = replace(test, is_=trial.is_, value=value)
    return Negation(new) if trial.negated else new


def about_instead(part: Part, subject: Subject, slot_type: str = "text") -> Part:
    """The row about something else. The way of asking stays if it fits, what it compared with does not."""
    trial, test = trial_of(part), condition_of(part)
    if test is not None and test.subject == subject:
        return part
    if trial is None or trial not in trials_for(subject, slot_type) or subject.about == "qualification":
        return begun(subject, slot_type)
    return tried(Condition(subject.about, subject.name), trial)


def compared(part: Part, value: Json | Missing) -> Part:
    """The row with another value."""
    match part:
        case Negation(part=Condition() as test):
            return replace(part, part=replace(test, value=value))
        case Condition():
            return replace(part, value=value)
        case _:
            return part


def depth(part: Part) -> int:
    """Groups within groups; a single test has 0."""
    inner = max((depth(each) for each in _inner(part)), default=0)
    return inner + 1 if isinstance(part, Group) else inner
