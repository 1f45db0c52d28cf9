"""Draws the turn-taking table as a diagram: `python -m engine.call.floor_diagram` writes docs/floor.md."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from engine.call.floor_table import TABLE, Do, State, Trigger

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "floor.md"

_EVERYWHERE: Final = (Trigger.ENGINE_FAILED, Trigger.HARD_LIMIT, Trigger.LINE_CLOSED)
_WHILE_TALKING: Final = (Trigger.KEY, Trigger.TIME_UP, Trigger.REPLY_FAILED_AGAIN)


def diagram() -> str:
    """The table as a Mermaid state diagram. What holds in (nearly) every state is told in words below, not drawn."""
    lines = ["stateDiagram-v2", "    [*] --> opening"]
    for state, row in TABLE.items():
        for trigger, (target, actions) in row.items():
            if trigger not in (*_EVERYWHERE, *_WHILE_TALKING):
                lines.append(f"    {state} --> {target}: {_label(trigger, actions)}")
    lines.append("    closed --> [*]")
    return "\n".join(lines)


def page() -> str:
    """The whole of docs/floor.md."""
    general = "\n".join(
        f"- *{trigger}*: from {_states_with(trigger)} to {target}" + (f" ({_list(actions)})." if actions else ".")
        for trigger in (*_EVERYWHERE, *_WHILE_TALKING)
        for target, actions in [next(row[trigger] for row in TABLE.values() if trigger in row)]
    )
    return (
        "# Who holds the floor\n\n"
        "Drawn from the table in `engine/call/floor_table.py`, whose header explains it; do not edit by hand, run\n"
        "`python -m engine.call.floor_diagram`. An arrow reads: *what happened* / what is ordered.\n\n"
        f"```mermaid\n{diagram()}\n```\n\n"
        "Not drawn, because it holds in many states:\n\n"
        f"{general}\n"
    )


def main() -> None:
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


def _states_with(trigger: Trigger) -> str:
    states = [state for state, row in TABLE.items() if trigger in row]
    missing: list[State] = [state for state in State if state not in states and state is not State.CLOSED]
    return f"every state but {_list(missing)}" if missing else "every state"


def _label(trigger: Trigger, actions: tuple[Do, ...]) -> str:
    return f"{trigger} / {_list(actions)}" if actions else str(trigger)


def _list(names: tuple[Do, ...] | list[State]) -> str:
    return ", ".join(names)


if __name__ == "__main__":
    main()
