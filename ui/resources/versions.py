"""What is live, what is not, and what differs: publishing, old versions, comparing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final, Literal

from pydantic import TypeAdapter

from ui.client import Engine, part, read
from ui.records import Issue, Json

Side = str
"""`live`, `draft`, or the number of a version."""


@dataclass(frozen=True, slots=True)
class Change:
    """`place`, `id`: as in the addresses of issues. `kind`: added, removed, changed or moved. `before`, `after`: what
    stood and stands there, in words; None where there was or is nothing."""

    place: str
    id: str
    title: str
    kind: str
    sentence: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Something that can be published or left out on its own. `edits`: ids of what was done. `by`: everybody who did.
    `changes`: what it comes to; none if it was taken back again. `needs`: ids of rows without which it cannot go."""

    id: str
    edits: tuple[str, ...]
    by: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    labels: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unpublished:
    """`live`: the version that new calls run on, 0 if none. `revision`: of the draft. `whole_only`: nothing can be left
    out, because the log does not explain all of the difference."""

    live: int
    revision: int
    changes: tuple[Change, ...] = ()
    rows: tuple[Row, ...] = ()
    whole_only: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """`packages`: what brought its cards, with versions. `left_out`: how many edits of the draft were."""

    version: int
    note: str
    published_at: datetime
    published_by: str
    checksum: str = ""
    packages: dict[str, str] = field(default_factory=dict)
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A flow's published versions, newest first."""

    id: str
    name: str
    versions: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True)
class NotPublished:
    """Why the engine did not publish. `code`: flow_has_errors, needs_left_out, ...; `issues`: of what would have gone
    live."""

    detail: str
    code: str = ""
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """`version`: the new number, when an old one went live again."""

    revision: int
    version: Version | None = None


_UNPUBLISHED: Final = TypeAdapter(Unpublished)
_COMPARISON: Final = TypeAdapter(Comparison)
_STANDING: Final = TypeAdapter(Standing)
_VERSION: Final = TypeAdapter(Version)
_NOT: Final = TypeAdapter(NotPublished)
_RESTORED: Final = TypeAdapter(Restored)


def unpublished(engine: Engine, flow_id: str) -> Unpublished:
    """Raises `EngineTrouble`."""
    return engine.get(_UNPUBLISHED, f"/flows/{part(flow_id)}/unpublished")


def compare(engine: Engine, flow_id: str, before: Side, after: Side) -> Comparison:
    """Raises `EngineTrouble`."""
    return engine.get(_COMPARISON, f"/flows/{part(flow_id)}/compare", {"from": before, "to": after})


def versions(engine: Engine, flow_id: str) -> tuple[Version, ...]:
    """Newest first. Raises `EngineTrouble`."""
    return engine.get(_STANDING, f"/flows/{part(flow_id)}").versions


def publish(
    engine: Engine, flow_id: str, revision: int, *, note: str, by: str, leave_out: Sequence[str] = ()
) -> Version | NotPublished:
    """`revision`: the draft that was looked at. `leave_out`: ids of rows. Raises `EngineTrouble`, of kind `conflict` if
    the draft is another one by now."""
    body: dict[str, Json] = {"revision": revision, "note": note, "by": by, "leave_out": list(leave_out)}
    answer = engine.send(
        "POST", f"/flows/{part(flow_id)}/publish", json=body, fine=(HTTPStatus.CREATED, HTTPStatus.UNPROCESSABLE_ENTITY)
    )
    return read(_VERSION, answer) if answer.status_code == HTTPStatus.CREATED else read(_NOT, answer)


def restore(
    engine: Engine, flow_id: str, version: int, *, to: Literal["live", "draft"], note: str, by: str
) -> Restored | NotPublished:
    """An old version again: live as a new number, or into the draft as one edit. Raises `EngineTrouble`."""
    body: dict[str, Json] = {"to": to, "note": note, "by": by}
    answer = engine.send(
        "POST", f"/flows/{part(flow_id)}/versions/{version}/restore", json=body,
        fine=(HTTPStatus.CREATED, HTTPStatus.UNPROCESSABLE_ENTITY),
    )  # fmt: skip
    return read(_RESTORED, answer) if answer.status_code == HTTPStatus.CREATED else read(_NOT, answer)
