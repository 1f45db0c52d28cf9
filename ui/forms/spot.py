"""A place of the draft that a widget edits: its key, and what happens when the widget reports.

Streamlit may call a widget's callback though nothing was changed, and its browser side keeps old text under an old key.
So a session remembers what each place has shown: a callback that brings that very value writes nothing, and a value
that came from elsewhere (the canvas, a colleague, undo) gives the widget a new key, and with it the new text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, TypeAlias

import streamlit as st

from ui.flow_view import Flow
from ui.forms.binding import MISSING, Draft, Missing, Path, at, clear, same, write
from ui.part_names import name_at
from ui.records import CardType, Json
from ui.resources.calendars import Calendar
from ui.resources.connections import Connection, Kind
from ui.texts import t

_SHOWN: Final = "forms.shown"
NO_TYPES: Final[Mapping[str, CardType]] = MappingProxyType({})
Read: TypeAlias = Callable[[object], Json | Missing]
"""What a widget's value means in the document."""
Write: TypeAlias = Callable[[Json | Missing], None]


@dataclass(frozen=True, slots=True)
class Context:
    """What forms offer to pick from. `connections`, `calendars`: None when the engine could not be asked. `kinds`: of
    connections. `after_call`: the form is that of a card behind the call, where texts may use other things."""

    flow: Flow
    types: Mapping[str, CardType] = field(default_factory=lambda: NO_TYPES)
    connections: tuple[Connection, ...] | None = None
    calendars: tuple[Calendar, ...] | None = None
    kinds: tuple[Kind, ...] = ()
    after_call: bool = False


@dataclass(slots=True)
class _Shown:
    epoch: int
    value: object


@dataclass(frozen=True, slots=True)
class Spot:
    """`title`: what the field is called, for the name of an edit."""

    draft: Draft
    path: Path
    title: str
    context: Context

    @property
    def value(self) -> Json | Missing:
        return at(self.draft.document, self.path)

    @property
    def locked(self) -> bool:
        return self.draft.read_only

    def inside(self, *path: str | int, title: str = "") -> Spot:
        return replace(self, path=(*self.path, *path), title=title or self.title)

    def key(self, shown: object, part: str = "") -> str:
        """The key of the widget that shows `shown`. `part`: which of several widgets at this place."""
        kept = _kept()
        name = self._name(part)
        known = kept.get(name)
        if known is None:
            known = kept[name] = _Shown(0, shown)
        elif not same(known.value, shown):
            known = kept[name] = _Shown(known.epoch + 1, shown)
        return f"form/{name}/{known.epoch}"

    def on_change(self, key: str, read: Read, write_: Write, part: str = "") -> None:
        """The callback of a widget, with `key` as it was drawn. `write_` gets what is new."""
        if self.locked or key not in st.session_state:
            return
        new = read(st.session_state[key])
        known = _kept().get(self._name(part))
        if known is not None and same(known.value, new):
            return
        if known is not None:
            known.value = new
        write_(new)

    def put(self, new: Json | Missing, seen: Json | Missing = MISSING) -> None:
        """Write the field, or take it away with MISSING. `seen`: what stood there when it was drawn."""
        document = self.draft.document
        now = at(document, self.path)
        if same(now, new):
            return
        label = t("form.changed", field=self.title, what=name_at(document, self.path))
        step = clear(document, self.path) if isinstance(new, Missing) else write(document, self.path, new, seen)
        self.draft.edit(label, step)

    def _name(self, part: str) -> str:
        return "/".join((self.draft.flow_id, *(str(each) for each in self.path))) + (f"#{part}" if part else "")


def _kept() -> dict[str, _Shown]:
    kept: dict[str, _Shown] = st.session_state.setdefault(_SHOWN, {})
    return kept
