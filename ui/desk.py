"""One flow as it lies open in one window: the draft, edits that are not saved yet, what clashed, undo and redo.

Nothing is drawn here, and no clock is read. The engine owns the draft; a desk sends edits to it, keeps those that could
not be sent, and shows the document with them, so that what was typed is never lost from sight.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from ui.choices import Choice, chosen_steps
from ui.client import Engine, EngineTrouble
from ui.past import Past, guarded
from ui.records import Json
from ui.resources import drafts
from ui.resources.drafts import Clash, Draft, Edit, Edits, EditsClash, NewEdit, Step
from ui.steps import ahead, primitive

HERE_FOR: Final = timedelta(minutes=5)
"""Somebody whose last edit is older than this is not said to be at work."""
LOOK_BACK: Final = 30
"""Edits before the draft that are looked at to learn who else is at work."""

AT_ONCE: Final = 100
"""Edits of one request."""
LABEL: Final = 200
"""Letters of a label; a longer one is cut."""

Role = Literal["new", "undo", "redo"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An edit that the engine has not confirmed. `at`: when it was made."""

    edit: NewEdit
    role: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class Clashed:
    """An edit of ours that was not made. `undone_by`: the edit that removed what it was about, if that is known."""

    edit: NewEdit
    clash: Clash
    undone_by: Edit | None = None


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody else at work on the same flow. `label`: what they did last."""

    by: str
    at: datetime
    label: str


@dataclass
class Desk:
    """`client`: names this window to the engine. The window's canvas goes by the same name."""

    flow_id: str
    client: str
    by: str
    draft: Draft | None = None
    document: dict[str, Json] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    clashes: list[Clashed] = field(default_factory=list)
    trouble: EngineTrouble | None = None
    refusal: str = ""
    saved_at: datetime | None = None
    past: Past = field(default_factory=Past)
    colleagues: dict[str, Colleague] = field(default_factory=dict)
    news: list[Edit] = field(default_factory=list)
    """Edits of others since what is shown was read."""
    turn: int = 0
    """Counts what was done in the head of the page and concerns all of it."""
    told: tuple[object, ...] = ()
    """What of `attention` stands on the page."""
    fresh: set[str] = field(default_factory=set)
    """Parts of the page that are about to be drawn from what was read a moment ago, in the same run."""
    _sent: set[str] = field(default_factory=set)
    """Edits made here, by id."""
    _seen: int = 0
    """The newest revision that the engine has told of."""
    _behind: bool = False
    """Whether somebody else has done something that is not shown yet."""

    def read(self, engine: Engine) -> None:
        """Bring what is shown up to date. Raises `EngineTrouble` only when there is nothing to show yet."""
        self.send(engine)
        try:
            if self.draft is None:
                self._fetch(engine)
                self._look_back(engine)
            elif self._behind or self._learn(engine):
                self._fetch(engine)
            self.trouble = None if not self.waiting else self.trouble
        except EngineTrouble as trouble:
            self.trouble = trouble
            if self.draft is None:
                raise

    def listen(self, engine: Engine) -> None:
        """Send what waits and learn what others did; what is shown stays, so that nobody's typing is disturbed."""
        if self.draft is None:
            return
        self.send(engine)
        if self.waiting:
            return
        try:
            self._learn(engine)
            self.trouble = None
        except EngineTrouble as trouble:
            self.trouble = trouble

    def take(self, engine: Engine, label: str, steps: Sequence[Step], now: datetime, role: Role = "new") -> None:
        """Make an edit. It is shown at once; when the engine cannot be reached it waits here."""
        if self.draft is None or not steps:
            return
        self.refusal = ""
        edit = NewEdit(f"edit_{uuid.uuid4().hex}", label[:LABEL], tuple({**step} for step in steps))
        self._sent.add(edit.id)
        self.waiting.append(Waiting(edit, role, now))
        self._look_ahead()
        self.send(engine)

    def send(self, engine: Engine) -> None:
        """All that waits. Whatever clashes or is refused is set apart, so that the rest is saved."""
        while self.waiting and self.draft is not None:
            batch = self.waiting[:AT_ONCE]
            try:
                answer = drafts.send_edits(
                    engine, self.flow_id, self._seen, self.client, self.by, [each.edit for each in batch]
                )
            except EngineTrouble as trouble:
                if not self._set_apart(engine, batch, trouble):
                    return
                continue
            if isinstance(answer, EditsClash):
                if not self._clashed(answer):
                    return
                continue
            self._confirmed(batch, answer)

    def undo(self, engine: Engine, now: datetime) -> None:
        self.turn += 1
        if (done := self.past.undo()) is not None:
            self.take(engine, done.label, done.back, now, "undo")

    def redo(self, engine: Engine, now: datetime) -> None:
        self.turn += 1
        if (done := self.past.redo()) is not None:
            self.take(engine, done.label, done.back, now, "redo")

    def settle(self, engine: Engine, clashed: Clashed, choice: Choice, now: datetime) -> None:
        """What to do about an edit that clashed; `clashed` is one of `clashes`."""
        if clashed not in self.clashes:
            return
        self.clashes.remove(clashed)
        restored = clashed.undone_by.inverse if clashed.undone_by is not None else ()
        rest = [each for each in self.clashes if each.edit.id == clashed.edit.id]
        steps = chosen_steps(clashed.edit.steps, clashed.clash, choice, restored)
        if rest:  # the same edit clashed at several places: it is sent when all are settled
            later = replace(clashed.edit, steps=steps)
            self.clashes = [replace(each, edit=later) if each in rest else each for each in self.clashes]
        else:
            self.take(engine, clashed.edit.label, steps, now)

    def show_news(self) -> None:
        """What others did is to be shown when the page is drawn again, which is now."""
        self.turn += 1

    @property
    def attention(self) -> tuple[object, ...]:
        """What the head of the page must tell. It is drawn apart from the forms, and again when this changes."""
        return (*(each.edit.id for each in self.clashes), self.refusal, self.turn)

    def others(self, now: datetime) -> list[Colleague]:
        """Who else is at work, the latest first."""
        here = [each for each in self.colleagues.values() if now - each.at <= HERE_FOR]
        return sorted(here, key=lambda each: each.at, reverse=True)

    def _fetch(self, engine: Engine) -> None:
        self.draft = drafts.draft(engine, self.flow_id)
        self._seen = self.draft.revision
        self._behind = False
        self.news = []
        self._look_ahead()

    def _look_ahead(self) -> None:
        """The document as this window's edits make it."""
        if self.draft is not None:
            steps = [step for each in self.waiting for step in each.edit.steps]
            self.document = ahead(self.draft.document, steps) if steps else self.draft.document

    def _learn(self, engine: Engine) -> bool:
        """Whether there is something newer than what is shown."""
        assert self.draft is not None
        answer = drafts.edits_since(engine, self.flow_id, self._seen)
        if answer is None:
            self._behind = True
        elif answer.revision > self._seen:
            self._heard(answer.edits)
            self._adopt(answer, ())
        return self._behind

    def _adopt(self, answer: Edits, mine: Sequence[Edit]) -> None:
        """What the engine says about the newest draft. As long as only this window (`mine`) changed it, the document
        that is shown follows; what others did is read anew when the page is drawn again."""
        assert self.draft is not None
        alone = not self._behind and len(mine) == answer.revision - self.draft.revision
        shown = self.draft
        if alone:
            steps = [step for each in mine for step in each.steps]
            shown = replace(shown, document=ahead(shown.document, steps), revision=answer.revision)
        self.draft = replace(shown, issues=answer.issues, view=answer.view)
        self._behind = not alone
        self._seen = max(self._seen, answer.revision)

    def _look_back(self, engine: Engine) -> None:
        if self.draft is not None and (
            recent := drafts.edits_since(engine, self.flow_id, max(self.draft.revision - LOOK_BACK, 1))
        ):
            self._heard([each for each in recent.edits if each.by != self.by])

    def _heard(self, edits: Sequence[Edit]) -> None:
        known = {each.id for each in self.news}
        for each in edits:
            if each.client == self.client:
                self._done_here(each)
                continue
            self.colleagues[each.client] = Colleague(each.by, each.at, each.label)
            if each.id not in known and self.draft is not None and each.revision > self.draft.revision:
                self.news.append(each)

    def _done_here(self, edit: Edit) -> None:
        """On the canvas of this very window: that can be taken back from here too."""
        if edit.id not in self._sent:
            self._sent.add(edit.id)
            self.past.made("new", edit.label, edit.steps, guarded(edit.steps, edit.inverse), edit.at)
            self.saved_at = max(edit.at, self.saved_at) if self.saved_at is not None else edit.at

    def _confirmed(self, batch: Sequence[Waiting], answer: Edits) -> None:
        known = {each.id: each for each in answer.edits}
        sent = {each.edit.id for each in batch}
        self.waiting = [each for each in self.waiting if each.edit.id not in sent]
        for each in batch:
            made = known.get(each.edit.id)
            if made is not None:
                self.past.made(each.role, each.edit.label, made.steps, guarded(made.steps, made.inverse), each.at)
        self._heard([each for each in answer.edits if each.id not in sent])
        newest = self._seen
        self._adopt(answer, [each for each in answer.edits if each.id in sent and each.revision > newest])
        self.saved_at = max(each.at for each in batch)
        self.trouble = None
        self._look_ahead()

    def _clashed(self, answer: EditsClash) -> bool:
        """False if the engine does not say what clashed; then everything waits."""
        by_id = {each.edit.id: each for each in self.waiting}
        found = [clash for clash in answer.conflicts if clash.edit in by_id]
        if not found:
            self.trouble = EngineTrouble("conflict", answer.detail)
            return False
        self._heard(answer.edits)
        for clash in found:
            waiting = by_id[clash.edit]
            self.clashes.append(Clashed(waiting.edit, clash, _remover(clash, answer.edits)))
        gone = {clash.edit for clash in found}
        self.waiting = [each for each in self.waiting if each.edit.id not in gone]
        self._behind, self._seen = True, max(self._seen, answer.revision)
        self.trouble = None
        self._look_ahead()
        return True

    def _set_apart(self, engine: Engine, batch: Sequence[Waiting], trouble: EngineTrouble) -> bool:
        """Whether sending may go on without what the engine would not take."""
        if trouble.kind in ("refused", "missing") and len(batch) == 1:
            self._drop(batch[0], trouble.sentence)
            return True
        if trouble.kind == "refused":
            return self._one_by_one(engine, batch)
        self.trouble = trouble
        for each in [each for each in batch if not primitive(each.edit.steps)]:
            self._drop(each, trouble.sentence)
        return False

    def _one_by_one(self, engine: Engine, batch: Sequence[Waiting]) -> bool:
        """One of several is refused: each is tried alone, in order. Whether all could be tried."""
        rest = [*batch, *self.waiting[len(batch) :]]
        while rest:
            self.waiting = [rest.pop(0)]
            self.send(engine)
            if self.waiting:
                self.waiting += rest
                return False
        return True

    def _drop(self, waiting: Waiting, sentence: str) -> None:
        self.waiting = [each for each in self.waiting if each.edit.id != waiting.edit.id]
        self.refusal = sentence
        self._look_ahead()


def _remover(clash: Clash, edits: Sequence[Edit]) -> Edit | None:
    """The latest edit of somebody else that took away what `clash` is about."""
    if clash.kind != "gone":
        return None
    for edit in reversed(edits):
        for step in edit.steps:
            path = step.get("path")
            if step.get("do") == "remove" and isinstance(path, list) and list(clash.path[: len(path)]) == path:
                return edit
    return None
