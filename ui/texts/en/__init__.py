"""The screens in English: one module of this folder a page."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

TABLES: Final[tuple[Mapping[str, str], ...]] = tuple(
    import_module(f"{__name__}.{module.name}").TEXTS for module in iter_modules(__path__)
)
ENGLISH: Final[Mapping[str, str]] = {name: text for table in TABLES for name, text in table.items()}
