"""The lane behind the call: planned from the flow, kept in the outbox, run by Prefect.

`plan` (pure) and the outbox belong to the engine's transaction; `prefect_flow`, `worker` and `server` live in a process
of their own and are imported by nothing that carries live audio.
"""

from engine.aftercall.plan import Plan, PlanInvalid, plan_after_call

__all__ = ["Plan", "PlanInvalid", "plan_after_call"]
