"""How fast leads were called, and what became of them."""

from __future__ import annotations

import altair as alt
import streamlit as st

from ui import looks, moments, parts
from ui.client import EngineTrouble
from ui.resources import leads
from ui.resources.leads import Figures, Funnel, Quantiles
from ui.texts import t

DAYS = (1, 7, 30, 90)


def lead_figures() -> None:
    days = int(st.session_state.get("figures-days") or DAYS[1])
    try:
        figures = leads.figures(parts.engine(), days, str(parts.zone().key))
    except EngineTrouble as trouble:
        parts.show_trouble(trouble, retry=False)
        return
    _first(figures)
    with st.expander(t("figures.more"), icon=":material/query_stats:"):
        st.segmented_control(
            t("figures.days"), DAYS, default=DAYS[1], key="figures-days", required=True,
            format_func=lambda each: t("figures.day") if each == 1 else t("figures.some_days", days=each),
        )  # fmt: skip
        if not figures.all.leads:
            st.caption(t("figures.none"))
            return
        if figures.cut:
            st.caption(t("figures.cut"))
        _stages(figures)
        _sources(figures)
        _hours(figures)


def _first(figures: Figures) -> None:
    funnel, ring = figures.all, figures.to_ring
    columns = st.columns(4)
    columns[0].metric(t("figures.leads"), funnel.leads, border=True, help=t("figures.leads.help"))
    columns[1].metric(t("figures.speed"), _span(ring), border=True, help=t("figures.speed.help"))
    columns[2].metric(t("figures.talked"), _share(funnel.contact_rate, funnel.talked), border=True)
    columns[3].metric(t("figures.booked"), _share(funnel.booking_rate, funnel.booked), border=True)
    if funnel.too_many_opt_outs:
        st.warning(t("figures.opt_outs", share=_percent(funnel.opt_out_rate)), icon=":material/block:")


def _stages(figures: Figures) -> None:
    totals = (
        ("to_ring", figures.to_ring), ("to_answer", figures.to_answer), ("to_first_word", figures.to_first_word),
        ("greeting", figures.greeting),
    )  # fmt: skip
    rows = [(t(f"stage.{name}", otherwise=name), each) for name, each in figures.stages.items()]
    rows += [(t(f"figures.{name}"), each) for name, each in totals if each is not None]
    st.html(looks.section(t("figures.stages")))
    st.html(_table((t("figures.stage"), t("figures.p50"), t("figures.p95"), t("figures.count")), [
        (name, moments.quickness(each.p50), moments.quickness(each.p95), str(each.count)) for name, each in rows
    ]))  # fmt: skip


def _sources(figures: Figures) -> None:
    st.html(looks.section(t("figures.sources")))
    head = ("source", "leads", "dialled", "talked", "qualified", "booked", "opted_out", "unusable")
    st.html(_table(tuple(t(f"figures.{name}") for name in head), [
        _source(name, each) for name, each in figures.by_source.items()
    ]))  # fmt: skip


def _source(name: str, each: Funnel) -> tuple[str, ...]:
    counts = (each.leads, each.dialled, each.talked, each.qualified, each.booked, each.opted_out, each.unusable)
    return (t(f"leads.source.{name}", otherwise=name), *(str(count) for count in counts))


def _hours(figures: Figures) -> None:
    if not figures.by_hour:
        return
    st.html(looks.section(t("figures.hours")))
    talked, not_reached = t("figures.talked"), t("figures.not_reached")
    bars = [
        {"hour": hour, "what": what, "count": count}
        for hour, each in figures.by_hour.items()
        for what, count in ((talked, each.talked), (not_reached, each.dialled - each.talked))
    ]
    colours = alt.Scale(domain=[talked, not_reached], range=["#0d9488", "#94a3b8"])
    st.altair_chart(
        alt.Chart(alt.InlineData(values=bars))
        .mark_bar()
        .encode(
            x=alt.X("hour:O", title=t("figures.hour"), axis=alt.Axis(labelAngle=0)),
            y=alt.Y("count:Q", title=t("figures.leads"), axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("what:N", title=None, scale=colours, legend=alt.Legend(orient="top")),
        )
        .properties(height=180),
        width="stretch",
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    top = "".join(f"<th>{looks.esc(each)}</th>" for each in head)
    body = "".join(f"<tr>{''.join(f'<td>{looks.esc(each)}</td>' for each in row)}</tr>" for row in rows)
    return looks.page(f'<table class="ll-table"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>')


def _span(found: Quantiles | None) -> str:
    if found is None:
        return "–"
    return t("figures.span", p50=moments.quickness(found.p50), p95=moments.quickness(found.p95))


def _share(rate: float | None, count: int) -> str:
    return f"{count} ({_percent(rate)})" if rate is not None else str(count)


def _percent(rate: float | None) -> str:
    return f"{100 * (rate or 0.0):.0f} %"
