"""All kinds of lead sources by name, and the check of a source's settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.leads.sources import any_json, csv_file, google, meta, website
from engine.leads.sources.settings import SourceIssue, SourceSettings
from engine.sdk import Json
from engine.store.lead_sources import SourceKind


@dataclass(frozen=True, slots=True)
class Kind:
    """`summary`: what it is, as the end of a sentence. `settings`: what can be set of such a source. `check`: see
    `check_source`."""

    kind: SourceKind
    title: str
    summary: str
    settings: type[SourceSettings]
    check: Callable[[Json, Mapping[str, str]], Sequence[SourceIssue]]


KINDS: Final[Mapping[SourceKind, Kind]] = {
    each.kind: each
    for each in (
        Kind("website", "Website form", "a form on your website", website.WebsiteSettings, website.check),
        Kind(
            "google",
            "Google Ads lead form",
            "a lead form in advertisements at Google",
            google.GoogleSettings,
            google.check,
        ),
        Kind(
            "meta", "Meta Lead Ads", "forms in advertisements on Facebook and Instagram", meta.MetaSettings, meta.check
        ),
        Kind("csv", "CSV file", "a table that you upload", csv_file.CsvSettings, csv_file.check),
        Kind(
            "json",
            "Another service",
            "a form builder or a connector such as Zapier or Make",
            any_json.JsonSettings,
            any_json.check,
        ),
    )
}


def check_source(kind: SourceKind, document: Json, known: Mapping[str, str]) -> Sequence[SourceIssue]:
    """What is wrong with the settings of a source; no error: it can be switched on. `known`: kinds of the connections
    there are, by name."""
    return KINDS[kind].check(document, known)
