"""A form for a website source, as HTML: for the sample page, and to be copied into a website. Pure.

It works without the script too: the browser then posts it by itself.
"""

from __future__ import annotations

from html import escape
from typing import Final

from engine.leads.sources.website import Meaning, WebsiteSettings

SCRIPT: Final = "leadline-form.js"


def words_of_consent(settings: WebsiteSettings, seller: str) -> str:
    """The source's own, else some to begin with: who calls, with what voice, and that buying does not hang on it."""
    return settings.consent_text.strip() or (
        f"I agree that {seller} may call me at the number above about my request, also with an artificial (AI) voice. "
        "I need not agree to this in order to buy anything."
    )


def form(settings: WebsiteSettings, address: str, seller: str) -> str:
    """`address`: where it posts to."""
    words = escape(words_of_consent(settings, seller))
    version = f' data-consent-version="{escape(settings.consent_version)}"' if settings.consent_version else ""
    # Without the script nothing but fields is sent; the source knows its own words.
    hidden = "" if settings.consent_text.strip() else f'\n  <input type="hidden" name="consent_text" value="{words}">'
    agree = (
        f"<p data-leadline-consent>{words}</p>"
        if settings.consent_by == "sending"
        else f'<label class="tick"><input type="checkbox" {_named(settings, "consent")} value="yes" required> '
        f"<span data-leadline-consent>{words}</span></label>"
    )
    return f"""<form data-leadline="{escape(address)}" action="{escape(address)}" method="post"{version}>
  <label>Name <input {_named(settings, "name")} autocomplete="name" required></label>
  <label>Phone <input {_named(settings, "phone")} type="tel" autocomplete="tel" required></label>
  <label>E-mail <input {_named(settings, "email")} type="email" autocomplete="email"></label>
  <label>What can we do for you? <textarea name="request" rows="3"></textarea></label>
  {_honeypot(settings.honeypot)}{agree}{hidden}
  <button type="submit">Call me</button>
</form>"""


def embedded(settings: WebsiteSettings, base: str, source_id: str, seller: str) -> str:
    """All that goes into a website. `base`: how the world reaches this Leadline."""
    return f'<script src="{escape(base)}/{SCRIPT}" defer></script>\n' + form(settings, f"{base}/in/{source_id}", seller)


def _named(settings: WebsiteSettings, meaning: Meaning) -> str:
    """The source's own name for a field, with what it means where the script could not know it."""
    name = settings.fields.get(meaning, meaning)
    return f'name="{escape(name)}"' + ("" if name == meaning else f' data-leadline-field="{meaning}"')


def _honeypot(name: str) -> str:
    """Out of sight of people, of their browser's autofill and of those who are read to."""
    if not name:
        return ""
    return (
        '<div style="position:absolute;left:-10000px" aria-hidden="true">'
        f'<input name="{escape(name)}" tabindex="-1" autocomplete="off"></div>\n  '
    )
