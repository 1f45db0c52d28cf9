"""Reading an answer: values by their path, and what it means for the call. Pure.

A path names the way into the JSON: `customer.name`, `results[0].id`, `["strange name"].x`; an index below zero counts
from the end. An empty path is the whole answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from engine.sdk import Json, Scalar
from nodes.connect.asking import AGAIN, Reply

LIMIT: Final = 256 * 1024
"""Bytes of an answer."""
_STEP: Final = re.compile(r'\.?([^.\[\]"\s][^.\[\]"]*)|\[(-?\d{1,6})\]|\["([^"]+)"\]')

Exit = Literal["ok", "not_found", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`note`: for the journal, without anything personal. `values`: by path."""

    exit: Exit
    note: str
    values: Mapping[str, Scalar]


def steps(path: str) -> tuple[str | int, ...]:
    """Raises ValueError for what is no path."""
    rest = path.strip().removeprefix("$")
    found: list[str | int] = []
    while rest:
        step = _STEP.match(rest)
        if step is None or (step.start(1) > 0 and not found and not path.strip().startswith("$")):
            raise ValueError(f"“{path}” is no path into an answer. Write it like customer.name or results[0].id.")
        name, index, quoted = step.groups()
        found.append(int(index) if index is not None else quoted or name.strip())
        rest = rest[step.end() :]
    return tuple(found)


def at(document: Json, path: str) -> Json:
    """What stands at the path; None if nothing does."""
    here = document
    for step in steps(path):
        if isinstance(step, str) and isinstance(here, dict):
            here = here.get(step)
        elif isinstance(step, int) and isinstance(here, list) and -len(here) <= step < len(here):
            here = here[step]
        else:
            return None
    return here


def judged(reply: Reply, paths: Sequence[str], found_when: str) -> Outcome:
    """`found_when`: path of what must be there for the answer to count as found; empty: any good answer does."""
    status = reply.status
    if status in (404, 410):
        return Outcome("not_found", f"not found (answer {status})", {})
    if 300 <= status < 400:
        return Outcome("failed", f"the service has moved (answer {status}); enter its new address", {})
    if status in (401, 403):
        return Outcome("failed", f"the service does not accept the secret of the connection (answer {status})", {})
    if not reply.done:
        return Outcome("failed", f"the service refused (answer {status})", {})
    if len(reply.text.encode()) > LIMIT:
        return Outcome("failed", f"the answer is longer than {LIMIT // 1024} KB", {})
    if reply.page:
        return Outcome("failed", "a web page came instead of data; it may be a login page: check the address", {})
    if not paths and not found_when:
        return Outcome("ok", f"answer {status}", {})
    try:
        document: Json = json.loads(reply.text) if reply.text.strip() else None
    except ValueError:
        return Outcome("failed", "the answer is no JSON", {})
    return read(document, paths, found_when, f"answer {status}")


def read(document: Json, paths: Sequence[str], found_when: str, note: str) -> Outcome:
    """What a good answer says."""
    if found_when and at(document, found_when) in (None, False, "", [], {}):
        return Outcome("not_found", f"not found ({note}, nothing at {found_when})", {})
    values = {path: value for path in paths if isinstance(value := at(document, path), str | int | float | bool)}
    return Outcome("ok", note, values)


def may_pass(reply: Reply) -> bool:
    """Whether it may work a moment later."""
    return reply.status in AGAIN or reply.status >= 500
