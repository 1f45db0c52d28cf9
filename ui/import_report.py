"""The words of an import's report: where a text is wrong, which packages are missing and how to get them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ui import looks
from ui.resources.imports import Ghost, Need, Outcome

AROUND: Final = 2
LINE_LENGTH: Final = 110
TONES: Final[dict[Outcome, looks.Tone]] = {
    "fine": "good", "upgraded": "good", "ghosts": "warm", "newer": "info", "refused": "bad",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file. `wrong`: the fault is in this one, at `column` (from 1; 0: no one place)."""

    number: int
    text: str
    wrong: bool = False
    column: int = 0


def decoded(content: bytes) -> str:
    """The text of a file, whatever editor wrote it. What is no text becomes one that the engine refuses in words."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8-sig", errors="replace")


def excerpt(text: str, line: int, column: int) -> list[Line]:
    """The lines around a fault; none when it has no place. Long ones are cut so that the fault stays in sight."""
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return []
    first = max(1, line - AROUND)
    found = []
    for number, each in enumerate(lines[first - 1 : line + AROUND], first):
        wrong = number == line
        cut, at = _cut(each.rstrip("\r"), column if wrong else 0)
        found.append(Line(number, cut, wrong, at))
    return found


def _cut(line: str, column: int) -> tuple[str, int]:
    if len(line) <= LINE_LENGTH:
        return line, column
    begin = max(0, min(column - LINE_LENGTH // 2, len(line) - LINE_LENGTH))
    before, after = "…" if begin else "", "…" if begin + LINE_LENGTH < len(line) else ""
    return before + line[begin : begin + LINE_LENGTH] + after, max(0, column - begin + len(before))


def excerpt_html(lines: Iterable[Line]) -> str:
    """Numbered, with the line that is wrong set off and a mark under the place."""
    rows = []
    for line in lines:
        kind = "wrong" if line.wrong else ""
        number = f'<span class="number">{line.number}</span>'
        rows.append(f'<div class="{kind}">{number}{looks.esc(line.text) or "&nbsp;"}</div>')
        if line.wrong and line.column:
            mark = " " * (line.column - 1) + "▲"
            rows.append(f'<div class="mark" aria-hidden="true"><span class="number"></span>{mark}</div>')
    return looks.page(f'<div class="ll-source" tabindex="0">{"".join(rows)}</div>') if rows else ""


def install_line(needs: Iterable[Need]) -> str:
    """The command that brings the packages; empty for none."""
    wanted = [
        f'"{need.package}{need.range}"' if need.range.strip() not in ("", "*") else need.package for need in needs
    ]
    return f"pip install {' '.join(wanted)}" if wanted else ""


def by_type(ghosts: Iterable[Ghost]) -> dict[str, list[str]]:
    """Names of the cards by their unknown type."""
    found: dict[str, list[str]] = {}
    for ghost in ghosts:
        found.setdefault(ghost.type, []).append(ghost.name or ghost.node)
    return found
