"""The screens in English."""

from collections.abc import Mapping
from typing import Final

from ui.texts.en import about, calls, common, editor, flows, home, leads

TABLES: Final = (about, calls, common, editor, flows, home, leads)
ENGLISH: Final[Mapping[str, str]] = {name: text for table in TABLES for name, text in table.TEXTS.items()}
