"""A draft in memory that takes edits as the engine does, for forms without a server."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pydantic import TypeAdapter

from engine.flow.check import check
from engine.flow.document import FlowDocument
from engine.flow.edits import AnyStep, EditConflict, apply
from engine.sdk import Json
from engine.sdk.registry import NodeTypes, discover
from ui.forms.binding import Step
from ui.records import Issue

_STEPS: TypeAdapter[list[AnyStep]] = TypeAdapter(list[AnyStep])


@dataclass
class MemoryDraft:
    """`edits`: labels and steps as they came. `conflicts`: what an edit met instead of what its author saw."""

    document: dict[str, Json]
    types: NodeTypes = field(default_factory=lru_cache(discover))
    read_only: bool = False
    edits: list[tuple[str, list[Step]]] = field(default_factory=list)
    conflicts: list[EditConflict] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.check()

    @property
    def flow_id(self) -> str:
        return str(self.document["id"])

    @property
    def labels(self) -> list[str]:
        return [label for label, _ in self.edits]

    def edit(self, label: str, *steps: Step) -> None:
        try:
            self.document = apply(self.document, _STEPS.validate_python(list(steps))).data
        except EditConflict as conflict:
            self.conflicts.append(conflict)
            return
        self.edits.append((label, copy.deepcopy(list(steps))))
        self.check()

    def check(self) -> None:
        found = check(FlowDocument.of(self.document), self.types)
        self.issues = [
            Issue(
                each.code, each.level, each.address.place, each.address.id, each.address.field, each.sentence, each.fix
            )
            for each in found
        ]

    def changed_by_somebody_else(self, *steps: Mapping[str, Json]) -> None:
        """The document changes with no edit of this author."""
        self.document = apply(self.document, _STEPS.validate_python([dict(step) for step in steps])).data
        self.check()
