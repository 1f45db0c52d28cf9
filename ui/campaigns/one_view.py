"""One campaign: what it is called with, when, how often; saved as a whole, with a choice where two people differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import streamlit as st

from ui import looks, moments, parts, people
from ui.campaigns import both_view, history_view, schemas, sources_view, week, working
from ui.campaigns.hours_editor import day_hours
from ui.campaigns.list_view import PAGE, figures, refusal, state_badge, switch, switch_button
from ui.campaigns.steps_editor import steps
from ui.campaigns.working import Working
from ui.client import EngineTrouble
from ui.flow_view import Flow
from ui.forms.binding import issues_at, path_of
from ui.forms.fields import fields_of
from ui.forms.form import draw_fields, schema_form
from ui.forms.frame import problems
from ui.forms.spot import Context, Spot
from ui.resources.campaigns import Campaign, Choices
from ui.texts import t

SECTIONS: Final = ("calls", "hours", "attempts", "limits", "rules", "keep", "sources", "history")
ICONS: Final = {
    "calls": ":material/phone_forwarded:", "hours": ":material/schedule:", "attempts": ":material/repeat:",
    "limits": ":material/speed:", "rules": ":material/gavel:", "keep": ":material/inventory_2:",
    "sources": ":material/input:", "history": ":material/history:",
}  # fmt: skip
_OF_FIELD: Final = {"hours": "hours", "attempts": "attempts", "limits": "limits", "rules": "rules", "keep": "keep"}
SECTION: Final = "section"
"""Query parameter: which section is open."""
_STATE: Final = "campaign-state"
CALIFORNIA: Final = "CA"


def draw(found: Campaign, flows: Mapping[str, str], choices: Choices) -> None:
    """`flows`: names by id. Raises `EngineTrouble`."""
    mine = working.working(found, may_change=people.may("publisher" if found.state == "on" else "editor"))
    mine.check(_state())
    _head(mine, found)
    titles = {each.path: each.title for each in mine.theirs}
    both_view.draw(mine, mine.base.changed_by or t("session.somebody"), titles)
    _problems(mine)
    menu, section = st.columns([1, 3], gap="large")
    chosen = st.query_params.get(SECTION, "")
    chosen = chosen if chosen in SECTIONS else SECTIONS[0]
    with menu:
        _menu(mine, chosen)
    with section, st.container(gap="small", key=f"campaign-section-{chosen}"):
        _drawn(chosen, mine, flows, choices)


def _drawn(chosen: str, mine: Working, flows: Mapping[str, str], choices: Choices) -> None:
    st.html(looks.page(f'<h2 class="ll-h2">{looks.esc(t(f"campaign.section.{chosen}"))}</h2>'))
    st.caption(t(f"campaign.section.{chosen}.intro"))
    context = Context(Flow(id=mine.base.id, name=mine.name))
    draws: dict[str, Callable[[], None]] = {
        "calls": partial(_calls, mine, context, flows, choices),
        "hours": partial(_hours, mine, context, choices),
        "attempts": partial(_attempts, mine, context),
        "limits": partial(_limits, mine, context, choices),
        "rules": partial(_rules, mine, context, choices),
        "keep": lambda: schema_form(mine, ("keep",), schemas.keeping(), context),
        "sources": partial(sources_view.draw, mine.base),
        "history": partial(history_view.draw, mine.base),
    }
    draws[chosen]()


def _head(mine: Working, found: Campaign) -> None:
    with st.container(key="campaign-back"):
        st.page_link(PAGE, label=t("campaign.all"), icon=":material/arrow_back:")
    title, actions = st.columns([3, 2], vertical_alignment="center")
    title.html(looks.head(mine.name, state_badge(found.state)))
    with actions, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        why = t("campaign.save_first") if mine.unsaved else t("campaign.errors_first") if not mine.checked.ready else ""
        switch_button(found, disabled=bool(why), why=why)
        _more(mine, found)
    st.html(looks.page(figures(found.figures)))
    refusal(found.id)
    if found.read_only:
        st.info(t("campaign.newer"), icon=":material/lock:")
    elif found.state == "on" and not people.may("publisher"):
        st.info(t("campaign.not_yours"), icon=":material/lock:")
    elif not people.may("editor"):
        st.info(t("campaign.look_only"), icon=":material/lock:")
    else:
        _save_bar(mine, found)


def _save_bar(mine: Working, found: Campaign) -> None:
    count = mine.unsaved
    with st.container(horizontal=True, vertical_alignment="center", key="campaign-save-bar"):
        if not count:
            when = moments.ago(found.changed_at, parts.now(), parts.zone())
            who = found.changed_by
            words = t("campaign.saved.by", when=when, who=who) if who else t("campaign.saved", when=when)
            st.html(looks.page(looks.dot("good") + looks.dim(looks.esc(words))), width="content")
            return
        words = t("campaign.unsaved", count=count) if count > 1 else t("campaign.unsaved.one")
        if found.state == "on":
            words = f"{words} {t('campaign.unsaved.live')}"
        st.html(looks.page(looks.dot("warm") + looks.esc(words)), width="content")
        st.button(
            t("campaign.save"), type="primary", icon=":material/save:", key="campaign-save", on_click=_save,
            args=(mine,), disabled=bool(mine.both),
        )  # fmt: skip
        st.button(t("campaign.discard"), key="campaign-discard", type="tertiary", on_click=mine.discard)
    if found.revision > mine.base.revision:
        st.caption(t("campaign.moved_on", who=found.changed_by or t("session.somebody")))
    if sentence := st.session_state.get(_not_saved(mine)):
        st.error(sentence, icon=":material/error:")


def _save(mine: Working) -> None:
    key = _not_saved(mine)
    st.session_state.pop(key, None)
    try:
        if mine.save():
            st.toast(t("campaign.saved.toast"))
        elif not mine.both:
            st.toast(t("campaign.laid_on", who=mine.base.changed_by or t("session.somebody")))
    except EngineTrouble as trouble:
        st.session_state[key] = trouble.sentence


def _not_saved(mine: Working) -> str:
    return f"campaign-not-saved-{mine.base.id}"


def _more(mine: Working, found: Campaign) -> None:
    if mine.locked and found.state != "archived":
        return
    with st.popover(t("campaign.more"), icon=":material/more_horiz:"):
        if not mine.locked:
            key = f"campaign-rename-{found.id}-{found.revision}"
            st.text_input(t("campaign.name"), mine.name, max_chars=120, key=key, on_change=_rename, args=(mine, key))
        if found.state != "archived":
            st.divider()
            st.caption(t("campaign.archive.help"))
            st.button(
                t("campaign.archive"), icon=":material/archive:", key=f"archive-{found.id}", on_click=switch,
                args=(found.id, "archive"),
            )  # fmt: skip


def _rename(mine: Working, key: str) -> None:
    mine.name = str(st.session_state[key]).strip() or mine.name


def _problems(mine: Working) -> None:
    found = mine.issues
    if not found:
        return
    errors = sum(each.is_error for each in found)
    if errors:
        title = t("campaign.problems", count=errors) if errors > 1 else t("campaign.problem")
    else:
        title = t("campaign.notes", count=len(found)) if len(found) > 1 else t("campaign.note")
    with st.expander(title, icon=":material/error:" if errors else ":material/info:", key="campaign-problems"):
        for number, issue in enumerate(found):
            section = section_of(issue.field)
            with st.container(horizontal=True, vertical_alignment="center"):
                words = looks.field_problem(issue.sentence, issue.fix, issue.is_error)
                st.html(looks.page(words), width="stretch")
                st.button(
                    t(f"campaign.section.{section}"), key=f"campaign-goto-{number}", icon=":material/arrow_forward:",
                    type="tertiary", on_click=_open, args=(section,),
                )  # fmt: skip


def section_of(path: str) -> str:
    return _OF_FIELD.get(path.partition(".")[0], "calls")


def _menu(mine: Working, chosen: str) -> None:
    wrong = {section_of(each.field): each.is_error for each in reversed(mine.issues)}
    with st.container(key="side-list-campaign", gap="xxsmall"):
        for each in SECTIONS:
            title = t(f"campaign.section.{each}")
            mark = f" :{'red' if wrong[each] else 'orange'}-badge[!]" if each in wrong else ""
            st.button(
                f"{title}{mark}", icon=ICONS[each], key=f"campaign-open-{each}", width="stretch",
                type="secondary" if each == chosen else "tertiary", on_click=_open, args=(each,),
            )  # fmt: skip


def _open(section: str) -> None:
    st.query_params[SECTION] = section


def _calls(mine: Working, context: Context, flows: Mapping[str, str], choices: Choices) -> None:
    draw_fields(Spot(mine, (), "", context), fields_of(schemas.calling(flows)))
    flow = mine.document.get("flow_id")
    if isinstance(flow, str) and flow in flows:
        st.html(looks.page(looks.small_link(looks.address("flow", flow=flow), t("campaign.open_flow"))))
    given = mine.document.get("caller_numbers")
    ours = [each for each in choices.numbers if not (isinstance(given, list) and each in given)]
    if ours and not given:
        st.caption(t("campaign.numbers.ours", numbers=", ".join(moments.phone(each) for each in ours)))


def _hours(mine: Working, context: Context, choices: Choices) -> None:
    left, right = st.columns([6, 5], gap="medium")
    with left:
        _own(mine, ("hours",))
        for day in ("weekday", "saturday", "sunday"):
            day_hours(Spot(mine, ("hours", day), t(f"campaign.day.{day}"), context))
        draw_fields(Spot(mine, ("hours",), "", context), fields_of(schemas.holidays()))
    with right:
        names = {each.code: each.name for each in choices.states}
        state = st.selectbox(
            t("campaign.week.state"), list(names), index=list(names).index(_state()) if _state() in names else 0,
            format_func=names.__getitem__, key=_STATE, help=t("campaign.week.state.help"),
        )  # fmt: skip
        st.html(week.picture(mine.checked.week, names.get(state or "", "")))
        if mine.checked.words:
            st.html(looks.rule_sentence(mine.checked.words.hours))


def _attempts(mine: Working, context: Context) -> None:
    _own(mine, ("attempts", "steps"))
    steps(Spot(mine, ("attempts", "steps"), t("field.campaign_steps"), context))
    if mine.checked.words:
        st.html(looks.rule_sentence(mine.checked.words.plan))
    around = Spot(mine, ("attempts",), "", context)
    for schema in (schemas.caps(), schemas.ringing()):
        fields = fields_of(schema)
        for column, field in zip(st.columns(len(fields), gap="medium"), fields, strict=True):
            with column:
                draw_fields(around, [field])


def _limits(mine: Working, context: Context, choices: Choices) -> None:
    schema_form(mine, ("limits",), schemas.limits(), context)
    st.caption(t("campaign.limits.house", calls=choices.max_calls, rate=choices.calls_per_minute))


def _rules(mine: Working, context: Context, choices: Choices) -> None:
    around = Spot(mine, ("rules",), "", context)
    left, right = st.columns(2, gap="large")
    with left:
        draw_fields(around, fields_of(schemas.consent()))
    with right:
        draw_fields(around, fields_of(schemas.law()))
    draw_fields(around, fields_of(schemas.signed(choices)))


def _own(mine: Working, path: tuple[str, ...]) -> None:
    """What is wrong with a group of fields as a whole."""
    problems(each.issue for each in issues_at(mine.issues, path) if len(path_of(each.issue)) == len(path))


def _state() -> str:
    return str(st.session_state.get(_STATE) or CALIFORNIA)
