"""Every value in an example of what a service sends, with its path and with what it is called there. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from engine.leads.sources.paths import opened, quoted, text_of
from engine.sdk import Json

MOST: Final = 400
DEEPEST: Final = 8

# In lists of questions and answers: what tells the question, and what holds the answer.
_LABELS: Final = ("label", "title", "question", "name", "key", "ref", "id", "column_id", "column_name", "field_name")
_VALUES: Final = (
    "value", "values", "answer", "answers", "text", "string_value", "phone_number", "email", "boolean", "choice",
    "choices", "number", "date", "url", "val",
)  # fmt: skip
_TELLING: Final = frozenset({"phone_number", "email"})
# {"phone": {"value": "..."}}: what it is called stands one above.
_HOLDERS: Final = frozenset({"value", "values", "val", "answer", "text", "full"})
_PARTS: Final = frozenset({"first", "last"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """`path`: see `paths`. `label`: what it is called there, as a slug. `place`: names from the outside in. `asked`: it
    is the answer to a question, so a person typed it. `group`: where it and its like stand."""

    path: str
    label: str
    text: str
    place: tuple[str, ...]
    asked: bool = False
    group: tuple[str, ...] = ()

    def together_with(self, other: Leaf) -> int:
        """How many levels both have in common."""
        count = 0
        for mine, theirs in zip(self.place, other.place, strict=False):
            if mine != theirs:
                break
            count += 1
        return count


def leaves(document: Json) -> list[Leaf]:
    """In the order of the document, as many as a form may have."""
    return list(islice(_below("", (), document), MOST))


def slug(label: str) -> str:
    """Small letters and underscores, without accents: Teléfono móvil -> telefono_movil, firstName -> first_name."""
    apart = re.sub(r"([a-z])([A-Z])", r"\1_\2", label)
    plain = unicodedata.normalize("NFKD", apart).encode("ascii", "ignore").decode() or apart
    return re.sub(r"[^\w]+", "_", plain.casefold()).strip("_")


def _below(path: str, place: tuple[str, ...], given: Json) -> Iterator[Leaf]:
    value = opened(given)
    if len(place) > DEEPEST:
        return
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _below(f"{path}.{quoted(name)}" if path else quoted(name), (*place, name), each)
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        for number, each in enumerate(value):
            entry = _question(path, place, each) if isinstance(each, Mapping) else None
            if entry is not None:
                yield entry
            else:
                yield from _below(f"{path}[{number}]", (*place, str(number)), each)
    elif path and (text := text_of(value)):
        label, asked = _label(place)
        yield Leaf(path, label, text, place, asked, place[:-2] if asked else place[:-1])


def _label(place: tuple[str, ...]) -> tuple[str, bool]:
    """What a value is called, and whether it is an answer."""
    name = slug(place[-1]) if place else ""
    above = slug(place[-2]) if len(place) > 1 else ""
    if above and name in _HOLDERS:
        return above, True
    if name in _PARTS and "name" in above:
        return f"{name}_name", True
    return name, False


def _question(path: str, place: tuple[str, ...], entry: Mapping[str, Json]) -> Leaf | None:
    """A question with its answer, such as {"label": "Phone", "value": "..."}; None if the entry is none."""
    label = next(_labels(entry), None)
    holder = next((name for name in entry if name.casefold() in _VALUES and text_of(entry[name])), None)
    if label is None or holder is None or label[0] == quoted(holder):
        return None
    where, shown = label
    # Some number their questions, and tell by the answer's own name what it is.
    name = holder.casefold() if holder.casefold() in _TELLING else slug(shown)
    found = f"{path}[{where}={_value(shown)}].{quoted(holder)}"
    return Leaf(found, name, text_of(entry[holder]), (*place, shown), asked=True, group=place)


def _labels(entry: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Paths inside an entry that tell its question, the most telling first."""
    by_name = {name.casefold(): name for name in entry}
    for wanted in _LABELS:
        name = by_name.get(wanted)
        if name is not None and isinstance(entry[name], str) and str(entry[name]).strip():
            yield quoted(name), str(entry[name]).strip()
    inner = next((name for name in entry if name.casefold() in ("field", "question")), None)
    if inner is not None and isinstance(below := entry[inner], Mapping):
        for where, shown in _labels(below):
            yield f"{quoted(inner)}.{where}", shown


def _value(text: str) -> str:
    return f'"{text}"' if re.search(r"[\[\]=]", text) and '"' not in text else text
