"""The table of states as data: `states.json`, one row for each of the 51 jurisdictions, checked when it is read.

Not legal advice. Each row has its sources and says whether counsel must look at it (`verify`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import cache
from importlib import resources
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, model_validator

Window = tuple[time, time]
Day = Literal["weekday", "saturday", "sunday"]

DAYS: Final[tuple[Day, ...]] = ("weekday",) * 5 + ("saturday", "sunday")
"""By `date.weekday()`."""

TERRITORIES: Final[Mapping[str, str]] = {
    "AS": "American Samoa",
    "GU": "Guam",
    "MP": "Northern Mariana Islands",
    "PR": "Puerto Rico",
    "VI": "US Virgin Islands",
}
"""In the United States' numbering and under federal law, without a row of their own: the default row holds there."""

MOST_A_DAY: Final = 3
"""No campaign and no row allows more attempts at a number within 24 hours."""

DUTIES: Final[Mapping[str, str]] = {
    "written_consent": "written consent",
    "area_code_presumption": "the area code is presumed to tell where the person lives",
    "identify_within_s": "say who calls within some seconds",
    "end_within_s": "hang up within some seconds of a wish to end",
    "offer_dnc_first": "offer the do-not-call list first",
    "ask_continue_end_remove": "ask whether to go on, to end, or to remove the person from the list",
    "state_phone_number_in_opening": "say the phone number in the opening",
    "registration": "registration of the seller with the state",
    "live_operator_or_prior_agreement": "prior agreement, or a live operator first",
    "sunday_holiday_needs_consent": "consent that lifts the bar on Sundays and holidays",
    "own_dnc_list": "the state's own do-not-call list",
    "emergency_suspension": "no calls while the state has suspended them",
    "ai_disclosure": "say that it is an AI",
}
"""Identifiers of the special duties, with their words."""

_EARLIEST: Final = time(8)
_LATEST: Final = time(21)


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `calls` attempts in `hours`."""

    calls: int
    hours: int


@dataclass(frozen=True, slots=True)
class Row:
    """What holds in one state. `code`: two letters, or 'default', 'abroad', 'some_state', 'unknown'. A window is None
    where no calls are made that day; `holidays` is a window, None for no calls, or 'as_usual'. `duties`: see `DUTIES`;
    `words`: what the sources say of them. `verify`: counsel must look at the row first. `zone_notes`: what a zone
    stands for, where it is not the state."""

    code: str
    name: str
    zones: tuple[str, ...]
    weekday: Window | None
    saturday: Window | None
    sunday: Window | None
    holidays: Window | Literal["as_usual"] | None
    cap: Cap | None = None
    duties: frozenset[str] = frozenset()
    words: str = ""
    identify_within_s: int | None = None
    end_within_s: int | None = None
    own_list: bool = False
    all_parties: bool = True
    recording_words: str = ""
    verify: bool = True
    sources: tuple[str, ...] = ()
    zone_notes: Mapping[str, str] = field(default_factory=dict)

    def window(self, weekday: int, holiday: bool) -> Window | None:
        """Of a day, by `date.weekday()`; never wider on a holiday than the day's own."""
        day = DAYS[weekday]
        usual = self.weekday if day == "weekday" else self.saturday if day == "saturday" else self.sunday
        if not holiday or self.holidays == "as_usual" or usual is None:
            return usual
        return overlap(usual, self.holidays) if self.holidays else None

    @property
    def asks_for_holidays(self) -> bool:
        return self.holidays != "as_usual"


@dataclass(frozen=True, slots=True)
class Law:
    """`states` by two letters. `default`: federal law, for what has no row. `abroad`: outside the United States.
    `some_state`: a clock in the United States of which no state is known. `nowhere`: nothing is known at all."""

    version: str
    states: Mapping[str, Row]
    default: Row
    abroad: Row
    some_state: Row
    nowhere: Row
    sources: Mapping[str, str]


class _Cap(BaseModel):
    model_config = ConfigDict(extra="forbid")
    calls: int
    hours: int


class _Row(BaseModel):
    """A row as it stands in the file."""

    model_config = ConfigDict(extra="forbid")
    name: str
    zones: tuple[str, ...] = ()
    zone_notes: dict[str, str] = {}
    weekday: Window | None
    saturday: Window | None
    sunday: Window | None
    holidays: Window | Literal["as_usual", "none"]
    attempts: _Cap | None
    duties: tuple[str, ...] = ()
    duties_words: str = ""
    identify_within_s: int | None = None
    end_within_s: int | None = None
    own_dnc_list: bool = False
    recording: Literal["one", "all"]
    recording_words: str = ""
    verify: bool
    sources: tuple[str, ...]

    @model_validator(mode="after")
    def _sound(self) -> _Row:
        for zone in self.zones:
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError) as problem:
                raise ValueError(f"{self.name}: there is no time zone {zone}.") from problem
        holiday = None if isinstance(self.holidays, str) else self.holidays
        for window in (self.weekday, self.saturday, self.sunday, holiday):
            if window and not _EARLIEST <= window[0] < window[1] <= _LATEST:
                raise ValueError(f"{self.name}: the window {window[0]}-{window[1]} is not inside 08:00-21:00.")
        if self.attempts and not (1 <= self.attempts.calls <= MOST_A_DAY and 1 <= self.attempts.hours <= 24):
            raise ValueError(f"{self.name}: a cap is 1 to {MOST_A_DAY} calls in 1 to 24 hours.")
        if unknown := set(self.duties) - set(DUTIES):
            raise ValueError(f"{self.name}: unknown duties: {', '.join(sorted(unknown))}.")
        for duty in ("identify_within_s", "end_within_s"):
            if (duty in self.duties) != (getattr(self, duty) is not None):
                raise ValueError(f"{self.name}: the duty {duty} needs its number of seconds, and the number the duty.")
        return self

    def row(self, code: str) -> Row:
        return Row(
            code=code,
            name=self.name,
            zones=self.zones,
            zone_notes=self.zone_notes,
            weekday=self.weekday,
            saturday=self.saturday,
            sunday=self.sunday,
            holidays=None if self.holidays == "none" else self.holidays,
            cap=Cap(self.attempts.calls, self.attempts.hours) if self.attempts else None,
            duties=frozenset(self.duties),
            words=self.duties_words,
            identify_within_s=self.identify_within_s,
            end_within_s=self.end_within_s,
            own_list=self.own_dnc_list,
            all_parties=self.recording == "all",
            recording_words=self.recording_words,
            verify=self.verify,
            sources=self.sources,
        )


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: str
    position: str
    default: _Row
    abroad: _Row
    unknown: _Row
    sources: dict[str, str]
    states: dict[str, _Row]

    @model_validator(mode="after")
    def _sourced(self) -> _File:
        for code, row in self.states.items():
            if not row.zones:
                raise ValueError(f"{code}: the row names no time zone.")
            if not row.sources or set(row.sources) - set(self.sources):
                raise ValueError(f"{code}: each row names its sources, and each of them stands in the list of sources.")
        return self


def read(text: str) -> Law:
    """The table from JSON. Raises ValueError, naming the row and what is wrong with it."""
    file = _File.model_validate_json(text)
    states = {code: row.row(code) for code, row in file.states.items()}
    weekdays = [row.weekday for row in states.values()]
    some_state = Row(
        code="some_state",
        name="an unknown state",
        zones=(),
        weekday=_all_of(weekdays),
        saturday=_all_of([row.saturday for row in states.values()]),
        sunday=_all_of([row.sunday for row in states.values()]),
        holidays=None,
        cap=file.unknown.row("").cap,
        sources=file.default.sources,
    )
    return Law(
        version=file.version,
        states=states,
        default=file.default.row("default"),
        abroad=file.abroad.row("abroad"),
        some_state=some_state,
        nowhere=file.unknown.row("unknown"),
        sources=file.sources,
    )


@cache
def law() -> Law:
    """The table that ships with this version."""
    return read(resources.files("engine.compliance").joinpath("states.json").read_text("utf-8"))


@cache
def area_codes() -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """State and zones by area code of the United States. An area code has several zones where its numbers do."""
    text = resources.files("engine.compliance").joinpath("area_codes.json").read_text("utf-8")
    return {code: (each["state"], tuple(each["zones"])) for code, each in json.loads(text)["codes"].items()}


def overlap(one: Window, other: Window) -> Window | None:
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start < end else None


def _all_of(windows: list[Window | None]) -> Window | None:
    common: Window | None = (_EARLIEST, _LATEST)
    for window in windows:
        common = overlap(common, window) if common and window else None
    return common
