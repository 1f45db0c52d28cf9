"""Looks into a flow document without trusting its shape: what is not there is empty. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Final, TypeAlias

from ui.records import Json, Scalar

Document: TypeAlias = Mapping[str, Json]
Thing: TypeAlias = Mapping[str, Json]

LONGEST_ID: Final = 40


def things(document: Document, name: str) -> list[dict[str, Json]]:
    """The things of a list of the document that can be looked at: objects with an id."""
    found = document.get(name)
    return [each for each in found if isinstance(each, dict) and text(each, "id")] if isinstance(found, list) else []


def thing(document: Document, name: str, id: str) -> dict[str, Json] | None:
    return next((each for each in things(document, name) if each["id"] == id), None)


def text(of: Thing, name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""


def texts(of: Thing, name: str) -> list[str]:
    value = of.get(name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def group(of: Thing, name: str) -> dict[str, Json]:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def lists(document: Document) -> dict[str, list[Scalar]]:
    """The named lists of the flow."""
    return {
        name: [each for each in values if isinstance(each, str | int | float)]
        for name, values in group(document, "lists").items()
        if isinstance(values, list)
    }


def choices(slot: Thing) -> dict[str, str]:
    """The answers of a choice: labels by value."""
    found = slot.get("choices")
    if not isinstance(found, list):
        return {}
    return {
        text(each, "value"): text(each, "label") for each in found if isinstance(each, dict) and text(each, "value")
    }


def name_of(slot: Thing) -> str:
    return text(slot, "label") or text(slot, "id")


def new_id(label: str, taken: Collection[str], otherwise: str) -> str:
    """A permanent id that tells what it is about: `Number of windows` is `number_of_windows`; `otherwise`: for a label
    without a Latin letter."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:LONGEST_ID].rstrip("_") or otherwise
    stem = stem if stem[0].isalpha() else f"{otherwise}_{stem}"
    if stem not in taken:
        return stem
    return next(each for each in _numbered(stem) if each not in taken)


def _numbered(stem: str) -> Iterator[str]:
    number = 2
    while True:
        yield f"{stem}_{number}"
        number += 1


def ids(document: Document, name: str) -> list[str]:
    return [text(each, "id") for each in things(document, name)]
