"""The page behind an opt-out link: whose number it stops, and one button. No log-in, no script, nothing personal.

Looking at the page stops nothing: mail scanners and previews follow every link. Only the button does.
"""

from __future__ import annotations

from html import escape
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from engine.api.opting_out import opt_out
from engine.api.services import Services, Use
from engine.flow.document import FlowDocument, FlowRefused
from engine.opt_out_links import PATH
from engine.store import DatabaseDown, flows, leads, suppression
from engine.store.leads import StoredLead

router = APIRouter(prefix=PATH, tags=["do not call"], include_in_schema=False)

_HEADERS: Final = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
}

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 18px/1.5 system-ui, sans-serif; margin: 0; color: #1c2430; background: #f5f6f8; }}
main {{ max-width: 30rem; margin: 12vh auto 0; padding: 2rem; background: #fff; border-radius: 12px; }}
h1 {{ font-size: 1.4rem; line-height: 1.25; margin: 0 0 .8rem; }}
p {{ margin: 0 0 1.2rem; }}
button {{ font: inherit; font-weight: 600; padding: .8rem 1.2rem; width: 100%; border: 0; border-radius: 8px;
  color: #fff; background: #1f4fd8; cursor: pointer; }}
button:focus-visible {{ outline: 3px solid #9db5ff; outline-offset: 2px; }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #e8ebf0; background: #14181f; }} main {{ background: #1e242e; }} }}
@media (max-width: 34rem) {{ main {{ margin: 0; min-height: 100vh; border-radius: 0; box-sizing: border-box; }} }}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>
"""
_BUTTON: Final = '<form method="post"><button type="submit">Stop calls and messages</button></form>'


@router.get("/{token}")
async def stop_page(token: str, use: Use) -> HTMLResponse:
    """Whose calls would be stopped, with a button."""
    lead_id = use.opt_out_links.read(token)
    if lead_id is None:
        return _wrong_link()
    try:
        found = await _lead(use, lead_id)
    except DatabaseDown:
        return _try_later()
    if found is None:
        return _forgotten()
    lead, seller, stopped = found
    if stopped:
        return _done(lead, seller)
    body = (
        f"<p>{escape(seller)} will not call or text {_number(lead)} any more. This takes effect at once.</p>{_BUTTON}"
    )
    return _page("Stop calls and messages?", body)


@router.post("/{token}")
async def stop_by_link(token: str, use: Use) -> HTMLResponse:
    """The button was pressed."""
    lead_id = use.opt_out_links.read(token)
    if lead_id is None:
        return _wrong_link()
    try:
        found = await _lead(use, lead_id)
        if found is None:
            return _forgotten()
        lead, seller, _ = found
        how = "pressed the button behind the opt-out link"
        await opt_out(use, lead.phone or "", f"link {lead_id}", how, door="link", also=[lead_id])
    except DatabaseDown:
        return _try_later()
    return _done(lead, seller)


async def _lead(use: Services, lead_id: str) -> tuple[StoredLead, str, bool] | None:
    """The lead, whom they would be called for, and whether they have opted out already."""
    async with use.database.read() as tx:
        lead = await leads.read(tx, lead_id)
        if lead is None:
            return None
        version = await flows.read_version(tx, lead.flow_id) if lead.flow_id else None
        stopped = bool(lead.phone) and await suppression.contains(tx, lead.phone or "")
    seller = ""
    if version is not None:
        try:
            seller = FlowDocument.load(version.text).flow.seller.say_as
        except FlowRefused:
            seller = ""
    return lead, seller or "The business that you wrote to", stopped


def _number(lead: StoredLead) -> str:
    return f"the number that ends in <b>{escape(lead.phone[-2:])}</b>" if lead.phone else "you"


def _done(lead: StoredLead, seller: str) -> HTMLResponse:
    return _page(
        "Done", f"<p>{escape(seller)} does not call or text {_number(lead)} any more. You can close this page."
    )


def _wrong_link() -> HTMLResponse:
    text = "<p>Please open it again from the message that you got, or answer that message with STOP.</p>"
    return _page("This link is not complete", text, 404)


def _forgotten() -> HTMLResponse:
    return _page(
        "Nothing to stop", "<p>Your details were deleted here, so nobody calls you. You can close this page.</p>"
    )


def _try_later() -> HTMLResponse:
    text = "<p>We could not write it down just now. Please press the button again in a minute.</p>"
    return _page("One moment", text + _BUTTON, 503)


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=title, body=body), status, _HEADERS)
