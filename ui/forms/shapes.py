"""What a form can draw: the shapes of fields, whether a value fits one, and what stands for nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from ui.forms.binding import MISSING, Missing
from ui.records import Json, Scalar


@dataclass(frozen=True, slots=True)
class Text:
    """`fills`: names in braces that are filled in when the text is used, None if it is not such a text. `kind`: what
    sort of line it is (phone, email, url), empty for any."""

    long: bool = False
    fills: tuple[str, ...] | None = None
    max_length: int | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    whole: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class YesNo:
    pass


@dataclass(frozen=True, slots=True)
class Option:
    value: Scalar
    label: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few, or several of them with `many`."""

    options: tuple[Option, ...]
    many: bool = False


@dataclass(frozen=True, slots=True)
class Pick:
    """The id of a part of the flow or of this installation. `what`: slot, list, knowledge, criterion, card, calendar,
    outcome, reason, behaviour or connection. `kinds`: of connections that fit, none for all. `ordered`: it counts."""

    what: str
    many: bool = False
    ordered: bool = False
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleTree:
    """A rule of the flow."""


@dataclass(frozen=True, slots=True)
class AnswerOf:
    """A value as the thing to find out takes it that another setting of the form, `setting`, names."""

    setting: str


@dataclass(frozen=True, slots=True)
class Anything:
    """A text, a number, or yes or no."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Lines such as "Mon-Fri 08:00-18:00"."""


@dataclass(frozen=True, slots=True)
class Window:
    """One span of a day: "08:00-18:00"."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A list of single values; with `wordings` of texts that stand for one another."""

    item: Text | Number
    wordings: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of things with fields."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A thing with fields of its own."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """Values by names that the person chooses."""

    value: Text | Number | YesNo


@dataclass(frozen=True, slots=True)
class Raw:
    """A shape that only its JSON text shows."""


Shape: TypeAlias = (
    Text | Number | YesNo | Choice | Pick | RuleTree | AnswerOf | Anything | Hours | Window | Lines | Rows | Group
    | Entries | Raw
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `default`: what holds when nothing is set, MISSING without one. `fold`: the heading under
    which it is folded away, empty for the fields that are always seen; `advanced` stands for the last of them.
    `nullable`: it may be set to nothing."""

    name: str
    title: str
    shape: Shape
    help: str = ""
    example: str = ""
    required: bool = False
    default: Json | Missing = MISSING
    fold: str = ""
    advanced: bool = False
    nullable: bool = False


def folded(fields: Iterable[Field]) -> tuple[tuple[Field, ...], tuple[tuple[str, tuple[Field, ...]], ...]]:
    """The fields that are always seen, and the folds in their order; advanced ones come last, under an empty name."""
    seen: list[Field] = []
    folds: dict[str, list[Field]] = {}
    last: list[Field] = []
    for field in fields:
        (last if field.advanced else folds.setdefault(field.fold, []) if field.fold else seen).append(field)
    named = [(name, tuple(each)) for name, each in folds.items()]
    return tuple(seen), tuple(named + ([("", tuple(last))] if last else []))


def fits(shape: Shape, value: Json | Missing) -> bool:
    """Whether the widget of `shape` can show `value`. What does not fit is shown as it is, never bent."""
    if isinstance(value, Missing) or value is None:
        return True
    match shape:
        case Text() | Window():
            return isinstance(value, str)
        case Number(whole=whole):
            return _is_number(value) and not (whole and isinstance(value, float) and not value.is_integer())
        case YesNo():
            return isinstance(value, bool)
        case Choice(many=many) | Pick(many=many):
            return _texts(value) if many else isinstance(value, str | int | float)
        case AnswerOf() | Anything():
            return isinstance(value, str | int | float)
        case Hours():
            return _texts(value)
        case Lines(item=item):
            return isinstance(value, list) and all(each is not None and fits(item, each) for each in value)
        case Rows():
            return isinstance(value, list) and all(isinstance(each, dict) for each in value)
        case Group() | RuleTree():
            return isinstance(value, dict)
        case Entries(value=inner):
            return isinstance(value, dict) and all(each is not None and fits(inner, each) for each in value.values())
        case Raw():
            return True


def empty_of(field: Field) -> Json:
    """What stands for nothing in a field of this shape."""
    if field.nullable:
        return None
    match field.shape:
        case Text() | Pick(many=False) | Window():
            return ""
        case Lines() | Rows() | Hours() | Pick() | Choice(many=True):
            return []
        case Group() | Entries() | RuleTree():
            return {}
        case _:
            return None


def new_row(fields: Iterable[Field]) -> dict[str, Json]:
    """A row as it is added: its needed fields, empty, so that the person sees what to fill in."""
    return {field.name: empty_of(field) for field in fields if field.required}


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
