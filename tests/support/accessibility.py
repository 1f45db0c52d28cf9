"""What axe-core finds on an open page, in the light and in the dark, inside the canvas' shadow root too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Scheme = Literal["light", "dark"]

RULES: Final = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}
COLOURS: Final = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
"""All that another colour scheme can change."""
SERIOUS: Final = ("serious", "critical")
PAINTED: Final = "getComputedStyle(document.querySelector('.stApp') ?? document.body).backgroundColor"
_AXE: Final = Axe()


@dataclass(frozen=True, slots=True)
class Finding:
    """One element that breaks one rule. `where`: the selectors that lead to it, through shadow roots."""

    scheme: Scheme
    rule: str
    impact: str
    where: str
    html: str
    why: str

    @property
    def serious(self) -> bool:
        return self.impact in SERIOUS

    def __str__(self) -> str:
        return f"{self.rule} ({self.impact}, {self.scheme}): {self.why}\n    {self.html}\n    {self.where}"


def findings(page: Page, within: str = "") -> list[Finding]:
    """Of the state that the page is in. It must have been opened in the light, and is left there. `within`: only of
    what this selector finds inside the page's components."""
    found = _run(page, "light", RULES, within)
    light = page.evaluate(PAINTED)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{PAINTED} !== '{light}'")
    page.wait_for_timeout(250)  # colours fade
    found += _run(page, "dark", COLOURS, within)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{PAINTED} === '{light}'")
    return found


def _run(page: Page, scheme: Scheme, options: dict[str, object], within: str) -> list[Finding]:
    part = {"fromShadowDom": ["[data-testid=stBidiComponentIsolated]", within]} if within else None
    answer = _AXE.run(page, part, options=options).response
    return [
        Finding(
            scheme, rule["id"], node["impact"] or rule["impact"] or "", str(node["target"]), node["html"][:300],
            next((each["message"] for each in node["any"] + node["all"] + node["none"]), rule["help"]),
        )
        for rule in answer["violations"]
        for node in rule["nodes"]
    ]  # fmt: skip
