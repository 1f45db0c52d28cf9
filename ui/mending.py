"""Where a problem of a flow is mended: the page, and the part at which that page opens. Pure."""

from __future__ import annotations

from typing import Final

from ui.flow_pages import FLOW_PAGES, FlowPage
from ui.forms.binding import path_of
from ui.records import Issue

EDITOR: Final = "flow"

_PAGES: Final = {
    "slot": "find-out",
    "knowledge": "knowledge",
    "criterion": "qualification",
    "reflex": "reflexes",
    "text": "voice",
    "limits": "voice",
    "seller": "business",
    "list": "business",
}
"""By the place that an issue names; all others are mended in the editor."""
_FIELDS: Final = {"reflexes": "reflexes", "providers": "voice", "never_say": "voice", "language": "voice"}
"""The same for fields of the flow itself."""
_OPENS_AT: Final = {
    "node": "card", "edge": "edge", "slot": "show", "knowledge": "show", "criterion": "show", "reflex": "show",
}  # fmt: skip
"""What the address of a page says to open at a part."""


def page_of(issue: Issue) -> str:
    """The name of the page, as in `FLOW_PAGES`."""
    if issue.place == "flow":
        path = path_of(issue)
        return _FIELDS.get(str(path[0]), EDITOR) if path else EDITOR
    return _PAGES.get(issue.place, EDITOR)


def flow_page(name: str) -> FlowPage:
    """The editor if there is no page of this name."""
    return next((page for page in FLOW_PAGES if page.name == name), FLOW_PAGES[0])


def spot(issue: Issue) -> dict[str, str]:
    """What the address of that page says besides the flow."""
    opens_at = _OPENS_AT.get(issue.place)
    return {opens_at: issue.id} if opens_at and issue.id else {}
