"""What a person finds in Prefect beside a run: what each card sent, and how every card stands. Without the lead.

The work is done before any of this is written, so a failure here is only noted.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from typing import Final

from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact

from engine.aftercall.plan import Plan
from engine.aftercall.veil import Veil
from engine.aftercall.verdict import StepReport
from engine.store.steps import StepRecord

log = logging.getLogger(__name__)

LEDGER: Final = "after-call-cards"


async def show_sent(report: StepReport, veil: Veil) -> None:
    """What the card did and sent."""
    outcome = report.outcome
    assert outcome is not None
    lines = [f"## {report.step.name}", "", veil.text(outcome.note)]
    if outcome.external_id:
        lines += ["", f"Known there as `{veil.text(outcome.external_id)}`."]
    if outcome.sent is not None:
        sent = veil.document(outcome.sent)
        lines += ["", "```json", json.dumps(sent, indent=2, ensure_ascii=False, default=str), "```"]
    key = re.sub(r"[^a-z0-9]+", "-", report.step.id.lower()).strip("-") or "card"
    try:
        await acreate_markdown_artifact("\n".join(lines), key=key, description=report.step.name)
    except Exception as problem:
        log.warning("the artifact of card %s could not be stored: %s", report.step.id, type(problem).__name__)


async def show_ledger(plan: Plan, records: Sequence[StepRecord], veil: Veil) -> None:
    """One table of the run: every card of the lane as the ledger has it."""
    by_id = {record.step_id: record for record in records}
    rows: list[dict[str, str | int]] = []
    for step in plan.steps:
        record = by_id.get(step.id)
        rows.append(
            {
                "Card": step.name,
                "State": record.state if record else "not begun",
                "Tries": record.attempt if record else 0,
                "What happened": veil.text(record.note) if record else "",
                "Known there as": veil.text(record.external_id) if record else "",
            }
        )
    try:
        await acreate_table_artifact(rows, key=LEDGER, description="How every card stands, as Leadline keeps it.")
    except Exception as problem:
        log.warning("the table of a run could not be stored: %s", type(problem).__name__)
