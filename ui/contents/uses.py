"""Where a part of a flow is used, so that nothing is removed without saying what hangs on it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ui.contents.reading import Document, group, text, things
from ui.forms.binding import Path, Step, clear, remove, write
from ui.part_names import card_name, name_of
from ui.records import Json
from ui.texts import t

Kind = Literal["asked", "card", "way", "criterion", "answer", "reflex", "wording", "slot"]

_LISTS: Final = ("nodes", "edges", "criteria", "knowledge", "reflexes", "slots")
_KIND: Final[Mapping[str, Kind]] = {
    "nodes": "card",
    "edges": "way",
    "criteria": "criterion",
    "knowledge": "answer",
    "reflexes": "reflex",
    "slots": "slot",
}
_REFERS: Final[Mapping[str, tuple[str, ...]]] = {
    "slot": ("slot", "slots"),
    "list": ("list", "in_list"),
    "criterion": ("criterion",),
}
"""Names of fields that hold the id of such a part, besides those that a card's type marks."""


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a part is used. `kind`: what stands there; `id`: of the card, way, criterion ...; `name`: what it
    is called; `paths`: the very fields. `removable`: the mention can be taken out and the place still makes sense."""

    kind: Kind
    id: str
    name: str
    paths: tuple[Path, ...]
    removable: bool = False

    @property
    def sentence(self) -> str:
        return t(f"use.{self.kind}", name=self.name)


MANY: Final = 3


def told(uses: Sequence[Use]) -> list[str]:
    """A sentence each; more than three of one kind become one sentence."""
    found: list[str] = []
    for kind in dict.fromkeys(use.kind for use in uses):
        of_kind = [use for use in uses if use.kind == kind]
        many = t(f"use.many.{kind}", otherwise="", count=len(of_kind)) if len(of_kind) > MANY else ""
        found += [many] if many else [use.sentence for use in of_kind]
    return found


def uses_of_slot(document: Document, slot: str, marks: Mapping[str, Sequence[str]] = {}) -> list[Use]:
    """Every place that names this thing to find out. `marks`: settings that refer to one, by type of card."""
    return _uses(document, "slot", slot, marks)


def uses_of_list(document: Document, name: str, marks: Mapping[str, Sequence[str]] = {}) -> list[Use]:
    return _uses(document, "list", name, marks)


def uses_of_criterion(document: Document, id: str) -> list[Use]:
    return _uses(document, "criterion", id, {})


def uses_of_choice(document: Document, slot: str, value: str) -> list[Use]:
    """Places that go by one answer of a choice: rules that compare with it, and answers told to those who gave it."""
    found: list[Use] = []
    for name in _LISTS:
        for each in things(document, name):
            if name == "knowledge" and group(each, "about").get(slot) == value:
                found.append(Use("answer", text(each, "id"), name_of(each), ((name, text(each, "id"), "about", slot),)))
            elif name != "slots" and _compares(each, slot, value):
                told_by = next(iter(_told(document, name, each, ((name, text(each, "id")),))))
                found.append(told_by)
    return found


def _compares(value: Json | Mapping[str, Json], slot: str, wanted: str) -> bool:
    """Whether a rule anywhere in it compares the answer of `slot` with `wanted`."""
    if isinstance(value, Mapping):
        with_ = value.get("value")
        if value.get("slot") == slot and (with_ == wanted or (isinstance(with_, list) and wanted in with_)):
            return True
        return any(_compares(inner, slot, wanted) for inner in value.values())
    return isinstance(value, list) and any(_compares(inner, slot, wanted) for inner in value)


def steps_without(document: Document, path: Path, uses: Sequence[Use]) -> tuple[Step, ...]:
    """Removes the part at `path` and takes it out of the places where that leaves something that makes sense; all one
    edit. The others are for the person: the validator will name them."""
    steps = [step for use in uses if use.removable for step in _taken_out(document, use, str(path[-1]))]
    return (*steps, remove(path))


def marked(schemas: Mapping[str, Mapping[str, Json]], what: str) -> dict[str, tuple[str, ...]]:
    """Settings that refer to `what`, by type of card, from the schemas of `GET /nodes`."""
    found = {}
    for type_, schema in schemas.items():
        names = [
            name
            for name, field in group(schema, "properties").items()
            if isinstance(field, dict) and (field.get("refers") == what or group(field, "items").get("refers") == what)
        ]
        found[type_] = tuple(names)
    return found


def _taken_out(document: Document, use: Use, id: str) -> Iterator[Step]:
    for path in use.paths:
        if use.kind == "answer":
            yield clear(document, path)
            continue
        old = _at(document, path)
        if isinstance(old, list):
            yield write(document, path, [each for each in old if each != id])


def _at(document: Document, path: Path) -> Json:
    here: Json = dict(document)
    for part in path:
        if isinstance(here, dict) and isinstance(part, str):
            here = here.get(part)
        elif isinstance(here, list):
            here = next((each for each in here if isinstance(each, dict) and each.get("id") == part), None)
        else:
            return None
    return here


def _uses(document: Document, what: str, id: str, marks: Mapping[str, Sequence[str]]) -> list[Use]:
    found: list[Use] = []
    for name in _LISTS:
        for each in things(document, name):
            if what == "slot" and name == "slots" and each["id"] == id:
                continue
            fields = (*_REFERS[what], *(marks.get(text(each, "type"), ()) if name == "nodes" else ()))
            paths = tuple(_mentions(each, (name, text(each, "id")), what, id, fields))
            if what == "slot" and name == "knowledge" and id in group(each, "about"):
                paths = (*paths, (name, text(each, "id"), "about", id))
            if paths:
                found.extend(_told(document, name, each, paths))
    for name, wordings in group(document, "texts").items():
        if what == "slot" and any(_placeholder(id) in str(wording) for wording in _listed(wordings)):
            found.append(Use("wording", name, t(f"wording.{name}", otherwise=name), (("texts", name),)))
    return found


def _told(document: Document, name: str, each: Mapping[str, Json], paths: tuple[Path, ...]) -> Iterator[Use]:
    id = text(each, "id")
    if name == "edges":
        start = group(each, "from").get("node")
        words = t("use.between", start=card_name(document, start), end=card_name(document, each.get("to")))
        yield Use("way", id, words, paths)
        return
    asked = tuple(path for path in paths if name == "nodes" and path[-1] == "slots")
    about = tuple(path for path in paths if name == "knowledge" and "about" in path)
    rest = tuple(path for path in paths if path not in asked and path not in about)
    if asked:
        yield Use("asked", id, name_of(each), asked, removable=True)
    if about:
        yield Use("answer", id, name_of(each), about, removable=True)
    if rest:
        yield Use(_KIND[name], id, name_of(each), rest)


def _mentions(
    value: Json | Mapping[str, Json], path: Path, what: str, id: str, fields: Sequence[str]
) -> Iterator[Path]:
    """Paths of fields that hold the id, or a text that would speak its value."""
    if isinstance(value, Mapping):
        listed = what == "list" and value.get("is") in ("in_list", "not_in_list")
        for name, inner in value.items():
            deeper = (*path, name)
            named = name in fields and (inner == id or (isinstance(inner, list) and id in inner))
            if named or (listed and name == "value" and inner == id):
                yield deeper
            else:
                yield from _mentions(inner, deeper, what, id, fields)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _mentions(inner, (*path, place), what, id, fields)
    elif isinstance(value, str) and what == "slot" and _placeholder(id) in value:
        yield path


def _placeholder(id: str) -> str:
    return "{slot:" + id + "}"


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]
