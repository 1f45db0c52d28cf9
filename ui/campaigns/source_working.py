"""The settings of a lead source as somebody is changing them; kept for the browser session until they are saved."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ui import parts, people
from ui.campaigns.merging import Both, changed, merge, put
from ui.campaigns.working import issues_of
from ui.forms.binding import Step
from ui.records import Issue, Json
from ui.resources import lead_sources
from ui.resources.campaigns import Problem
from ui.resources.lead_sources import Overtaken, Source
from ui.steps import ahead

_KEPT = "sources-working"


@dataclass
class SourceWorking:
    """What forms edit. `base`: what the engine has."""

    base: Source
    name: str
    document: dict[str, Json]
    both: tuple[Both, ...] = ()
    problems: tuple[Problem, ...] = ()
    locked: bool = False
    _seen: str = ""

    @property
    def flow_id(self) -> str:
        return f"source:{self.base.id}"

    @property
    def issues(self) -> Sequence[Issue]:
        return issues_of(self.problems)

    @property
    def read_only(self) -> bool:
        return self.locked

    def edit(self, label: str, *steps: Step) -> None:
        """Nothing is stored before `save`."""
        self.document = ahead(self.document, steps)

    @property
    def unsaved(self) -> bool:
        return bool(changed(self.base.document, self.document)) or self.name != self.base.name

    def check(self) -> None:
        """Raises `EngineTrouble`."""
        asked = json.dumps(self.document, sort_keys=True)
        if asked != self._seen:
            self.problems = lead_sources.check(parts.engine(), self.base.kind, self.document)
            self._seen = asked

    def save(self, state: str) -> bool:
        """False when somebody else was quicker; see `Working.save`. Raises `EngineTrouble`."""
        by = people.current_person()
        saved = lead_sources.save(
            parts.engine(), self.base, name=self.name, state=state, document=self.document, by=by
        )  # fmt: skip
        if isinstance(saved, Overtaken):
            merged = merge(self.base.document, self.document, saved.current.document)
            if self.name == self.base.name:
                self.name = saved.current.name
            self.base, self.document, self.both = saved.current, merged.document, merged.both
            return False
        self.show(saved)
        return True

    def choose(self, both: Both, *, mine: bool) -> None:
        if mine:
            self.document = put(self.document, both.path, both.mine)
        self.both = tuple(each for each in self.both if each.path != both.path)

    def show(self, source: Source) -> None:
        self.base, self.name, self.document, self.both = source, source.name, copy.deepcopy(source.document), ()

    def discard(self) -> None:
        self.show(self.base)


def source_working(found: Source, *, may_change: bool) -> SourceWorking:
    """The session's own copy; without changes of one's own it follows the engine."""
    kept: dict[str, SourceWorking] = st.session_state.setdefault(_KEPT, {})
    mine = kept.get(found.id)
    if mine is None:
        mine = kept[found.id] = SourceWorking(found, found.name, copy.deepcopy(found.document))
    elif not mine.unsaved and not mine.both:
        mine.show(found)
    elif found.document == mine.base.document and found.name == mine.base.name:
        mine.base = found
    mine.locked = not may_change
    return mine
