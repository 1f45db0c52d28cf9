"""Tables that staff upload. How a file is read is settled with each import (`engine.leads.csv_files`); the source says
only to which campaign its leads belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.leads.sources.settings import SourceIssue, SourceSettings, settings_of
from engine.sdk import Json


class CsvSettings(SourceSettings):
    pass


def check(document: Json, known: Mapping[str, str]) -> Sequence[SourceIssue]:
    """See `kinds.check_source`."""
    settings = settings_of(CsvSettings, document)
    return settings if isinstance(settings, tuple) else ()
