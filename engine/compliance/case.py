"""Everything that counts for the question whether a person may be called, as plain facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """One piece of evidence. `level` as in the store; `phone`: the number it was given for, E.164; `seller`: whom it
    names; `given_at`: when, None if nobody knows; `received_at`: when it reached us; `text`: what was shown.
    `revoked_at`: when it was taken back, None if that is not known or it was not."""

    level: str
    phone: str | None
    revoked: bool = False
    seller: str = ""
    given_at: datetime | None = None
    text: str = ""
    id: str = ""
    received_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the person may be. `zone`: IANA name. `state`: two letters of a state or territory of the United States,
    empty if unknown. `why`: which signal says so, for people ('ZIP code 94107 on the form', 'area code 305').
    `country`: two letters."""

    zone: str
    state: str = ""
    why: str = ""
    country: str = "US"


@dataclass(frozen=True, slots=True)
class ListedOn:
    """A do-not-call list of a country or state that has the number. `listed_at`: the date of the list."""

    name: str
    listed_at: datetime
    state: str = ""


LEAST_MARGIN_MIN: Final = 2
"""Minutes before the end of the law's hours at which no campaign calls any more: between the decision and the request
to the carrier there is at most as much."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the campaign asks beyond the law. Windows are in the called person's time, by `weekday`, `saturday`,
    `sunday`: pairs of start and end, None where only the law bounds, empty where no calls are made. `duties_met`: ids
    of special duties of states (see the data file) that somebody named has signed for. `lists_max_age_days`: a national
    list older than that counts as no list; None: no list is asked for. `greet_within_ms`: see rule C12."""

    consent_level: Literal["written", "express"] = "written"
    consent_max_age_days: int = 90
    require_ai_wording: bool = True
    margin_min: int = 5
    per_24h: int = 2
    lifetime: int = 6
    min_gap_min: int = 120
    windows: Mapping[str, Sequence[tuple[time, time]]] | None = None
    holidays: Literal["as_usual", "none"] = "as_usual"
    unverified_states: Literal["warn", "block"] = "warn"
    duties_met: frozenset[str] = frozenset()
    lists_max_age_days: int = 31
    abroad: bool = False
    rnd_check_after_days: int = 30


@dataclass(frozen=True, slots=True)
class Case:
    """A lead at the moment of dialling. `now`: aware. `phone`: E.164, None if none could be made. `seller`: legal name
    of whom the call is for. `unusable`: why the lead cannot be called at all, empty if it can. `suppressed`: why the
    number is on our own do-not-call list, None if it is not. `places`: everywhere the person may be. `attempts`: when
    the number was dialled before, by any campaign, oldest first. `lists_loaded`: the date of the newest national list
    (key '') and, by state, of those of the states. `suspended`: states in which calling is stopped by hand, and until
    when. `active_call`: id of a call with this lead or number that is under way. `agreed`: the person asked for this
    very call at this time. `caller`: the number we call from, E.164, empty if there is none, None: not asked. `real`: a
    sales call to a real telephone. On the simulated network nobody is disturbed, and whoever tries a draft out on their
    own phone is not sold to: neither hours nor numbers of attempts bind there, unless `simulated_hours`."""

    now: datetime
    phone: str | None
    seller: str = ""
    unusable: str = ""
    consents: Sequence[ConsentFact] = ()
    suppressed: str | None = None
    listed: Sequence[ListedOn] = ()
    lists_loaded: Mapping[str, datetime] = field(default_factory=dict)
    places: Sequence[Place] = ()
    attempts: Sequence[datetime] = ()
    suspended: Mapping[str, datetime] = field(default_factory=dict)
    active_call: str | None = None
    agreed: bool = False
    caller: str | None = None
    real: bool = True
    simulated_hours: bool = False
    terms: Terms = Terms()

    @property
    def disturbs(self) -> bool:
        """Whether hours and numbers of attempts bind."""
        return self.real or self.simulated_hours
