"""Cards are told apart at a glance: the canvas has a drawing for the icon of each."""

from __future__ import annotations

import re
from pathlib import Path

from engine.sdk.registry import discover

ICONS = Path(__file__).parents[2] / "ui" / "frontend" / "src" / "shared" / "icons.tsx"


def test_every_shipped_card_has_an_icon_that_the_canvas_can_draw():
    drawn = set(re.findall(r"^  (\w+): \"M", ICONS.read_text(), re.MULTILINE))
    assert drawn
    missing = {klass.type: klass.icon for klass in discover() if "." not in klass.type and klass.icon not in drawn}
    assert not missing
