"""A message for Slack: blocks within its limits, and texts in which nothing that a caller said does anything. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.sdk import Json

HEADER_LIMIT: Final = 150
SECTION_LIMIT: Final = 3_000
FIELD_LIMIT: Final = 2_000
FIELDS_A_SECTION: Final = 10
BLOCK_LIMIT: Final = 50
FALLBACK_LIMIT: Final = 4_000
MOST_TEXTS: Final = 10  # sections of the card's text; nobody reads more in a channel
CUT: Final = "… (shortened; the whole of it is kept in Leadline)"

_PLACEHOLDER: Final = re.compile(r"\{[a-z_]+(?::[\w.-]+)?\}")
_MARKUP: Final = re.compile(
    r"<(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+(?:\|[^<>|]*)?|!(?:here|channel|everyone)|!subteam\^[A-Z0-9]+|"
    r"(?:https?://|mailto:)[^<>|\s]+(?:\|[^<>|]*)?)>"
)
"""What an author may write on purpose: mentions and links."""


@dataclass(frozen=True, slots=True)
class Message:
    """`title`: plain. `text`: Slack's markup. `answers`: label and value, plain. `link`: of the call in Leadline."""

    title: str
    text: str
    answers: Sequence[tuple[str, str]] = ()
    link: str = ""
    reference: str = ""


def escaped(text: str) -> str:
    """So that Slack shows it and does nothing else with it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def filled(template: str, fill: Callable[[str], str]) -> str:
    """A template as Slack's markup: mentions and links that its author wrote work, those in a value do not."""
    return _pieces(template, _PLACEHOLDER, lambda placeholder: escaped(fill(placeholder)), _author)


def _author(text: str) -> str:
    return _pieces(text, _MARKUP, lambda markup: markup, escaped)


def _pieces(text: str, pattern: re.Pattern[str], found: Callable[[str], str], between: Callable[[str], str]) -> str:
    parts, at = [], 0
    for match in pattern.finditer(text):
        parts += [between(text[at : match.start()]), found(match[0])]
        at = match.end()
    return "".join((*parts, between(text[at:])))


def payload(message: Message) -> dict[str, Json]:
    """What is posted. `text` stands in notifications, and where blocks cannot be shown."""
    title = " ".join(message.title.split()) or "Call"
    blocks: list[Json] = [
        {"type": "header", "text": {"type": "plain_text", "text": cut(title, HEADER_LIMIT, "…"), "emoji": False}}
    ]
    blocks += [{"type": "section", "text": _markdown(each)} for each in sections(message.text)]
    fields: list[Json] = [_markdown(_field(label, value)) for label, value in message.answers]
    room = BLOCK_LIMIT - len(blocks) - 1
    starts = range(0, len(fields), FIELDS_A_SECTION)
    blocks += [{"type": "section", "fields": fields[at : at + FIELDS_A_SECTION]} for at in [*starts][:room]]
    foot = " · ".join(part for part in (_link(message.link), escaped(message.reference)) if part)
    if foot:
        blocks.append({"type": "context", "elements": [_markdown(foot)]})
    return {"text": cut(escaped(title), FALLBACK_LIMIT, "…"), "blocks": blocks}


def sections(text: str) -> list[str]:
    """Pieces of at most 3,000 characters, parted between lines where that can be, never inside an escape."""
    left, found = text.strip(), list[str]()
    while left and len(found) < MOST_TEXTS:
        piece = _whole(left, SECTION_LIMIT)
        if len(piece) < len(left) and "\n" in piece:
            piece = piece[: piece.rindex("\n") + 1]
        found.append(piece.strip("\n"))
        left = left[len(piece) :]
    if left:
        found[-1] = cut(found[-1] + left, SECTION_LIMIT, CUT)
    return [each for each in found if each.strip()]


def cut(text: str, limit: int, mark: str) -> str:
    """At most `limit` characters, with `mark` at the end of what was longer."""
    return text if len(text) <= limit else _whole(text, limit - len(mark)) + mark


def _whole(text: str, limit: int) -> str:
    """The beginning of a text, without half an escape or half a piece of markup at its end."""
    piece = text[:limit]
    if len(text) > limit:
        piece = re.sub(r"&[a-z]{0,3}$", "", piece)
        opened = piece.rfind("<")
        if opened > piece.rfind(">"):
            piece = piece[:opened] or piece
    return piece


def _field(label: str, value: str) -> str:
    return cut(f"*{escaped(label)}*\n{escaped(value) or '–'}", FIELD_LIMIT, "…")


def _link(address: str) -> str:
    return f"<{address}|Open the call in Leadline>" if address else ""


def _markdown(text: str) -> dict[str, Json]:
    """`verbatim`: what looks like an address or a name in it does not become a link by itself."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
