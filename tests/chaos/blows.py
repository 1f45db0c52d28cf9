"""What happens to the installation, by lot: a seed always gives the same blows in the same order. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from tests.emulators.faults import Fault

Form = Literal["embedded", "production"]
"""`embedded`: SQLite, one worker with its own Prefect server. `production`: PostgreSQL, a Prefect server, several."""

KILLS: Final[dict[Form, tuple[str, ...]]] = {
    "embedded": ("kill callers", "kill worker", "kill Prefect", "power cut"),
    "production": ("kill callers", "kill worker", "kill dispatcher", "kill Prefect", "restart database"),
}
FAULTS: Final[dict[str, tuple[str, Fault]]] = {
    "HubSpot 429": ("hubspot", Fault("rate_limit", times=3)),
    "HubSpot 500": ("hubspot", Fault("refuse", error="500", times=4)),
    "HubSpot cut after the write": ("hubspot", Fault("cut", times=3)),
    "HubSpot 502 after the write": ("hubspot", Fault("refuse", error="502 after the write", times=3)),
    "HubSpot silent after the write": ("hubspot", Fault("stall", seconds=11.0, times=2)),
    "webhook 503": ("hook", Fault("refuse", times=3)),
    "webhook 429": ("hook", Fault("rate_limit", times=3)),
    "webhook reset after it was taken": ("hook", Fault("cut", times=3)),
    "webhook silent after it was taken": ("hook", Fault("stall", seconds=11.0, times=2)),
    "mail 451": ("mail", Fault("refuse", times=3)),
    "mail cut after it was taken": ("mail", Fault("cut", times=2)),
}
"""By name, at which target and what. A fault waits for the requests that it is meant for."""


@dataclass(frozen=True)
class Blow:
    """`after`: it falls when so much has got done since the blow before, so that a slow machine is hit as often in the
    middle of something as a fast one. `back_s`: until what was killed is started again."""

    kind: str
    after: int
    back_s: float


def blows(seed: int, form: Form, far: int) -> Iterator[Blow]:
    """Without end, in rounds in which everything happens once. `far`: how far apart they are at most."""
    dice = random.Random(seed)
    while True:
        kinds = [*KILLS[form], *FAULTS]
        dice.shuffle(kinds)
        for kind in kinds:
            yield Blow(kind, dice.randint(1, far), dice.uniform(0.1, 1.5))


def a_round(form: Form) -> int:
    return len(KILLS[form]) + len(FAULTS)
