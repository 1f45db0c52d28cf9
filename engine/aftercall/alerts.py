"""One message to the operators for every call whose after-call work needs a person, sent by Prefect itself.

Two automations, made by code and found again by their names:

    a run has failed                             told at once
    a run has crashed and nobody took it up      told after a quarter of an hour; usually one does within a minute

The message is JSON with `text`, as incoming webhooks of Slack, Mattermost and Teams take it, and the same facts apart.
It holds what Prefect is told anyway: ids, the flow's name, the outcome, what the cards say of themselves.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import PrefectClient
from prefect.events.actions import CallWebhook
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from pydantic import SecretStr

from engine.aftercall.prefect_flow import FAILED_AND_WAITS, FLOW_NAME

log = logging.getLogger(__name__)

BLOCK: Final = "leadline-alerts"
FAILED: Final = "Leadline: after-call work failed"
LEFT: Final = "Leadline: after-call work was left lying"
LEFT_S: Final = 900.0

_BODY: Final = """{
  "text": {{ ("%s: " ~ flow_run.name ~ ". " ~ (flow_run.state.message or "") ~ "\\nRun: " ~ (flow_run|ui_url)
              ~ "\\nCall: %s" ~ flow_run.parameters.call_id) | tojson }},
  "call_id": {{ flow_run.parameters.call_id | tojson }},
  "call_url": {{ ("%s" ~ flow_run.parameters.call_id) | tojson }},
  "run_url": {{ flow_run|ui_url | tojson }},
  "state": {{ flow_run.state.name | tojson }}
}"""


async def arrange_alerts(client: PrefectClient, address: str, call_page: str, left_s: float = LEFT_S) -> None:
    """Let Prefect send alerts to `address`, or send none any more if it is empty. `call_page`: address of a call's page
    without the id at its end. Automations that are there stay as somebody may have changed them; only the address is
    set anew."""
    if not address:
        for name in (FAILED, LEFT):
            for known in await client.read_automations_by_name(name):
                await client.delete_automation(known.id)
        return
    block = Webhook(method="POST", url=SecretStr(address), headers={"content-type": "application/json"})
    block_id = await block.save(BLOCK, overwrite=True, client=client)
    ours = {"prefect.resource.role": "flow", "prefect.resource.name": FLOW_NAME}
    every_run = {"prefect.resource.id": "prefect.flow-run.*"}
    failed = EventTrigger(
        expect={"prefect.flow-run.Failed", f"prefect.flow-run.{FAILED_AND_WAITS}"},
        match=every_run, match_related=ours, for_each={"prefect.resource.id"},
        posture=Posture.Reactive, threshold=1, within=timedelta(0),
    )  # fmt: skip
    left = EventTrigger(
        after={"prefect.flow-run.Crashed"}, expect={"prefect.flow-run.Running"},
        match=every_run, match_related=ours, for_each={"prefect.resource.id"},
        posture=Posture.Proactive, threshold=1, within=timedelta(seconds=left_s),
    )  # fmt: skip
    for name, trigger, words in (
        (FAILED, failed, "After-call work needs a person"),
        (LEFT, left, "After-call work was left lying"),
    ):
        payload = _BODY % (words, call_page, call_page)
        action = CallWebhook(block_document_id=block_id, payload=payload)
        await _one(client, AutomationCore(name=name, trigger=trigger, actions=[action]))


async def _one(client: PrefectClient, wanted: AutomationCore) -> None:
    """Make the automation unless it is there. Two dispatchers that start at once may both make it: one is kept."""
    if not await client.read_automations_by_name(wanted.name):
        await client.create_automation(wanted)
    for double in sorted(await client.read_automations_by_name(wanted.name), key=lambda each: each.id)[1:]:
        await client.delete_automation(double.id)
