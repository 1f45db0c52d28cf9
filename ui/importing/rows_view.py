"""Rows of a file as HTML: examples of a column, the first rows, those that are refused. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ui import looks
from ui.resources.lead_imports import LeadImportFull, Refused, Row
from ui.texts import t

EXAMPLES: Final = 3
CELL: Final = 60


def examples(found: LeadImportFull) -> list[str]:
    """Some of what each column holds, each value once."""
    rows = found.preview.rows if found.preview is not None else ()
    told = []
    for place in range(len(found.plan.names)):
        cells = dict.fromkeys(row.cells[place] for row in rows if place < len(row.cells) and row.cells[place])
        told.append(", ".join(_short(cell, 28) for cell in list(cells)[:EXAMPLES]))
    return told


def column(name: str, example: str) -> str:
    below = f"<br>{looks.dim(example)}" if example else f"<br>{looks.dim(t('il.column.empty'))}"
    return looks.tight(f"<p><b>{looks.esc(_short(name, CELL))}</b>{below}</p>")


def report(title: str, tone: looks.Tone, about: str = "") -> str:
    below = looks.paragraph(about) if about else ""
    return looks.page(
        f'<div class="ll-report {tone}" role="status"><div class="ll-h2">{looks.esc(title)}</div>{below}</div>'
    )


def refusals(found: Sequence[Refused]) -> str:
    """Reason and remedy, the rows that share them together; a row that was kept leads to its lead."""
    alike: dict[tuple[str, str], list[Refused]] = {}
    for each in found:
        alike.setdefault((each.problem, each.fix), []).append(each)
    return looks.page(*(_alike(rows) for rows in alike.values()))


def _alike(rows: Sequence[Refused]) -> str:
    numbers = ", ".join(f"{each.row:,}" for each in rows)
    title = t("il.row", number=numbers) if len(rows) == 1 else t("il.row.several", numbers=numbers)
    links = [
        looks.small_link(looks.address("leads", lead=each.lead_id), _link(each, rows)) for each in rows if each.lead_id
    ]
    fix = looks.paragraph(rows[0].fix, dimmed=True) if rows[0].fix else ""
    return looks.card(title, looks.paragraph(rows[0].problem), fix, " · ".join(links))


def _link(each: Refused, rows: Sequence[Refused]) -> str:
    return t("il.lead") if len(rows) == 1 else t("il.lead.of", number=f"{each.row:,}")


def table(names: Sequence[str], rows: Sequence[Row]) -> str:
    """As they stand in the file, with their numbers."""
    head = "".join(f'<th scope="col">{looks.esc(_short(name, CELL))}</th>' for name in names)
    body = []
    for row in rows:
        cells = "".join(f"<td>{looks.esc(_short(cell, CELL))}</td>" for cell in row.cells)
        if row.problem:
            cells = f'<td colspan="{max(1, len(names))}">{looks.dim(row.problem)}</td>'
        body.append(f'<tr><th scope="row">{row.row:,}</th>{cells}</tr>')
    corner = f'<th scope="col">{looks.esc(t("il.table.row"))}</th>'
    return looks.page(
        f'<div class="ll-file-rows" tabindex="0"><table><thead><tr>{corner}{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _short(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
