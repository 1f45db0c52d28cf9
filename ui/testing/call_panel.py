"""The call from the browser: a panel on which somebody talks with the draft through their own microphone.

Sound, captions and the line live in the browser (ui/frontend/src/call); it asks Python only once a call, for a ticket,
so that no token of the engine ever reaches it. Draw the panel above everything that may be slow or exchanged: a call
lasts as long as its panel is on the page.

    click ──want──> call_panel ──POST /test-calls──> engine
                        └──ticket──> browser ──socket──> engine
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import streamlit as st

from ui import looks, parts, people
from ui.client import EngineTrouble, address_for_browsers, part
from ui.components import component, words
from ui.records import Json
from ui.resources.test_calls import open_browser_call
from ui.texts import t


class OpenFlow(Protocol):
    """As much of a flow's session as is needed (`ui.flow_session.FlowSession`)."""

    @property
    def flow_id(self) -> str: ...

    @property
    def document(self) -> Mapping[str, Json]: ...


@dataclass(frozen=True, slots=True)
class Lead:
    """Whom the agent believes to call. `form`: what they are supposed to have typed, by field."""

    first_name: str
    number: str = ""
    form: Mapping[str, str] | None = None


def call_panel(session: OpenFlow, lead: Lead | None = None) -> None:
    """The panel for the flow of `session`. `lead`: who is called; made up if not given."""
    flow_id = session.flow_id
    key, answer = f"call-{flow_id}", f"call-answer-{flow_id}"

    def wanted() -> None:
        ask = getattr(st.session_state.get(key), "want", None)
        given = st.session_state.get(answer)
        if isinstance(ask, str) and not (given and given["ask"] == ask):
            st.session_state[answer] = _answer(flow_id, ask, lead or Lead(t("testcall.somebody")))

    given: dict[str, Json] | None = st.session_state.get(answer)
    component("call")(
        key=key,
        data={
            "flow": flow_id,
            "agent": _text(session.document.get("assistant"), "name"),
            "texts": words("testcall"),
            "outcomes": words("outcome"),
            "slots": _slots(session.document),
            "granted": given if given and "ticket" in given else None,
            "denied": given if given and "sentence" in given else None,
        },
        on_want_change=wanted,
    )


def _answer(flow_id: str, ask: str, lead: Lead) -> dict[str, Json]:
    """What the browser gets for its wish `ask`: a call, or the engine's own sentence on why not."""
    try:
        opened = open_browser_call(
            parts.engine(), flow_id, origin=_origin(), by=people.current_person(),
            first_name=lead.first_name, number=lead.number, form=lead.form,
        )  # fmt: skip
    except EngineTrouble as trouble:
        return {"ask": ask, "sentence": trouble.sentence}
    engine = address_for_browsers()
    return {
        "ask": ask,
        "call": opened.call_id,
        "url": f"ws{engine.removeprefix('http')}/test-calls/media",
        "ticket": opened.ticket,
        "events": f"{engine}/calls/{part(opened.call_id)}/events",
        "watch": opened.watch_ticket,
        "page": looks.address("call", call=opened.call_id),
    }


def _origin() -> str:
    """Of the page that this browser shows, so that the ticket works in no other."""
    parts_of = urlsplit(st.context.url or "")
    return f"{parts_of.scheme}://{parts_of.netloc}" if parts_of.netloc else ""


def _slots(document: Mapping[str, Json]) -> dict[str, Json]:
    """Things to find out, in their order: what to call each, and its choices."""
    found: dict[str, Json] = {}
    slots = document.get("slots")
    for slot in slots if isinstance(slots, list) else ():
        if id := _text(slot, "id"):
            choices = slot.get("choices") if isinstance(slot, dict) else None
            found[id] = {
                "label": _text(slot, "label"),
                "type": _text(slot, "type"),
                "choices": {
                    _text(each, "value"): _text(each, "label")
                    for each in (choices if isinstance(choices, list) else ())
                    if _text(each, "label")
                },
            }
    return found


def _text(holder: Json, name: str) -> str:
    found = holder.get(name) if isinstance(holder, Mapping) else None
    return found if isinstance(found, str) else ""
