"""What a person could read on a page of the screens."""

from __future__ import annotations

import re
from html import unescape

from streamlit.testing.v1 import AppTest

_KINDS = (
    "title",
    "header",
    "subheader",
    "markdown",
    "caption",
    "error",
    "warning",
    "info",
    "success",
    "text",
    "metric",
)


def words(page: AppTest) -> str:
    """All texts of the page, tags taken out."""
    assert not page.exception, page.exception
    found: list[str] = []
    for kind in _KINDS:
        for element in page.get(kind):
            found += [str(getattr(element, name, "")) for name in ("label", "value")]
    for element in page.get("html"):
        body = re.sub(r"<style>.*?</style>", "", element.proto.body, flags=re.DOTALL)
        found.append(unescape(re.sub(r"<[^>]+>", " ", body)))
    return re.sub(r"\s+", " ", " ".join(found))


def raw(page: AppTest) -> str:
    """The HTML that the page handed to the browser."""
    return "".join(element.proto.body for element in page.get("html"))
