"""What was made known in a call, and what is still owed: each disclosure with its words, when they were heard, how
often, and whether to the end. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, get_args

from engine.sdk import Disclosure, Json

EVERY: Final[tuple[Disclosure, ...]] = get_args(Disclosure)


@dataclass(slots=True)
class Disclosed:
    """Of one disclosure, the time it was heard whole, else the last try. `text`: the words. `started`, `ended`: seconds
    on the call's clock of the first and last audible sample. `times`: how often it was begun. `confirmed`: the carrier
    has said that it played all of it."""

    text: str
    started: float
    ended: float
    whole: bool
    times: int = 1
    confirmed: bool = False


@dataclass(slots=True)
class Disclosures:
    """One call's. `required`: what has to be made known in it. Nothing is owed before the call has introduced itself:
    whoever is not told anything need not be told this."""

    required: Collection[str] = ()
    told: dict[str, Disclosed] = field(default_factory=dict)
    introduced: bool = False
    _pending: dict[int, tuple[Disclosure, ...]] = field(default_factory=dict)
    _by_say: dict[int, tuple[Disclosure, ...]] = field(default_factory=dict)

    def said(self, id: int, names: Sequence[Disclosure]) -> None:
        """An utterance that makes these known is on its way to the line."""
        if names:
            self._pending[id] = self._by_say[id] = tuple(names)
            self.introduced |= any(name != "phone" for name in names)

    def played(self, id: int, text: str, started: float, ended: float, *, complete: bool) -> None:
        """It will not be heard any more. `text`: its words, all of them."""
        for name in self._pending.pop(id, ()):
            known = self.told.get(name)
            times = known.times + 1 if known is not None else 1
            if known is not None and known.whole:
                known.times = times
            else:
                self.told[name] = Disclosed(text, started, ended, complete, times)

    def confirmed(self, id: int) -> None:
        """The carrier has played the utterance to its end."""
        for name in self._by_say.get(id, ()):
            known = self.told.get(name)
            if known is not None and known.whole:
                known.confirmed = True

    def whole(self, name: str) -> bool:
        known = self.told.get(name)
        return known is not None and known.whole

    @property
    def owed(self) -> tuple[Disclosure, ...]:
        """What has to be said before the next question."""
        if not self.introduced:
            return ()
        coming = {name for names in self._pending.values() for name in names}
        return tuple(name for name in EVERY if name in self.required and name not in coming and not self.whole(name))

    def is_coming(self, name: str) -> bool:
        """Whether it was heard whole, or is on its way."""
        return self.whole(name) or any(name in names for names in self._pending.values())

    def forget(self) -> None:
        """Nobody was there to hear it: who comes hears all of it."""
        self.told, self._pending, self._by_say, self.introduced = {}, {}, {}, False

    # Into a checkpoint, and out of it.

    def memory(self) -> dict[str, Json]:
        return {
            name: [each.text, each.started, each.ended, each.whole, each.times, each.confirmed]
            for name, each in self.told.items()
        }

    def recall(self, memory: Json) -> None:
        """What was heard since the checkpoint stands: it is not undone by going back."""
        for name, kept in memory.items() if isinstance(memory, Mapping) else ():
            match kept:
                case [str(text), int() | float() as began, int() | float() as ended, bool(whole), int(times), *more]:
                    known = self.told.get(name)
                    if known is None or not known.whole:
                        sure = more[:1] == [True]
                        self.told[name] = Disclosed(text, float(began), float(ended), whole, times, sure)
        self.introduced |= any(name != "phone" for name in self.told)


def disclosures_in(names: Iterable[Json]) -> tuple[Disclosure, ...]:
    """Those that this version knows."""
    known = {str(name) for name in names}
    return tuple(name for name in EVERY if name in known)
