"""Finds node types through the entry-point group `leadline.nodes`: ours and an integrator's in the same way.

An entry point names a node class or a module; of a module, all node classes that it defines or lists in `__all__`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from pydantic import ValidationError

from engine.sdk.connection_kinds import ConnectionKind
from engine.sdk.node import Node, NodeSettings
from engine.sdk.values import Json

GROUP = "leadline.nodes"
OURS = "leadline"

NodeClass = type[Node[NodeSettings]]


class NodeTypeUnknown(KeyError):
    """No installed package brings this node type."""

    def __str__(self) -> str:
        return f"No installed package brings the node type '{self.args[0]}'."


class SettingsInvalid(ValueError):
    """A card's settings do not fit its type. `problems`: (path of the field, plain sentence) pairs."""

    def __init__(self, type_: str, problems: tuple[tuple[str, str], ...]) -> None:
        super().__init__(f"{type_}: " + "; ".join(f"{path}: {text}" for path, text in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class BrokenPackage:
    """An entry point that could not be used, so that the builder can say so instead of falling over."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class NodeTypes:
    """The node types of this installation."""

    by_type: Mapping[str, NodeClass]
    package: Mapping[str, str] = field(default_factory=dict)
    """Distribution that brings a type, by type name."""
    broken: tuple[BrokenPackage, ...] = ()

    def __contains__(self, type_: object) -> bool:
        return type_ in self.by_type

    def __iter__(self) -> Iterator[NodeClass]:
        return iter(self.by_type.values())

    def get(self, type_: str) -> NodeClass:
        try:
            return self.by_type[type_]
        except KeyError:
            raise NodeTypeUnknown(type_) from None

    def connection_kinds(self) -> dict[str, ConnectionKind]:
        """The sorts of accounts that these node types work with, by their names. Of two packages that declare the same
        one the first counts, and ours come first."""
        found: dict[str, ConnectionKind] = {}
        for klass in self:
            for kind in klass.connection_kinds:
                found.setdefault(kind.kind, kind)
        return found

    def make(self, type_: str, settings: Mapping[str, Json], version: int | None = None) -> Node[NodeSettings]:
        """A card: its settings migrated from `version` and checked.

        Raises `NodeTypeUnknown` or `SettingsInvalid`.
        """
        klass = self.get(type_)
        given = dict(settings)
        if version is not None and version < klass.version:
            given = klass.migrate(given, version)
        try:
            return klass(klass.settings_model().model_validate(given))
        except ValidationError as error:
            problems = tuple(
                (".".join(str(part) for part in item["loc"]), item["msg"]) for item in error.errors(include_url=False)
            )
            raise SettingsInvalid(type_, problems) from error


def _classes(found: object) -> Iterator[NodeClass]:
    if inspect.isclass(found) and issubclass(found, Node):
        if not inspect.isabstract(found):
            yield found
        return
    if isinstance(found, ModuleType):
        names = getattr(found, "__all__", None) or [
            name for name, value in vars(found).items() if getattr(value, "__module__", None) == found.__name__
        ]
        for name in names:
            value = getattr(found, name)
            if inspect.isclass(value) and issubclass(value, Node) and not inspect.isabstract(value):
                yield value


def _declared(klass: NodeClass) -> NodeClass:
    missing = [name for name in ("type", "title") if not getattr(klass, name, "")]
    if missing:
        raise TypeError(f"the class {klass.__name__} has no {' and no '.join(missing)}")
    return klass


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else ""


def discover(points: Iterable[EntryPoint] | None = None) -> NodeTypes:
    """All node types installed here. A package that cannot be used is reported in `broken`, never raised.

    Our own come first, so that nobody replaces a type that ships with Leadline by installing another of its name.
    """
    by_type: dict[str, NodeClass] = {}
    package: dict[str, str] = {}
    broken: list[BrokenPackage] = []
    chosen = entry_points(group=GROUP) if points is None else points
    for point in sorted(chosen, key=lambda point: (_distribution(point) != OURS, point.name)):
        try:
            found = [_declared(klass) for klass in _classes(point.load())]
        except Exception as error:  # a stranger's package may fail in any way at import
            broken.append(BrokenPackage(point.name, f"{type(error).__name__}: {error}"))
            continue
        if not found:
            broken.append(BrokenPackage(point.name, "it brings no node type"))
        for klass in found:
            if klass.type in by_type and by_type[klass.type] is not klass:
                broken.append(BrokenPackage(point.name, f"the type '{klass.type}' is brought by two packages"))
                continue
            by_type[klass.type] = klass
            package.setdefault(klass.type, _distribution(point) or point.name)
    return NodeTypes(by_type, package, tuple(broken))
