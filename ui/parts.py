"""What several pages draw: the engine of this session, trouble in words, lists of calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from ui import login, looks, moments
from ui.client import Engine, EngineTrouble, address_and_token
from ui.records import Call, Issue
from ui.sentences import reason_word
from ui.texts import t


def _open(address: str, token: str) -> Engine:
    return Engine(address, token)


_shared = st.cache_resource(show_spinner=False, max_entries=200)(_open)


def engine() -> Engine:
    """One for all sessions of a person: it keeps connections open."""
    opened: Engine = _shared(address_and_token()[0], login.token())
    return opened


def zone() -> ZoneInfo:
    """Where the person who looks is, as their browser says."""
    return moments.zone_named(st.context.timezone)


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def troubles() -> Iterator[None]:
    """Shows what went wrong with a way to try again, instead of the rest of the page."""
    try:
        yield
    except EngineTrouble as trouble:
        show_trouble(trouble)
        st.stop()


def show_trouble(trouble: EngineTrouble, retry: bool = True) -> None:
    if trouble.kind == "login":
        login.ended()
    st.error(f"**{t(f'trouble.title.{trouble.kind}')}**\n\n{trouble.sentence}")
    if retry:
        st.button(t("trouble.retry"), icon=":material/refresh:", key=f"retry-{trouble.kind}")


def call_rows(calls: Iterable[Call], narrow: bool = False) -> str:
    """The calls as rows that lead to their pages."""
    here, present = zone(), now()
    return looks.rows((_row(call, here, present, narrow) for call in calls), "two" if narrow else "four")


def _row(call: Call, here: ZoneInfo, present: datetime, narrow: bool) -> str:
    where = looks.address("call", call=call.id)
    name = looks.esc(call.person or moments.phone(call.to_number) or t("nameless"))
    if call.under_way:
        state = looks.dot("info", pulse=True) + looks.esc(t(f"live.state.{call.state}"))
    else:
        state = looks.outcome_badge(call.disposition)
    when = moments.ago(call.placed_at, present, here)
    if narrow:
        return looks.link_row(where, f"{name}<br>{looks.dim(when)}", state)
    number = looks.dim(moments.phone(call.to_number))
    why = looks.dim(call.problem or reason_word(call.reason))
    return looks.link_row(
        where, f"{name}<br>{number}", f"{state} {why}", looks.esc(_length(call, present)), looks.dim(when)
    )


def _length(call: Call, present: datetime) -> str:
    """Of a running call: how long it has been talking."""
    if call.under_way and call.answered_at is not None:
        return moments.length((present - call.answered_at).total_seconds())
    return moments.length(call.duration_s) if call.duration_s else ""


def issue_list(issues: Iterable[Issue], names: dict[str, str]) -> str:
    """Problems of a flow in sentences, with what to do. `names`: of the parts, by id."""
    cards = []
    for issue in issues:
        place = t(f"place.{issue.place}", otherwise=issue.place)
        name = names.get(issue.id, issue.id)
        where = t("flow.problems.place", place=place, name=name) if name else place
        tone: looks.Tone = "bad" if issue.is_error else "warm"
        mark = looks.badge(t("flow.problems.error" if issue.is_error else "flow.problems.warning"), tone)
        cards.append(
            looks.card(where, looks.paragraph(issue.sentence), looks.paragraph(issue.fix, dimmed=True), beside=mark)
        )
    return looks.page(*cards)
