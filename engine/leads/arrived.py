"""What a source hands over: a lead as it was read, its evidence, and what was sent. Every source ends here."""

from __future__ import annotations

from dataclasses import dataclass

from engine.leads.fields import FieldProblem
from engine.store.consents import ConsentEvidence
from engine.store.leads import NewLead


@dataclass(frozen=True, slots=True)
class Arrived:
    """`evidence`: None where the source says nothing of consent. `payload`: what was sent, byte for byte, except that
    keys and tokens are taken out by whoever read it; it is kept sealed. `problems`: what should be put right in the
    form, for the answer; whatever keeps the lead from being called stands in `lead.unusable` too."""

    lead: NewLead
    evidence: ConsentEvidence | None
    payload: bytes = b""
    content_type: str = ""
    problems: tuple[FieldProblem, ...] = ()

    @property
    def usable(self) -> bool:
        return not any(each.fatal for each in self.problems)
