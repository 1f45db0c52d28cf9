"""What forms offer to pick from, asked of the engine. Kept for some seconds: a page draws again with every change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import streamlit as st

from ui.client import Engine, EngineTrouble
from ui.flow_view import Flow, read_flow
from ui.forms.spot import Context
from ui.records import CardType, Json
from ui.resources import calendars, connections

FRESH_S: Final = 5.0
"""So long after a connection was added elsewhere, a form offers it."""

T = TypeVar("T")


def _types(_engine: Engine, address: str) -> dict[str, CardType]:
    return {each.type: each for each in _engine.card_types().nodes}


def _connections(_engine: Engine, address: str) -> tuple[connections.Connection, ...]:
    return connections.everything(_engine)


def _calendars(_engine: Engine, address: str) -> tuple[calendars.Calendar, ...]:
    return calendars.everything(_engine)


def _kinds(_engine: Engine, address: str) -> tuple[connections.Kind, ...]:
    return connections.kinds(_engine)


_kept = st.cache_data(ttl=FRESH_S, show_spinner=False)
_types_kept: Final = _kept(_types)
_connections_kept: Final = _kept(_connections)
_calendars_kept: Final = _kept(_calendars)
_kinds_kept: Final = _kept(_kinds)


def context_of(document: Mapping[str, Json], engine: Engine) -> Context:
    """For the forms of `document`. Raises `NotAFlow`, and `EngineTrouble` when the card types cannot be had; without
    connections and calendars a form is drawn all the same."""
    where = engine.address
    types: dict[str, CardType] = _types_kept(engine, where)
    return Context(
        read_flow(dict(document)),
        types,
        _or_none(lambda: _connections_kept(engine, where)),
        _or_none(lambda: _calendars_kept(engine, where)),
        _or_none(lambda: _kinds_kept(engine, where)) or (),
    )


def choices_of(flow: Flow, engine: Engine) -> Context:
    """For forms that belong to no flow's cards: only connections and calendars to pick from."""
    where = engine.address
    return Context(
        flow,
        connections=_or_none(lambda: _connections_kept(engine, where)),
        calendars=_or_none(lambda: _calendars_kept(engine, where)),
        kinds=_or_none(lambda: _kinds_kept(engine, where)) or (),
    )


def _or_none(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except EngineTrouble:
        return None
