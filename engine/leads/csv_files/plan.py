"""How a file of leads is read: as the person who imports it has settled it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field

from engine.leads.csv_files.columns import MEANINGS
from engine.leads.csv_files.reader import Written
from engine.leads.csv_files.sniffing import SEPARATORS
from engine.leads.phone import known_region
from engine.sdk import Json

ENCODINGS: Final[Mapping[str, str]] = {
    "utf-8-sig": "Unicode (UTF-8)",
    "cp1252": "Western (Windows-1252, Latin-1)",
    "utf-16": "Unicode (UTF-16)",
    "utf-16-le": "Unicode (UTF-16, little-endian)",
    "utf-16-be": "Unicode (UTF-16, big-endian)",
}
DECLARED_AT_LEAST: Final = 20
"""Characters of a stated consent's words: less is no sentence that anybody could have agreed to."""


class StatedConsent(BaseModel):
    """What the person who imports declares of all rows that bring no consent of their own. `where`: where it was given,
    such as the address of the form or the name of the fair. `declared`: they have ticked that this is true."""

    model_config = ConfigDict(frozen=True)

    text: str = Field("", max_length=10_000, description="The words that the people agreed to, exactly as shown.")
    given_on: date | None = Field(None, description="The day on which they agreed; the earliest if there are several.")
    where: str = Field("", max_length=2000, description="Where they agreed: a page's address, an event, a paper form.")
    declared: bool = Field(False, description="The person who imports declares that this is so.")

    @property
    def empty(self) -> bool:
        return not (self.text.strip() or self.given_on or self.where.strip() or self.declared)


class ImportPlan(BaseModel):
    """`columns`: the meaning of each, in the file's order: one of the known meanings, `ignore`, or the name that the
    answer is to have. `dates`: in which order day and month are written. `zone`: in which times without one are read.
    `country`: in which numbers without country code are read; empty: that of the seller."""

    model_config = ConfigDict(frozen=True)

    encoding: str = "utf-8-sig"
    separator: str = ","
    header: bool = True
    columns: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    dates: Literal["mdy", "dmy"] = "mdy"
    zone: str = "UTC"
    country: str = ""
    consent: StatedConsent = StatedConsent()

    @property
    def written(self) -> Written:
        return Written(self.encoding, self.separator, self.header)

    def document(self) -> dict[str, Json]:
        return self.model_dump(mode="json")


def faults(plan: ImportPlan, now: datetime) -> Sequence[tuple[str, str]]:
    """What keeps an import from being started: field and sentence."""
    found = []
    if plan.encoding not in ENCODINGS:
        found.append(("encoding", f"The encoding must be one of {', '.join(ENCODINGS)}."))
    if plan.separator not in SEPARATORS:
        found.append(("separator", "Columns are separated by a comma, a semicolon, a tab or a bar (|)."))
    if "phone" not in plan.columns:
        found.append(("columns", "No column is the phone number. Say which one it is."))
    doubled = sorted({each for each in plan.columns if each in MEANINGS and plan.columns.count(each) > 1})
    if doubled:
        found.append(("columns", f"Two columns have the same meaning: {', '.join(doubled)}. Ignore one of them."))
    if plan.zone not in available_timezones():
        found.append(("zone", f"The time zone '{plan.zone}' is not known. It looks like America/New_York."))
    if plan.country and not known_region(plan.country.upper()):
        found.append(("country", f"The country '{plan.country}' is not known. Use its two letters, such as US."))
    return [*found, *(_consent_faults(plan, now))]


def _consent_faults(plan: ImportPlan, now: datetime) -> Sequence[tuple[str, str]]:
    stated = plan.consent
    if stated.empty:
        return ()
    found = []
    if len(stated.text.strip()) < DECLARED_AT_LEAST:
        found.append(("consent.text", "Enter the words that the people agreed to, as they saw them."))
    if stated.given_on is None:
        found.append(("consent.given_on", "Enter the day on which they agreed."))
    elif stated.given_on > now.date():
        found.append(("consent.given_on", "The day on which they agreed has not come yet."))
    if len(stated.where.strip()) < 3:
        found.append(("consent.where", "Enter where they agreed: the page's address, the event, the paper form."))
    if not stated.declared:
        found.append(("consent.declared", "Tick the declaration, or leave all of this empty."))
    return found
