"""The work pool and the deployment through which workers on several machines share the calls. Made by code, as often as
anybody likes: what is there already stays.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from engine.aftercall.pool_worker import LeadlineWorker
from engine.aftercall.prefect_flow import post_call

WORKER_TYPE: Final = LeadlineWorker.type
DEPLOYMENT: Final = "leadline"


class WrongPool(Exception):
    """The work pool is for another kind of worker. The message says what to do."""


async def deploy(
    client: PrefectClient, pool: str, flow: Flow[Any, Any] = post_call, deployment: str = DEPLOYMENT
) -> UUID:
    """The id of the deployment of `flow` whose runs the workers of `pool` carry out. Raises `WrongPool`."""
    try:
        found = await client.read_work_pool(pool)
    except ObjectNotFound:
        wanted = WorkPoolCreate(
            name=pool, type=WORKER_TYPE, base_job_template=LeadlineWorker.get_default_base_job_template(),
            description="After-call work of Leadline. Its workers: python -m engine.aftercall --role worker",
        )  # fmt: skip
        try:
            found = await client.create_work_pool(wanted)
        except ObjectAlreadyExists:  # another dispatcher was quicker
            found = await client.read_work_pool(pool)
    if found.type != WORKER_TYPE:
        raise WrongPool(
            f"The work pool '{pool}' of Prefect is for workers of type '{found.type}'; after-call work needs one of "
            f"type '{WORKER_TYPE}'. Name another pool in LEADLINE_PREFECT_POOL: it is made if there is none."
        )
    flow_id = await client.create_flow(flow)
    return await client.create_deployment(
        flow_id, f"{deployment}-{pool}", work_pool_name=pool, entrypoint=f"{flow.fn.__module__}.{flow.fn.__name__}",
        description=flow.description, parameter_openapi_schema=flow.parameters.model_dump_for_openapi(),
    )  # fmt: skip
