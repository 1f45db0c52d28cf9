"""What calls would ask of the services: their choice of them, and what they would say of the call beforehand. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from engine.call.hints import hints_for_call
from engine.flow.model import Flow
from engine.providers.choice import Choice, Defaults, choose
from engine.sdk import Lead
from engine.speech.ports import Hints


class DefaultFlow(Defaults, Protocol):
    @property
    def default_flow(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Use:
    """`hints`: language and words that the recogniser would be told; of a lead that nobody knows yet. `whose`: name of
    the flow, empty for the settings' own choice."""

    choice: Choice
    hints: Hints = field(default_factory=Hints)
    whose: str = ""


def uses_of(settings: DefaultFlow, flows: Iterable[Flow]) -> list[Use]:
    """What the settings choose, which leads without a flow are called by, then what each of `flows` chooses."""
    published = list(flows)
    default = next((flow for flow in published if flow.id == settings.default_flow), None)
    return [
        Use(choose(settings), _hints(default) if default is not None else Hints()),
        *(Use(choose(settings, flow), _hints(flow), flow.name) for flow in published),
    ]


def _hints(flow: Flow) -> Hints:
    return hints_for_call(flow, Lead("nobody", "Alex", "Example", "+15550100000"))
