"""Calls that try a draft out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine, read
from ui.records import Json


@dataclass(frozen=True, slots=True)
class BrowserCall:
    """A call that is ready for this browser. `ticket` opens its socket once; `watch_ticket` reads its events."""

    call_id: str
    revision: int
    ticket: str = field(repr=False)
    watch_ticket: str = field(repr=False)


_OPENED: Final = TypeAdapter(BrowserCall)


def open_browser_call(
    engine: Engine, flow_id: str, *, origin: str, by: str, first_name: str = "", number: str = "",
    form: Mapping[str, str] | None = None,
) -> BrowserCall:  # fmt: skip
    """Have the newest draft made ready to talk with a page of `origin`. `first_name`, `number`, `form`: what the agent
    knows of the lead. Raises `EngineTrouble`."""
    asked: dict[str, Json] = {
        "flow_id": flow_id,
        "kind": "browser",
        "origin": origin,
        "first_name": first_name,
        "number": number,
        "form": dict(form or {}),
        "by": by,
    }
    return read(_OPENED, engine.send("POST", "/test-calls", json=asked))
