"""What every page of one flow begins with: `session = open_flow()`.

It reads `?flow=`, brings the draft up to date, draws the header with the tabs, and gives the page the document and the
ways to change it. A change is sent at once; what clashes comes up as a choice; what cannot be sent is kept and shown.

    session = open_flow()
    st.text_input("Name", key=..., on_change=lambda: session.put(["name"], st.session_state[...]))

Forms that are drawn inside a fragment call `session.refresh()` at its beginning.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

import streamlit as st

from ui import flow_header, parts, people, typing_watch
from ui.client import EngineTrouble
from ui.desk import Desk
from ui.forms.binding import MISSING, Missing, at, clear, insert, move, same, write
from ui.part_names import name_at
from ui.records import Issue, Json
from ui.resources.drafts import Place, Step, View
from ui.texts import t

_CLIENT: Final = "leadline-window"
_DESK: Final = "leadline-desk"


class FlowSession:
    """One flow in one window. What it tells is what was read when the page (or its fragment) was drawn."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def flow_id(self) -> str:
        return self._desk.flow_id

    @property
    def name(self) -> str:
        return str(self.document.get("name") or self.flow_id)

    @property
    def document(self) -> dict[str, Json]:
        """With what is not saved yet. Never change it in place."""
        return self._desk.document

    @property
    def view(self) -> View:
        return self._desk.draft.view if self._desk.draft is not None else View()

    @property
    def issues(self) -> tuple[Issue, ...]:
        return self._desk.draft.issues if self._desk.draft is not None else ()

    @property
    def revision(self) -> int:
        return self._desk.draft.revision if self._desk.draft is not None else 0

    @property
    def read_only(self) -> bool:
        return self._desk.draft is not None and self._desk.draft.read_only

    @property
    def client(self) -> str:
        """How the engine knows this window."""
        return self._desk.client

    @property
    def desk(self) -> Desk:
        return self._desk

    def value(self, path: Iterable[Place], default: Json = None) -> Json:
        """What stands at `path`: names, and for things in lists their id or their place."""
        found = at(self.document, tuple(path))
        return default if isinstance(found, Missing) else found

    def put(self, path: Iterable[Place], value: Json, *, seen: Json | Missing = MISSING, label: str = "") -> None:
        """Set a field. `seen`: what the person saw there, if that is something else than what the document says."""
        place = tuple(path)
        if same(at(self.document, place) if isinstance(seen, Missing) else seen, value):
            return
        words = label or t("edit.changed", what=name_at(self.document, place))
        self.edit(words, write(self.document, place, value, seen))

    def remove(self, path: Iterable[Place], *, label: str = "") -> None:
        """Take a field or a thing of a list away."""
        place = tuple(path)
        words = label or t("edit.removed", what=name_at(self.document, place))
        self.edit(words, clear(self.document, place))

    def insert(self, path: Iterable[Place], value: Json, before: Place | None = None, *, label: str = "") -> None:
        """A new thing in the list at `path`; behind all others, or before the one named."""
        place = tuple(path)
        words = label or t("edit.added", what=name_at(self.document, place, value))
        self.edit(words, insert(place, value, before))

    def move(self, path: Iterable[Place], before: Place | None = None, *, label: str = "") -> None:
        """Another place in its list for the thing at `path`; None: the end."""
        place = tuple(path)
        words = label or t("edit.moved", what=name_at(self.document, place))
        self.edit(words, move(place, before))

    def edit(self, label: str, *steps: Step) -> None:
        """One edit of several steps, undone as one. `label`: what was done, for undo and for colleagues."""
        if self.read_only:
            self._desk.refusal = t("session.read_only")
            return
        self._desk.take(parts.engine(), label, steps, parts.now())

    def refresh(self) -> None:
        """Bring the document up to date; at the beginning of a fragment that draws forms."""
        if "page" not in self._desk.fresh:
            self._desk.read(parts.engine())
            if self._desk.attention != self._desk.told:
                st.rerun()
        self._desk.fresh.discard("page")


def open_flow(*, quiet: bool = False) -> FlowSession:
    """The flow that the address names, with header and tabs. The page goes no further when there is none.

    `quiet`: the page itself tells whether all is saved, and undoes.
    """
    flow_id = st.query_params.get("flow")
    if not flow_id:
        st.info(t("flow.none"))
        st.page_link("app_pages/flows.py", label=t("back.flows"), icon=":material/arrow_back:")
        st.stop()
    desk = _desk(flow_id)
    try:
        desk.read(parts.engine())
        desk.fresh = {"head", "page"}
    except EngineTrouble as trouble:
        parts.show_trouble(trouble)
        st.page_link("app_pages/flows.py", label=t("back.flows"), icon=":material/arrow_back:")
        st.stop()
    flow_header.draw(desk, quiet=quiet)
    typing_watch.draw("typing")
    return FlowSession(desk)


def _desk(flow_id: str) -> Desk:
    """The one that lies open in this window. Another flow's is kept as long as it has something unsaved."""
    client = st.session_state.setdefault(_CLIENT, f"window_{uuid.uuid4().hex}")
    desks: dict[str, Desk] = st.session_state.setdefault(_DESK, {})
    if flow_id not in desks:
        desks[flow_id] = Desk(flow_id, client, people.current_person())
    for other in [desk for desk in desks.values() if desk.flow_id != flow_id and desk.waiting]:
        other.send(parts.engine())
    return desks[flow_id]
