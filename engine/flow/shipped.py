"""The flows that ship with Leadline, to begin from: `flows/` in a checkout, inside the package when installed."""

from __future__ import annotations

from pathlib import Path

from engine.flow.document import FlowDocument

_ENGINE = Path(__file__).resolve().parent.parent


class NoSuchFlow(KeyError):
    """No shipped flow has this name."""

    def __str__(self) -> str:
        return f"No flow named '{self.args[0]}' ships with Leadline; there are: {', '.join(names())}."


def folder() -> Path:
    """Where the shipped flows lie."""
    installed = _ENGINE / "shipped" / "flows"
    return installed if installed.is_dir() else _ENGINE.parent / "flows"


def names() -> tuple[str, ...]:
    """Names of the shipped flows, in alphabetical order."""
    return tuple(sorted(path.stem for path in folder().glob("*.json")))


def templates() -> tuple[str, ...]:
    """What a new flow may begin from: the shipped flows, and one with hardly anything in it at the end."""
    return (*names(), *sorted(path.stem for path in (folder() / "templates").glob("*.json")))


def load_template(name: str) -> FlowDocument:
    """Raises `NoSuchFlow`."""
    if name in names():
        return load(name)
    if name not in templates():
        raise NoSuchFlow(name)
    return FlowDocument.load((folder() / "templates" / f"{name}.json").read_bytes())


def load(name: str) -> FlowDocument:
    """Raises `NoSuchFlow`."""
    if name not in names():
        raise NoSuchFlow(name)
    return FlowDocument.load((folder() / f"{name}.json").read_bytes())
