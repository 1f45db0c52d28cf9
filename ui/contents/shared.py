"""What every page of a flow's contents draws its forms with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import streamlit as st

from ui import parts
from ui.client import EngineTrouble
from ui.contents.uses import marked
from ui.flow_session import FlowSession
from ui.flow_view import Flow, NotAFlow, read_flow
from ui.forms.binding import Path, issues_at
from ui.forms.context import context_of
from ui.forms.fields import fields_of
from ui.forms.form import draw_fields
from ui.forms.frame import problems
from ui.forms.spot import Context, Spot
from ui.records import Json
from ui.resources.vocabulary import Vocabulary, vocabulary
from ui.texts import t

ASKED_AGAIN_S = 300


def _vocabulary(address: str) -> Vocabulary:
    return vocabulary(parts.engine())


_vocabulary_of = st.cache_data(ttl=ASKED_AGAIN_S, show_spinner=False)(_vocabulary)


def words_of_the_engine() -> Vocabulary:
    """Raises `EngineTrouble`."""
    found: Vocabulary = _vocabulary_of(parts.engine().address)
    return found


def context(session: FlowSession) -> Context:
    """What forms of this flow pick from. An engine that does not answer is said in the header; names are then shown as
    they stand in the document."""
    try:
        return context_of(session.document, parts.engine())
    except NotAFlow as problem:
        _unreadable(problem)
    except EngineTrouble:
        return Context(_typed(session))


def _typed(session: FlowSession) -> Flow:
    try:
        return read_flow(dict(session.document))
    except NotAFlow as problem:
        _unreadable(problem)


def _unreadable(problem: NotAFlow) -> NoReturn:
    """The page goes no further."""
    st.error(t("flows.upload.not_json", why=problem))
    st.stop()
    raise AssertionError("a page that has stopped goes no further")


def form(session: FlowSession, path: Path, schema: Mapping[str, Json], given: Context) -> None:
    """The fields of `schema` at `path`; other fields that stand there are drawn by the page itself."""
    first_fields(session, path, schema, given)
    folded_fields(session, path, schema, given)


def first_fields(session: FlowSession, path: Path, schema: Mapping[str, Json], given: Context) -> None:
    """Those that are always seen."""
    problems(each.issue for each in issues_at(session.issues, path) if not each.inside)
    seen = [each for each in fields_of(schema) if not each.fold and not each.advanced]
    draw_fields(Spot(session, path, "", given), seen)


def folded_fields(session: FlowSession, path: Path, schema: Mapping[str, Json], given: Context) -> None:
    """Those that lie under a heading."""
    hidden = [each for each in fields_of(schema) if each.fold or each.advanced]
    draw_fields(Spot(session, path, "", given), hidden)


def slot_marks(given: Context) -> dict[str, tuple[str, ...]]:
    """Settings that refer to a thing to find out, by type of card."""
    return marked({name: each.settings for name, each in given.types.items()}, "slot")


def list_marks(given: Context) -> dict[str, tuple[str, ...]]:
    return marked({name: each.settings for name, each in given.types.items()}, "list")
