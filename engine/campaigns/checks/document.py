"""What cannot be read in a campaign's document, and what this Leadline does not know in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.campaigns.issues import Issue, issue
from engine.campaigns.model import Campaign
from engine.campaigns.titles import title

_PLAIN: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "greater_than_equal": "has to be at least {ge}",
    "less_than_equal": "has to be at most {le}",
    "literal_error": "has to be one of {expected}",
    "int_parsing": "has to be a whole number",
    "int_type": "has to be a whole number",
    "int_from_float": "has to be a whole number",
    "bool_parsing": "has to be yes or no",
    "bool_type": "has to be yes or no",
    "string_type": "has to be a text",
    "tuple_type": "has to be a list",
    "model_type": "has to be a group of fields",
    "model_attributes_type": "has to be a group of fields",
}


def unreadable(problem: ValidationError) -> Iterator[Issue]:
    for each in problem.errors(include_url=False, include_input=False):
        path = ".".join(str(part) for part in each["loc"])
        yield issue("bad_value", path, f"“{title(path)}” {_said(each)}.", "Enter another value.")


def check_unknown(campaign: Campaign) -> Iterator[Issue]:
    """Kept and written back, but without effect: a misspelt field must not look as if it worked."""
    yield from _unknown(campaign, "")


def _unknown(part: BaseModel, path: str) -> Iterator[Issue]:
    for name in part.model_extra or {}:
        yield issue(
            "unknown_field", f"{path}{name}",
            f"This Leadline knows no field “{name}” here; it is kept, without effect.",
            "Check how it is written, or leave it for a newer Leadline.",
        )  # fmt: skip
    for name in type(part).model_fields:
        value = getattr(part, name)
        for place, each in enumerate(value) if isinstance(value, tuple) else [(None, value)]:
            if isinstance(each, BaseModel):
                yield from _unknown(each, f"{path}{name}." if place is None else f"{path}{name}.{place}.")


def _said(error: ErrorDetails) -> str:
    words = _PLAIN.get(error["type"])
    return words.format(**error.get("ctx", {})) if words else "cannot be read"
