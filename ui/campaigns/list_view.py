"""All campaigns with how each stands and what became of its leads today; and the window that makes a new one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui import looks, parts, people
from ui.client import EngineTrouble
from ui.resources import campaigns
from ui.resources.campaigns import CampaignLine, Figures, Switch
from ui.texts import t

PAGE = "app_pages/campaigns.py"
_OPEN = "campaigns-new"
TONES: dict[str, looks.Tone] = {"on": "good", "paused": "warm", "archived": "calm"}


def draw(lines: Sequence[CampaignLine], flows: dict[str, str]) -> None:
    """`flows`: names by id."""
    title, actions = st.columns([3, 2], vertical_alignment="center")
    title.html(looks.head(t("campaigns.title"), lead=t("campaigns.intro")))
    with actions, st.container(horizontal=True, horizontal_alignment="right"):
        if people.may("editor"):
            st.button(
                t("campaigns.new"), type="primary", icon=":material/add:", key="campaign-new", on_click=_open
            )  # fmt: skip
    here = [each for each in lines if each.state != "archived"]
    away = [each for each in lines if each.state == "archived"]
    if not here:
        st.info(t("campaigns.none"), icon=":material/campaign:")
    for line in here:
        _card(line)
    if away:
        with st.expander(t("campaigns.away", count=len(away)), key="campaigns-away"):
            for line in away:
                _card(line)
    if st.session_state.get(_OPEN):
        st.dialog(t("campaigns.new"), icon=":material/campaign:", on_dismiss=_close)(_new)(flows)


def state_badge(state: str) -> str:
    return looks.badge(t(f"campaign.state.{state}", otherwise=state), TONES.get(state, "calm"))


def figures(found: Figures) -> str:
    told = {
        "waiting": found.waiting, "called": found.called, "talked": found.talked, "booked": found.booked,
    }  # fmt: skip
    each = (
        f"<span><b>{count}</b><small>{looks.esc(t(f'campaign.figure.{name}'))}</small></span>"
        for name, count in told.items()
    )
    return f'<div class="ll-figures">{"".join(each)}</div>'


def switch(campaign_id: str, way: Switch, revision: int | None = None) -> None:
    """As a button's callback. What stands against it is shown on the page."""
    try:
        campaigns.switch(parts.engine(), campaign_id, way, people.current_person(), revision)
    except EngineTrouble as trouble:
        st.session_state[refused_key(campaign_id)] = trouble.sentence
        return
    st.session_state.pop(refused_key(campaign_id), None)
    st.toast(t(f"campaign.done.{way}"))


def refused_key(campaign_id: str) -> str:
    return f"campaign-refused-{campaign_id}"


def switch_button(line: CampaignLine, *, disabled: bool = False, why: str = "") -> None:
    """On or paused. `disabled`: something has to be done first, `why` says what."""
    if line.state == "on":
        st.button(
            t("campaign.pause"), icon=":material/pause:", key=f"pause-{line.id}", on_click=switch,
            args=(line.id, "pause"), disabled=not people.may("editor"), help=t("campaign.pause.help"),
        )  # fmt: skip
    elif line.state == "paused":
        mine = people.may("publisher")
        st.button(
            t("campaign.resume"), icon=":material/play_arrow:", key=f"resume-{line.id}", type="primary",
            on_click=switch, args=(line.id, "resume", line.revision), disabled=disabled or not mine,
            help=why or (None if mine else t("campaign.resume.not_yours")),
        )  # fmt: skip
    else:
        st.button(
            t("campaign.unarchive"), icon=":material/unarchive:", key=f"unarchive-{line.id}", on_click=switch,
            args=(line.id, "unarchive"), disabled=not people.may("editor"),
        )  # fmt: skip


def refusal(campaign_id: str) -> None:
    """Why the last switching was refused, until the next."""
    if sentence := st.session_state.get(refused_key(campaign_id)):
        st.error(sentence, icon=":material/block:")


def _card(line: CampaignLine) -> None:
    with st.container(border=True, key=f"campaign-card-{line.id}"):
        name, numbers, act = st.columns([5, 4, 2], vertical_alignment="center")
        with name, st.container(gap="xxsmall"):
            st.page_link(PAGE, label=f"**{looks.plain(line.name)}**", query_params={"campaign": line.id})
            st.html(looks.tight(f'<p class="ll-chips">{state_badge(line.state)} {_marks(line)} {_about(line)}</p>'))
        numbers.html(looks.page(figures(line.figures)))
        with act, st.container(horizontal=True, horizontal_alignment="right"):
            switch_button(line)
        refusal(line.id)


def _marks(line: CampaignLine) -> str:
    wrong = looks.badge(t("campaign.errors", count=line.errors), "bad") if line.errors else ""
    return wrong + (looks.badge(t("campaign.warnings", count=line.warnings), "warm") if line.warnings else "")


def _about(line: CampaignLine) -> str:
    flow = line.flow_name or line.flow_id or t("nothing")
    count = len(line.sources)
    sources = t("campaign.sources.none") if not count else ", ".join(each.name for each in line.sources[:3])
    more = t("campaign.sources.more", count=count - 3) if count > 3 else ""
    return looks.dim(looks.esc(t("campaign.about", flow=flow, sources=f"{sources}{more}")))


def _open() -> None:
    st.session_state[_OPEN] = True


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def _new(flows: dict[str, str]) -> None:
    st.caption(t("campaigns.new.intro"))
    name = st.text_input(
        t("campaigns.new.name"), max_chars=120, key="campaign-name", placeholder=t("campaigns.new.example")
    )
    flow = st.selectbox(t("campaigns.new.flow"), list(flows), format_func=flows.__getitem__, key="campaign-flow")
    if not st.button(t("campaigns.new.do"), type="primary", width="stretch", key="campaign-create"):
        return
    if not name.strip() or flow is None:
        st.error(t("campaigns.new.needed"))
        return
    try:
        made = campaigns.create(parts.engine(), name.strip(), flow, people.current_person())
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    _close()
    st.switch_page(PAGE, query_params={"campaign": made.id})
