"""What the validator says about a campaign: one issue a defect, with a stable code, its field, a sentence, a remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]

LEVELS: Mapping[str, Level] = {
    # the document
    "newer_format": "error",
    "no_campaign": "error",
    "bad_value": "error",
    "unknown_field": "warning",
    # what is called with
    "unknown_flow": "error",
    "flow_not_published": "error",
    "bad_number": "error",
    "number_twice": "warning",
    "number_not_connected": "warning",
    # when
    "bad_hours": "error",
    "no_hours": "error",
    "hours_never_lawful": "error",
    "hours_miss_states": "warning",
    # how often
    "step_unclear": "error",
    "bad_step_time": "error",
    "step_outside_hours": "warning",
    "steps_out_of_order": "error",
    "step_too_soon": "error",
    "too_many_a_day": "error",
    "too_many_in_all": "error",
    # how many at once
    "more_than_the_process": "warning",
    "more_than_the_carrier": "warning",
    # what must be allowed
    "loosened_unsigned": "error",
    "signature_incomplete": "error",
    "unknown_duty": "warning",
    # how long things are kept
    "record_kept_too_short": "warning",
}
"""Every code with its level. Codes are permanent: builder, API and integrators' tests go by them."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One defect. `path`: the field, 'attempts.steps.2.at'; empty for the campaign as a whole. `sentence` says what is
    wrong in plain words, `fix` what to do about it."""

    code: str
    level: Level
    path: str
    sentence: str
    fix: str


def issue(code: str, path: str, sentence: str, fix: str) -> Issue:
    """An issue at the level that its code has. Raises KeyError for a code that is not in `LEVELS`."""
    return Issue(code, LEVELS[code], path, sentence, fix)


def errors(issues: Iterable[Issue]) -> list[Issue]:
    """The issues that keep a campaign from being switched on."""
    return [each for each in issues if each.level == "error"]
