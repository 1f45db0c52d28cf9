"""HTML of the things that Streamlit has no element for: chat bubbles, rows that are links, cards. Pure.

Every text that comes from outside goes through `esc`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from ui import moments
from ui.records import Json
from ui.sentences import outcome_word
from ui.texts import t

Tone = Literal["good", "warm", "bad", "info", "calm"]

STATIC: Final = Path(__file__).resolve().parent / "static"

_GOOD: Final = frozenset({"booked", "transferred"})
_WARM: Final = frozenset({"callback_scheduled", "qualified_no_booking", "third_party_answered", "deferred_quiet_hours"})
_BAD: Final = frozenset(
    {"do_not_call", "failed", "invalid_number", "emergency_redirected", "abusive_ended", "blocked_compliance",
     "wrong_number"}
)  # fmt: skip


def esc(text: object) -> str:
    return escape(str(text), quote=True)


def plain(text: str) -> str:
    """For the labels that Streamlit reads as Markdown: what people typed is shown as they typed it."""
    return "".join(f"\\{each}" if each in "\\`*_[]():~$<>#" else each for each in text)


def stylesheet(name: str = "looks") -> str:
    return f"<style>{(STATIC / f'{name}.css').read_text(encoding='utf-8')}</style>"


ORDER: Final[tuple[Tone, ...]] = ("good", "warm", "info", "calm", "bad")
CHART_COLOURS: Final[dict[Tone, tuple[str, ...]]] = {
    "good": ("#0d9488", "#5eb8a9"),
    "warm": ("#d69e2e", "#e3bd6f", "#b7791f"),
    "bad": ("#e0565b", "#b83a54", "#f08c8c"),
    "info": ("#5b7fd6",),
    "calm": ("#8fa3bf", "#5b7fd6", "#8b6fc0", "#b9c3d3", "#64748b"),
}


def chart_colours(dispositions: Iterable[str]) -> list[str]:
    """A colour for each outcome that agrees with its badge; empty (the rarer ones) is grey."""
    taken: dict[Tone, int] = {}
    colours = []
    for disposition in dispositions:
        if not disposition:
            colours.append("#cbd5e1")
            continue
        tone = tone_of(disposition)
        choice = CHART_COLOURS[tone]
        colours.append(choice[taken.get(tone, 0) % len(choice)])
        taken[tone] = taken.get(tone, 0) + 1
    return colours


def tone_of(disposition: str | None) -> Tone:
    """Green for a success, amber for something to follow up, red for what must not be repeated or went wrong."""
    if disposition in _GOOD:
        return "good"
    if disposition in _WARM:
        return "warm"
    return "bad" if disposition in _BAD else "calm"


def badge(text: str, tone: Tone = "calm") -> str:
    return f'<span class="ll-badge {tone}">{esc(text)}</span>'


def outcome_badge(disposition: str | None) -> str:
    return badge(outcome_word(disposition), tone_of(disposition))


def dot(tone: Tone, pulse: bool = False) -> str:
    return f'<span class="ll-dot {tone}{" pulse" if pulse else ""}" aria-hidden="true"></span>'


def page(*parts: str) -> str:
    """What is given to `st.html`."""
    return f'<div class="ll">{"".join(parts)}</div>'


def tight(*parts: str) -> str:
    """As `page`, with paragraphs as close as in a card."""
    return f'<div class="ll ll-tight">{"".join(parts)}</div>'


def head(title: str, *badges: str, lead: str = "") -> str:
    below = f'<p class="ll-lead">{esc(lead)}</p>' if lead else ""
    return page(f'<div class="ll-head"><h1>{esc(title)}</h1>{"".join(badges)}</div>{below}')


def dim(text: str) -> str:
    return f'<span class="ll-dim">{esc(text)}</span>'


def link_row(address: str, *cells: str) -> str:
    """A row of a list that leads somewhere. `cells` are HTML; the first is the name, the last stands at the right."""
    first, *middle, last = cells
    inner = "".join(f"<span>{cell}</span>" for cell in middle)
    return (
        f'<a class="ll-row" href="{esc(address)}"><span class="who">{first}</span>{inner}'
        f'<span class="end">{last}</span></a>'
    )


def plain_row(*cells: str) -> str:
    """The same for a row that leads nowhere."""
    first, *middle, last = cells
    inner = "".join(f"<span>{cell}</span>" for cell in middle)
    return f'<div class="ll-row"><span class="who">{first}</span>{inner}<span class="end">{last}</span></div>'


def rows(items: Iterable[str], columns: Literal["two", "three", "four"] = "four") -> str:
    return page(f'<div class="ll-rows {columns}">{"".join(items)}</div>')


def address(place: str, **query: str) -> str:
    """Of another page of ours, relative, so that it also works behind a proxy's prefix."""
    return place + "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())


def bubble(side: Literal["caller", "agent"], text: str, at_ms: int, not_heard: str = "") -> str:
    who = t("call.caller") if side == "caller" else t("call.assistant")
    cut = f'<div class="cut">{esc(not_heard)}</div>' if not_heard else ""
    return (
        f'<div class="ll-say {side}"><div class="meta"><span>{esc(who)}</span>'
        f"<span>{moments.position(at_ms)}</span></div>{esc(text)}{cut}</div>"
    )


def card(title: str, *lines: str, kind: Literal["", "strong", "alarm"] = "", beside: str = "") -> str:
    """`lines` and `beside` are HTML."""
    top = f'<div class="ll-split"><h3>{esc(title)}</h3><span>{beside}</span></div>'
    return f'<div class="ll-card {kind}">{top}{"".join(lines)}</div>'


def grid(cards: Iterable[str], three: bool = False) -> str:
    """Cards side by side as the width allows, read row by row."""
    return page(f'<div class="ll-grid{" three" if three else ""}">{"".join(cards)}</div>')


def fact(label: str, value: str, proof: str = "", badges: str = "") -> str:
    below = f'<div class="proof">{dim(proof)} {badges}</div>' if proof or badges else ""
    return (
        f'<div class="ll-fact"><div class="ll-split"><span>{esc(label)}</span>'
        f'<span class="value">{esc(value)}</span></div>{below}</div>'
    )


def facts(items: Iterable[str]) -> str:
    return f'<div class="ll-facts">{"".join(items)}</div>'


def paragraph(text: str, dimmed: bool = False) -> str:
    return f'<p class="{"ll-dim" if dimmed else ""}">{esc(text)}</p>'


def listing(lines: Iterable[str]) -> str:
    """A bulleted list of plain texts; nothing for none."""
    items = "".join(f"<li>{esc(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def field_label(title: str) -> str:
    """The label of a field that is drawn by several widgets; looks like those of single ones."""
    return page(f'<div class="ll-field-label">{esc(title)}</div>')


def field_problem(sentence: str, fix: str = "", error: bool = True) -> str:
    """What is wrong with a field, at the field."""
    below = f" {dim(fix)}" if fix else ""
    return f'<p class="ll-wrong {"bad" if error else "warm"}" role="status">{esc(sentence)}{below}</p>'


def numbered(place: int, text: str) -> str:
    return page(f'<span class="ll-number" aria-hidden="true">{place}</span>{esc(text)}')


def row_title(text: str) -> str:
    return page(f'<span class="ll-row-title">{esc(text)}</span>')


def small_link(where: str, text: str) -> str:
    """Opens beside the page, so that what is being filled in stays."""
    return f'<a class="ll-small-link" href="{esc(where)}" target="_blank">{esc(text)}</a>'


def rule_sentence(text: str, empty: bool = False) -> str:
    """What a rule says, above its parts."""
    return page(f'<p class="ll-rule{" empty" if empty else ""}" aria-live="polite">{esc(text)}</p>')


def code(value: Json) -> str:
    """A value as it stands in the document."""
    return f'<code class="ll-code">{esc(json.dumps(value, ensure_ascii=False))}</code>'


def section(title: str) -> str:
    """A heading inside a form."""
    return page(f'<h3 class="ll-section">{esc(title)}</h3>')


def between(word: str) -> str:
    """The word that joins two tests of a rule."""
    return page(f'<div class="ll-between">{esc(word)}</div>')
