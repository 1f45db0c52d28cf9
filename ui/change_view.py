"""Changes of a flow as HTML: what happened in a sentence, long texts side by side with the words that differ. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

from ui import looks
from ui.publishing import changes_by_place
from ui.resources.versions import Change
from ui.texts import t

SHORT: Final = 60
"""Texts up to this length stand in the sentence already."""

TONES: Final[dict[str, looks.Tone]] = {"added": "good", "removed": "bad", "changed": "info", "moved": "calm"}


def change(each: Change) -> str:
    mark = looks.badge(t(f"change.{each.kind}", otherwise=each.kind), TONES.get(each.kind, "calm"))
    return f'<div class="ll-change">{mark} {looks.esc(each.sentence)}{sides(each)}</div>'


def changes(found: Iterable[Change]) -> str:
    """All of them, by the part of the flow they are in."""
    sections = []
    for place, group in changes_by_place(found).items():
        title = t(f"change.place.{place}", otherwise=place.replace("_", " ").capitalize())
        sections.append(f'<div class="ll-h3 ll-place">{looks.esc(title)}</div>')
        sections += [f'<div class="ll-card">{change(each)}</div>' for each in group]
    return looks.page(*sections)


def sides(each: Change) -> str:
    """Before and after, when the sentence does not say it all."""
    before, after = each.before or "", each.after or ""
    if not before and not after:
        return ""
    if max(len(before), len(after)) <= SHORT and "\n" not in before + after and _told(each, before, after):
        return ""
    # Of a list only what came and what went is told, as it is of a thing that is new or gone as a whole.
    whole = each.place == "list" or each.kind in ("added", "removed")
    titles = ("change.removed", "change.added") if whole else ("change.before", "change.after")
    if not before or not after:
        only = "ins" if after else "del"
        side = t(titles[1] if after else titles[0])
        return f'<div class="ll-sides one">{_side(side, f"<{only}>{looks.esc(after or before)}</{only}>")}</div>'
    old, new = (looks.esc(before), looks.esc(after)) if each.place == "list" else _marked(before, after)
    return f'<div class="ll-sides">{_side(t(titles[0]), old)}{_side(t(titles[1]), new)}</div>'


def _told(each: Change, before: str, after: str) -> bool:
    return all(text in each.sentence for text in (before, after) if text)


def _side(title: str, html: str) -> str:
    return f'<div><span class="side">{looks.esc(title)}</span>{html}</div>'


def _marked(before: str, after: str) -> tuple[str, str]:
    """Both texts with the words marked that the other one has not."""
    old, new = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (before, after))
    left, right = [], []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = looks.esc("".join(old[a:b])), looks.esc("".join(new[c:d]))
        left.append(gone if kind == "equal" or not gone else f"<del>{gone}</del>")
        right.append(come if kind == "equal" or not come else f"<ins>{come}</ins>")
    return "".join(left), "".join(right)
