"""What the settings of all kinds of sources have in common: they are read leniently and judged in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.leads.phone import known_region
from engine.sdk import Json


class SourceSettings(BaseModel):
    """What is not understood is kept and written back, as in flows. Secrets stand in connections; a field that names
    one ends with `connection`."""

    model_config = ConfigDict(frozen=True, extra="allow")


COUNTRY_HELP: Final = (
    "Two letters, such as US: where phone numbers without country code are from. Empty: as your own number."
)

S = TypeVar("S", bound=SourceSettings)


@dataclass(frozen=True, slots=True)
class SourceIssue:
    """What is wrong with the settings of a source. `error`: it cannot be switched on with it. `field`: dotted, empty
    for the whole."""

    level: Literal["error", "warning"]
    field: str
    sentence: str
    fix: str


def country_issues(country: str) -> Sequence[SourceIssue]:
    """Whether the country of a source's settings is one. Empty is fine."""
    if not country or known_region(country.upper()):
        return ()
    sentence = f"The country '{country}' is not known."
    return (SourceIssue("error", "country", sentence, "Use its two letters, such as US."),)


def settings_of(kind: type[S], document: Json) -> S | tuple[SourceIssue, ...]:
    """The settings in `document`, or why they cannot be read."""
    if not isinstance(document, Mapping):
        return (SourceIssue("error", "", "The settings are no object.", "Send fields by name."),)
    try:
        return kind.model_validate(document)
    except ValidationError as invalid:
        return tuple(
            _issue(error["type"], error["loc"], error["msg"])
            for error in invalid.errors(include_input=False, include_context=False, include_url=False)
        )


def connection_issues(
    settings: SourceSettings, wanted: Mapping[str, str], known: Mapping[str, str]
) -> Sequence[SourceIssue]:
    """Connections that are named and not there, or of another kind. `wanted`: kind of connection by field; `known`:
    kind by name."""
    issues = []
    for field, kind in wanted.items():
        name = getattr(settings, field)
        if not name:
            continue
        if name not in known:
            sentence = f"There is no connection '{name}'."
        elif known[name] != kind:
            sentence = f"The connection '{name}' is of another kind: '{known[name]}' instead of '{kind}'."
        else:
            continue
        issues.append(SourceIssue("error", field, sentence, f"Choose or make a connection of the kind '{kind}'."))
    return issues


def connections_named(document: Json) -> frozenset[str]:
    """The connections that a source's settings name: those of fields that end with `connection`, and a page's
    others."""
    fields = document.items() if isinstance(document, Mapping) else ()
    named = {value for name, value in fields if name.endswith("connection") and isinstance(value, str) and value}
    pages = next((value for name, value in fields if name == "more_pages"), ())
    return frozenset(named | {each for each in pages if isinstance(each, str)} if isinstance(pages, list) else named)


_PLAIN: Final[Mapping[str, str]] = {
    "missing": "it is missing",
    "string_type": "it must be a text",
    "bool_type": "it must be true or false",
    "bool_parsing": "it must be true or false",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "tuple_type": "it must be a list",
    "list_type": "it must be a list",
    "dict_type": "it must be fields by name",
    "model_type": "it must be fields by name",
}


def _issue(kind: str, place: tuple[int | str, ...], words: str) -> SourceIssue:
    field = ".".join(str(part) for part in place)
    said = _PLAIN.get(kind) or words.removeprefix("Value error, ").removesuffix(".")
    said = said.replace("Input should be", "it must be").replace("String should", "it should")
    return SourceIssue("error", field, f"'{field}' cannot be used: {said}.", "Correct it and save again.")
