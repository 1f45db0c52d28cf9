"""May we call this lead now? The question that the dialer asks, for people and programs; and asking it anew of a lead
that was not to be called."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_TOKEN, Asking
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.campaigns import CampaignRefused
from engine.compliance import Decision
from engine.dialing import planning
from engine.store import audit, leads

router = APIRouter(prefix="/leads", tags=["leads"])


class RuleOut(BaseModel):
    """A rule's verdict. `inputs`: what it was decided on, such as zones, windows, counts and dates of lists."""

    rule: str
    holds: bool
    why: str
    inputs: str
    warning: str


class PermissionOut(BaseModel):
    """`at`: the first moment at which every rule will hold, as far as can be known. `version`: of the rules' data."""

    answer: Literal["yes", "no", "later"]
    why: str = Field(description="The sentence that decides; empty if the lead may be called.")
    at: datetime | None
    asked_at: datetime
    version: str
    warnings: list[str]
    rules: list[RuleOut]


@router.get(
    "/{lead_id}/permission",
    dependencies=[NEEDS_TOKEN],
    responses={404: {"model": ProblemOut}, 409: {"model": ProblemOut}},
)
async def permission(lead_id: str, use: Use) -> PermissionOut:
    """The policy's answer at this moment, with every rule that was asked."""
    async with use.database.read() as tx:
        lead = await leads.read(tx, lead_id)
        if lead is None:
            raise Problem(404, f"There is no lead {lead_id}.")
        try:
            decision = await use.dialer.decide(tx, lead)
        except CampaignRefused as refused:
            raise Problem(409, f"Nobody can be called by the lead's campaign. {refused}") from None
    return _out(decision, use)


@router.post(
    "/{lead_id}/ask-again",
    dependencies=[NEEDS_TOKEN],
    responses={404: {"model": ProblemOut}, 409: {"model": ProblemOut}},
    operation_id="ask_again_about_lead",
)
async def ask_again(lead_id: str, use: Use, asking: Asking) -> PermissionOut:
    """Have a lead called that a rule had kept from it, after what was missing is there: the policy is asked anew."""
    now = use.clock.now()
    try:
        async with use.database.begin() as tx:
            await planning.ask_again(tx, lead_id, asking.author("Somebody"), now)
            await audit.add(tx, asking.who, "asked_again", f"lead:{lead_id}", {}, now)
    except LookupError as missing:
        raise Problem(404, str(missing)) from None
    except planning.NotHeldBack as other:
        raise Problem(409, str(other)) from None
    use.dialer.wake()
    return await permission(lead_id, use)


def _out(decision: Decision, use: Services) -> PermissionOut:
    refusal = decision.refusal
    return PermissionOut(
        answer=decision.answer,
        why=refusal.why if refusal else "",
        at=decision.at,
        asked_at=use.clock.now(),
        version=decision.version,
        warnings=list(decision.warnings),
        rules=[
            RuleOut(rule=each.rule, holds=each.holds, why=each.why, inputs=each.inputs, warning=each.warning)
            for each in decision.checks
        ],
    )
