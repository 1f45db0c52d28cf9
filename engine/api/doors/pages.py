"""Pages for people whose browser posted a form by itself: what happens next, or what is to be put right."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from fastapi.responses import HTMLResponse

from engine.leads import FieldProblem

STYLE: Final = """
:root { color-scheme: light dark; --paper: light-dark(#ffffff, #0f1716); --ink: light-dark(#16201f, #e6eceb);
  --dim: light-dark(#55615f, #9fb0ad); --line: light-dark(#cfd8d6, #34413f); --accent: light-dark(#0d766d, #35b8aa);
  --on-accent: light-dark(#ffffff, #06211e); --wrong: light-dark(#b3261e, #ff9d94);
  --soft: light-dark(#f3f6f5, #162120); }
* { box-sizing: border-box; }
body { font: 17px/1.55 system-ui, sans-serif; margin: 0; background: var(--soft); color: var(--ink); }
main { max-width: 34rem; margin: 8vh auto; padding: 2.2rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: .9rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .8rem; } p { margin: 0 0 1rem; }
a { color: var(--accent); } .dim { color: var(--dim); } li { margin-bottom: .5rem; } ul { padding-left: 1.2rem; }
@media (max-width: 40rem) { main { margin: 0; border: 0; border-radius: 0; min-height: 100vh; padding: 1.4rem; } }
"""
HEADERS: Final = {
    # Nothing runs on these pages and nothing is fetched for them.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


def taken(seller: str, back: str) -> HTMLResponse:
    """`seller`: who calls. `back`: the page that the form is on, empty if it is not known."""
    return _page(
        "Thank you. We have your request.",
        f"<p>{escape(seller)} will call you at the number that you gave, as soon as calls are allowed where you are. "
        "That may be in a few seconds: please keep your phone at hand.</p>"
        '<p class="dim">Was the number wrong? Send the form again with the right one. If you do not want to be called '
        f"after all, tell us when we call: then we never call again.</p>{_link(back, 'Back to the page')}",
        200,
    )


def to_be_corrected(problems: Sequence[FieldProblem], back: str) -> HTMLResponse:
    lines = "".join(
        f"<li><strong>{escape(each.problem)}</strong> {escape(each.fix)}</li>" for each in problems if each.fatal
    )
    return _page(
        "Something in the form must be put right.",
        f"<ul>{lines}</ul><p>Go back with your browser's back button: what you typed is still there.</p>"
        f"{_link(back, 'To the page with the form')}",
        422,
    )


def not_taken(detail: str, status: int, wait_s: int = 0) -> HTMLResponse:
    page = _page(
        "The form could not be sent.",
        f"<p>{escape(detail)}</p><p>Go back with your browser's back button: what you typed is still there.</p>",
        status,
    )
    if wait_s:
        page.headers["Retry-After"] = str(wait_s)
    return page


def _page(title: str, body: str, status: int) -> HTMLResponse:
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(text, status, headers=HEADERS)


def _link(back: str, text: str) -> str:
    if not back.startswith(("https://", "http://")):
        return ""
    return f'<p><a href="{escape(back)}" rel="noreferrer">{escape(text)}</a></p>'
