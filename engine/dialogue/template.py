"""Fills {placeholders} in the texts of a flow. The names are the same everywhere; the validator checks them."""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{([a-z_]+(?::[A-Za-z0-9_]+)?)\}")


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Put `facts` into `text`. Names that are not given stay as they are: a later hand may fill them."""
    return PLACEHOLDER.sub(lambda found: facts.get(found.group(1), found.group(0)), text)
