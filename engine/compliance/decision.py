"""The answer to 'may we call?': yes, no because, or at this time; with every rule that was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

from engine.sdk import Json


@dataclass(frozen=True, slots=True)
class Check:
    """A rule's verdict. `rule`: its id. `why`: one sentence for people, empty when there is nothing to say. `for_good`:
    waiting will not change it; else `until` is the first moment at which this rule may hold, None if nobody can say.
    `inputs`: what it was decided on (zones, windows, counts, list dates), kept as evidence. `warning`: one sentence for
    people that forbids nothing."""

    rule: str
    holds: bool
    why: str = ""
    for_good: bool = True
    until: datetime | None = None
    inputs: str = ""
    warning: str = ""


Variant = Literal["base", "ny", "ct", "nj", "wa"]


@dataclass(frozen=True, slots=True)
class Duties:
    """What the call itself has to do, the strictest of the places. `opening`: which variant of the first words
    (compliance.md, section 5). `all_parties`: everybody has to agree to a recording. `say_number_early`: the seller's
    number belongs into the opening. `end_within_s`: how soon a wish to end ends the call, None without such a rule."""

    opening: Variant = "base"
    all_parties: bool = True
    say_number_early: bool = False
    end_within_s: int | None = None

    def document(self) -> dict[str, Json]:
        return {
            "opening": self.opening,
            "all_parties": self.all_parties,
            "say_number_early": self.say_number_early,
            "end_within_s": self.end_within_s,
        }

    @classmethod
    def read(cls, decision: Json) -> Duties:
        """Those of a `Decision.document()`; what it does not say is as anywhere else."""
        told = decision.get("duties") if isinstance(decision, Mapping) else None
        if not isinstance(told, Mapping):
            return cls()
        opening, end = told.get("opening"), told.get("end_within_s")
        return cls(
            opening=cast(Variant, opening) if opening in get_args(Variant) else "base",
            all_parties=told.get("all_parties") is not False,
            say_number_early=told.get("say_number_early") is True,
            end_within_s=end if isinstance(end, int) else None,
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """`checks`: every rule that was asked, in order. `at`: the first moment at which every rule will hold, if the
    answer is 'later' and such a moment is known; else `no_moment` says why there is none. `version`: of the data file.
    `warnings`: for people; they forbid nothing. `headline`: what is done and when, by the person's clock. `there`: what
    the clocks said where the person may be, and which signal speaks for each place."""

    checks: tuple[Check, ...]
    at: datetime | None = None
    duties: Duties = Duties()
    version: str = ""
    warnings: tuple[str, ...] = ()
    no_moment: str = ""
    headline: str = ""
    there: tuple[str, ...] = ()

    @property
    def answer(self) -> Literal["yes", "no", "later"]:
        refusal = self.refusal
        if refusal is None:
            return "yes"
        return "no" if refusal.for_good else "later"

    @property
    def allowed(self) -> bool:
        return self.refusal is None

    @property
    def refusal(self) -> Check | None:
        """The rule that decides: the first that says no for good, else the first that says not now."""
        failed = [check for check in self.checks if not check.holds]
        return next((check for check in failed if check.for_good), failed[0] if failed else None)

    def document(self) -> Json:
        """For keeping with the call, and for pages."""
        return {
            "answer": self.answer,
            "headline": self.headline,
            "at": self.at.isoformat() if self.at else None,
            "there": list(self.there),
            "version": self.version,
            "warnings": list(self.warnings),
            "duties": self.duties.document(),
            "no_moment": self.no_moment,
            "checks": [
                {
                    "rule": each.rule,
                    "holds": each.holds,
                    "why": each.why,
                    "inputs": each.inputs,
                    "warning": each.warning,
                }
                for each in self.checks
            ],
        }
