"""The script that website forms use, and for each website source a page with its form, to try it and to copy it
from."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from engine.api.doors.door import Door, DoorStuck, NoDoor
from engine.api.doors.pages import HEADERS, STYLE
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Use
from engine.leads.sources.form_markup import SCRIPT, embedded, form
from engine.leads.sources.settings import settings_of
from engine.leads.sources.website import WebsiteSettings

router = APIRouter(tags=["leads"])

_FORM_STYLE: Final = """
label { display: block; margin: 0 0 1rem; font-weight: 600; }
input, textarea { display: block; width: 100%; margin-top: .3rem; padding: .6rem .7rem; font: inherit;
  font-weight: 400; color: inherit; background: var(--paper); border: 1px solid var(--dim); border-radius: .45rem; }
label.tick { display: flex; gap: .7rem; font-weight: 400; align-items: flex-start; }
label.tick input { width: 1.25rem; height: 1.25rem; flex: none; margin: .15rem 0 0; accent-color: var(--accent); }
[aria-invalid=true] { border-color: var(--wrong); box-shadow: 0 0 0 1px var(--wrong); }
.leadline-problem { color: var(--wrong); margin: -.6rem 0 1rem; font-weight: 400; }
label .leadline-problem { margin: .4rem 0 0; }
.leadline-status { margin: 1rem 0 0; } .leadline-wrong { color: var(--wrong); }
button { font: inherit; font-weight: 600; padding: .65rem 1.4rem; border: 0; border-radius: .5rem; cursor: pointer;
  background: var(--accent); color: var(--on-accent); }
button[aria-disabled=true] { opacity: .6; cursor: progress; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
details { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: 1rem; } summary { cursor: pointer; }
pre { background: var(--soft); padding: .8rem; border-radius: .5rem; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: .8rem; }
"""


@router.get(f"/{SCRIPT}", operation_id="read_form_script", response_class=Response)
async def form_script() -> Response:
    """The script that makes a website's form robust: `<script src="https://.../leadline-form.js" defer></script>`."""
    headers = {
        "Cache-Control": "public, max-age=300",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(_script(), headers=headers, media_type="text/javascript; charset=utf-8")


@router.get(
    "/sample-form/{source_id}",
    operation_id="read_sample_form",
    response_class=HTMLResponse,
    responses={404: {"model": ProblemOut}},
)
async def sample_form(source_id: str, use: Use) -> HTMLResponse:
    """A page with the form of a website source that is on: to try it, and to copy it into a website."""
    try:
        door = await use.doors.at(source_id)
        settings = settings_of(WebsiteSettings, door.source.document)
    except (NoDoor, DoorStuck):
        door, settings = None, ()
    if door is None or door.source.kind != "website" or isinstance(settings, tuple):
        raise Problem(404, "There is no form at this address. It is there while its lead source is on.")
    return HTMLResponse(_page(door, settings, use.settings.public_url, source_id), headers=_headers(settings))


def _page(door: Door, settings: WebsiteSettings, base: str, source_id: str) -> str:
    title = f"{door.seller}: we call you"
    code = escape(embedded(settings, base, source_id, door.seller))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<style>{STYLE}{_FORM_STYLE}</style><script src="/{SCRIPT}" defer></script></head><body><main>'
        f"<h1>{escape(title)}</h1>"
        '<p class="dim">A sample page: what is sent here is a real lead, and is called.</p>'
        f"{form(settings, f'/in/{source_id}', door.seller)}"
        "<details><summary>This form for your own website</summary>"
        f'<p>Copy it into your page. Change and add fields as you like.</p><pre tabindex="0">{code}</pre></details>'
        "</main></body></html>"
    )


def _headers(settings: WebsiteSettings) -> dict[str, str]:
    thanks = urlsplit(settings.thank_you_url)
    after = f" {thanks.scheme}://{thanks.netloc}" if thanks.scheme in ("https", "http") and thanks.hostname else ""
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; "
        f"form-action 'self'{after}; frame-ancestors 'none'"
    )
    # With the page's address as the referrer, as on any website: it belongs to the evidence.
    return {**HEADERS, "Content-Security-Policy": policy, "Referrer-Policy": "strict-origin-when-cross-origin"}


@lru_cache(maxsize=1)
def _script() -> bytes:
    """In a checkout it lies in `examples/`, inside the package when installed."""
    here = Path(__file__).resolve().parents[1]
    installed = here / "shipped" / "website"
    folder = installed if installed.is_dir() else here.parent / "examples" / "website"
    return (folder / SCRIPT).read_bytes()
