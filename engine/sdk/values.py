"""The values of a qualification: slots, their states, and the evidence without which none is stored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from pydantic import JsonValue

Scalar: TypeAlias = str | int | float | bool
"""A slot's normalised value; which of the four it is follows from the slot's type (see `SlotType`)."""

Json: TypeAlias = JsonValue
"""Anything a JSON document can hold."""


class SlotType(StrEnum):
    """What kind of thing a slot is. The comment gives the form of its normalised value."""

    TEXT = "text"  # str, the caller's own words
    CHOICE = "choice"  # str, the id of one of the slot's choices, or "other:<words>"
    YES_NO = "yes_no"  # bool
    NUMBER = "number"  # int or float
    MONEY = "money"  # int or float, in the flow's currency
    DURATION = "duration"  # int, days from the day of the call
    DATE = "date"  # str, ISO 8601 date
    PHONE = "phone"  # str, E.164
    EMAIL = "email"  # str, lower case
    ZIP = "zip"  # str, five digits
    NAME = "name"  # str
    ADDRESS = "address"  # str, street and number
    APPOINTMENT = "appointment"  # str, ISO 8601 start with offset; written by a booking, never by the caller alone


class SlotState(StrEnum):
    UNKNOWN = "unknown"
    HEARD = "heard"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    CORRECTED = "corrected"


Source = Literal["call", "lead_form", "crm", "rule"]
"""Where a value came from. Only `call` values carry the caller's own words."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a slot holds its value.

    `words`: the caller's exact words for source `call`, else the field or rule that supplied it.
    `turn`: number of the caller's turn, counted from 1; 0 for sources other than the call.
    """

    source: Source
    words: str
    turn: int = 0


@dataclass(frozen=True, slots=True)
class SlotValue:
    """A slot as others may read it."""

    id: str
    value: Scalar | None
    state: SlotState
    confidence: float
    evidence: Evidence | None
    corrected_from: Scalar | None = None

    @property
    def known(self) -> bool:
        return self.value is not None and self.state is not SlotState.REFUSED
