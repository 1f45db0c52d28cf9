"""What somebody is working on and has not saved yet: a whole document, kept for the browser session."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import streamlit as st

from ui import parts, people
from ui.campaigns.merging import Both, changed, merge, put
from ui.forms.binding import Step
from ui.records import Issue, Json
from ui.resources import campaigns
from ui.resources.campaigns import Campaign, Change, Checked, Overtaken, Problem
from ui.steps import ahead

_KEPT: Final = "campaigns-working"


@dataclass
class Working:
    """A campaign as it is drawn; what forms edit (`ui.forms.binding.Draft`). `base`: what the engine has. `both`:
    fields that somebody else changed to something else meanwhile; `theirs`: what the engine says of them."""

    base: Campaign
    name: str
    document: dict[str, Json]
    both: tuple[Both, ...] = ()
    theirs: tuple[Change, ...] = ()
    checked: Checked = field(default_factory=lambda: Checked(True))
    locked: bool = False
    _seen: str = ""

    @property
    def flow_id(self) -> str:
        """Under which the forms keep what they have shown."""
        return f"campaign:{self.base.id}"

    @property
    def issues(self) -> Sequence[Issue]:
        return issues_of(self.checked.issues)

    @property
    def read_only(self) -> bool:
        return self.locked

    def edit(self, label: str, *steps: Step) -> None:
        """Ahead of the engine: nothing is stored before `save`."""
        self.document = ahead(self.document, steps)

    @property
    def unsaved(self) -> int:
        """How many fields differ from what is saved."""
        return len(changed(self.base.document, self.document)) + (self.name != self.base.name)

    def check(self, state: str) -> None:
        """Ask the engine about the document as it is drawn. Raises `EngineTrouble`."""
        asked = json.dumps([self.document, state], sort_keys=True)
        if asked != self._seen:
            self.checked = campaigns.check(parts.engine(), self.document, state)
            self._seen = asked

    def discard(self) -> None:
        self._show(self.base)

    def save(self) -> bool:
        """False when somebody else was quicker; what both did is then in the document, and not saved. Raises
        `EngineTrouble`."""
        by = people.current_person()
        saved = campaigns.save(
            parts.engine(), self.base.id, name=self.name, document=self.document, revision=self.base.revision, by=by
        )
        if isinstance(saved, Overtaken):
            self.meet(saved.current, saved.changes)
            return False
        self._show(saved)
        return True

    def meet(self, theirs: Campaign, told: Sequence[Change] = ()) -> None:
        """Somebody else has saved: go on from theirs, with one's own changes laid on."""
        merged = merge(self.base.document, self.document, theirs.document)
        if self.name == self.base.name:
            self.name = theirs.name
        self.base, self.document, self.both, self.theirs = theirs, merged.document, merged.both, tuple(told)

    def choose(self, both: Both, *, mine: bool) -> None:
        """Of two values of a field."""
        if mine:
            self.document = put(self.document, both.path, both.mine)
        self.both = tuple(each for each in self.both if each.path != both.path)

    def _show(self, campaign: Campaign) -> None:
        self.base, self.name, self.document = campaign, campaign.name, copy.deepcopy(campaign.document)
        self.both = self.theirs = ()


def working(found: Campaign, *, may_change: bool) -> Working:
    """The session's own copy of a campaign that was just read. Without changes of one's own it follows the engine."""
    kept: dict[str, Working] = st.session_state.setdefault(_KEPT, {})
    mine = kept.get(found.id)
    if mine is None:
        mine = kept[found.id] = Working(found, found.name, copy.deepcopy(found.document))
    elif not mine.unsaved and not mine.both:
        mine._show(found)
    elif found.revision == mine.base.revision:
        mine.base = found  # the figures and the state of now
    elif found.document == mine.base.document and found.name == mine.base.name:
        mine.base = found  # somebody has only switched it
    mine.locked = found.read_only or found.state == "archived" or not may_change
    return mine


def forget(campaign_id: str) -> None:
    """What was not saved is gone."""
    st.session_state.get(_KEPT, {}).pop(campaign_id, None)


def issues_of(problems: Sequence[Problem]) -> Sequence[Issue]:
    """As the forms show them at their fields."""
    return [Issue(each.code, each.level, "flow", "", each.path, each.sentence, each.fix) for each in problems]
