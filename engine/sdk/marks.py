"""Marks of a setting: what a node type says about it beyond its type, so that the builder draws the fitting widget and
the validator knows what it refers to.

    class LookUpSettings(NodeSettings):
        slot: str = Field(title="Thing to look up", json_schema_extra=marks(refers="slot"))

A mark stands in the JSON Schema beside `title`, `description` and `examples`. `json_schema_extra={"refers": "slot"}` is
the same; `marks` is typed, so that a misspelt mark is found before the form is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from pydantic.config import JsonDict

Format = Literal["long_text", "phrases", "opening_hours", "time_window", "phone", "email", "url"]

REFERS: Final[Mapping[str, str]] = {
    "slot": "a thing to find out; a list setting holds several, with `ordered` in an order that counts",
    "list": "a list of the flow, such as the service area",
    "rule": "a rule; the form is the rule builder",
    "knowledge": "an entry of the knowledge",
    "criterion": "a criterion of the qualification",
    "card": "another card",
    "calendar": "a calendar that appointments are booked in",
    "outcome": "the code of an outcome that reports count by",
    "reason": "the code of a reason",
    "connection": "a connection; `connection:smtp|outbox_folder` offers only those of these kinds",
}
"""What a setting may hold the id of."""

FORMATS: Final[Mapping[Format, str]] = {
    "long_text": "a text of several lines",
    "phrases": "wordings that stand for one another; each call uses one, or all in turn",
    "opening_hours": "lines such as `Mon-Fri 08:00-18:00`, picked as days and times",
    "time_window": "one span of a day, `08:00-18:00`",
    "phone": "a phone number",
    "email": "an e-mail address",
    "url": "a web address",
}
"""How a text, or a list of texts, is written."""

MARKS: Final[Mapping[str, str]] = {
    "refers": "the setting holds the id of something; see below",
    "format": "how a text is written; see below",
    "ordered": "with `refers` and a list: the order counts, and can be changed",
    "fills": "the text may hold {placeholders}: the form offers those of every text and those named here",
    "labels": 'words for the values of a choice: `{"go_on": "Go on at once"}`',
    "answer_of": "the value is an answer to the thing to find out that the named setting holds",
    "group": "the setting is folded away under this heading",
    "advanced": "the setting is folded away under *More settings*",
}
"""Every mark with its meaning. The forms of the builder read all of them (tests hold both to this table)."""


def marks(
    *,
    refers: str | None = None,
    format: Format | None = None,
    ordered: bool = False,
    fills: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    answer_of: str | None = None,
    group: str | None = None,
    advanced: bool = False,
) -> JsonDict:
    """For `Field(json_schema_extra=...)`. Raises ValueError for something that nothing can refer to."""
    if refers is not None and refers.partition(":")[0] not in REFERS:
        raise ValueError(f"Nothing can refer to '{refers}'. There are: {', '.join(REFERS)}.")
    found: JsonDict = {}
    if refers is not None:
        found["refers"] = refers
    if format is not None:
        found["format"] = format
    if ordered:
        found["ordered"] = True
    if fills is not None:
        found["fills"] = [*fills]
    if labels is not None:
        found["labels"] = dict(labels)
    if answer_of is not None:
        found["answer_of"] = answer_of
    if group is not None:
        found["group"] = group
    if advanced:
        found["advanced"] = True
    return found
