"""Forms on websites: posted by the browser itself, by a script, or by the website's own server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.leads.arrived import Arrived
from engine.leads.reading import Arrival
from engine.leads.sources.settings import SourceIssue, SourceSettings, settings_of
from engine.leads.website import read_submission
from engine.sdk import Json


class WebsiteSettings(SourceSettings):
    pass


def check(document: Json, known: Mapping[str, str]) -> Sequence[SourceIssue]:
    """See `kinds.check_source`."""
    settings = settings_of(WebsiteSettings, document)
    return settings if isinstance(settings, tuple) else ()


def read(fields: Mapping[str, str], settings: WebsiteSettings, arrival: Arrival) -> Arrived:
    return read_submission(fields, arrival)
