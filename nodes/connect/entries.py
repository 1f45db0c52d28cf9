"""What is wrong with a connection as it was entered, by what its card would say of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.sdk import Connection, Permanent
from engine.sdk.connection_kinds import CheckConnection


def check_by(read: Callable[[Connection], object]) -> CheckConnection:
    """A kind's `check` from the function that its card reads a connection with, which asks nobody and raises
    `Permanent` for one that cannot be used."""

    def check(connection: Connection) -> Sequence[str]:
        try:
            read(connection)
        except Permanent as problem:
            return (str(problem),)
        return ()

    return check
