"""When a page of the screens has been drawn, and stays as it is."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page, expect

DRAWN_MS: Final = 30_000
QUIET_MS: Final = 150
"""A page that nothing moves for so long has heard of all that was done to it: a click reaches the script by way of the
network, and until then the page only looks as if it were finished."""

_AT_REST = """(quiet) => {
  const app = document.querySelector('[data-testid="stApp"]');
  const rests = app?.dataset.testScriptState === "notRunning"
    && !document.querySelector('[data-testid="stStatusWidget"]');
  if (!rests) window.restsSince = undefined;
  else window.restsSince ??= performance.now();
  return rests && performance.now() - window.restsSince >= quiet;
}"""


def settled(page: Page) -> None:
    """Waits until the page's script has run and no further run has begun; fails if it shows an exception."""
    page.evaluate("() => { window.restsSince = undefined; }")
    page.wait_for_function(_AT_REST, arg=QUIET_MS, timeout=DRAWN_MS)
    expect(page.get_by_test_id("stException")).to_have_count(0)
