"""All tables in one metadata: importing this module registers every one of them. For migrations and their test."""

from typing import Final

from engine.store import (
    appointment_tables,
    calls,
    connections,
    consents,
    edits,
    flows,
    guard,
    journal,
    leads,
    outbox_tables,
    people,
    processes,
    rate_turns,
    replays,
    retention,
    scenario_runs,
    suppression,
    trials,
)
from engine.store.base import Base

MODULES: Final = (
    appointment_tables,
    calls,
    connections,
    consents,
    edits,
    flows,
    guard,
    journal,
    leads,
    outbox_tables,
    people,
    processes,
    rate_turns,
    replays,
    retention,
    scenario_runs,
    suppression,
    trials,
)
METADATA: Final = Base.metadata
