"""Knowledge from a table and back: which column is what, what would come in, what would not and why. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from ui.contents.reading import Document, ids, new_id, text, texts, things
from ui.contents.sheets import Rows
from ui.forms.binding import Step, insert, write
from ui.records import Json
from ui.texts import t

Column = Literal["question", "say", "topic", "aliases", "ignore"]
COLUMNS: Final[tuple[Column, ...]] = ("question", "say", "topic", "aliases", "ignore")

LONGEST_ANSWER: Final = 600
"""Letters; about 40 seconds of talk. A longer one is read out by nobody."""
LONGEST_QUESTION: Final = 300

_HEADINGS: Final[Mapping[Column, frozenset[str]]] = {
    "question": frozenset(
        {"question", "questions", "q", "objection", "objections", "they say", "customer says", "faq"}
    ),
    "say": frozenset({"answer", "answers", "a", "say", "response", "reply", "we say", "text"}),
    "topic": frozenset({"topic", "category", "group", "theme", "subject", "tag"}),
    "aliases": frozenset({"aliases", "alias", "other wordings", "also asked as", "variants", "synonyms"}),
}
_AMOUNT: Final = re.compile(r"\$\s?(\d[\d,]*(?:\.\d+)?)|(\d[\d,]*(?:\.\d+)?)\s+dollars", re.IGNORECASE)
_RANGE: Final = re.compile(
    r"\$?\s?(\d[\d,]*(?:\.\d+)?)\s*(?:to|and|-|–)\s*(?=\$?\s?\d[\d,]*(?:\.\d+)?\s+dollars)", re.I
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read. `heading`: its first row names the columns."""

    columns: tuple[Column, ...]
    heading: bool


@dataclass(frozen=True, slots=True)
class Incoming:
    """A row that can come in. `row` counts from 1 as in the table. `known`: id of the entry that has this question
    already, empty for a new one."""

    row: int
    question: str
    say: str
    topic: str = ""
    aliases: tuple[str, ...] = ()
    known: str = ""

    @property
    def money(self) -> list[float]:
        return amounts(self.say)


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that does not come in. `shown`: the beginning of it."""

    row: int
    shown: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    fresh: tuple[Incoming, ...] = ()
    known: tuple[Incoming, ...] = ()
    refused: tuple[Refused, ...] = ()


def guess(rows: Rows) -> Reading:
    """What the columns most likely are: by their names, else by what stands in them."""
    width = len(rows[0])
    named = [_named(cell) for cell in rows[0]]
    if any(name is not None for name in named):
        columns: list[Column] = [name or "ignore" for name in named]
        heading = True
    else:
        columns = ["ignore"] * width
        heading = False
    body = rows[1:] if heading else rows
    free = [at for at, column in enumerate(columns) if column == "ignore"]
    if "question" not in columns and free:
        asked = {at: sum(row[at].endswith("?") for row in body) for at in free}
        best = max(free, key=lambda at: (asked[at], -at))
        columns[best] = "question"
        free.remove(best)
    if "say" not in columns and free:
        longest = max(free, key=lambda at: sum(len(row[at]) for row in body))
        columns[longest] = "say"
    return Reading(tuple(_once(columns)), heading)


def _named(cell: str) -> Column | None:
    plain = " ".join(re.sub(r"[^a-z ]", " ", cell.lower()).split())
    return next((column for column, names in _HEADINGS.items() if plain in names), None)


def _once(columns: Sequence[Column]) -> list[Column]:
    """A second column of the same name is ignored; several may hold other wordings."""
    seen: set[Column] = set()
    kept: list[Column] = []
    for column in columns:
        kept.append("ignore" if column in seen and column not in ("aliases", "ignore") else column)
        seen.add(column)
    return kept


def plan(rows: Rows, reading: Reading, document: Document) -> Plan:
    """What would come of the table. Raises nothing: a row that cannot come in says why."""
    known = _questions(document)
    fresh: list[Incoming] = []
    doubles: list[Incoming] = []
    refused: list[Refused] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        if number == 1 and reading.heading:
            continue
        entry = _entry(number, row, reading)
        shown = next((cell for cell in row if cell), "")[:80]
        why = _wrong(entry)
        if not why and (first := seen.get(_plain(entry.question))):
            why = t("table.row.twice", row=first)
        if why:
            refused.append(Refused(number, shown, why))
            continue
        seen[_plain(entry.question)] = number
        there = known.get(_plain(entry.question), "")
        (doubles if there else fresh).append(replace(entry, known=there))
    return Plan(tuple(fresh), tuple(doubles), tuple(refused))


def _entry(number: int, row: Sequence[str], reading: Reading) -> Incoming:
    cells: dict[Column, list[str]] = {}
    for column, cell in zip(reading.columns, row, strict=False):
        cells.setdefault(column, []).append(" ".join(cell.split()) if column != "aliases" else cell)
    aliases = [part.strip() for cell in cells.get("aliases", ()) for part in re.split(r"[|\n]", cell) if part.strip()]
    return Incoming(
        number,
        "".join(cells.get("question", [])[:1]),
        "".join(cells.get("say", [])[:1]),
        "".join(cells.get("topic", [])[:1]).lower(),
        tuple(dict.fromkeys(aliases)),
    )


def _wrong(entry: Incoming) -> str:
    if not entry.question:
        return t("table.row.no_question")
    if not entry.say:
        return t("table.row.no_answer")
    if len(entry.question) > LONGEST_QUESTION:
        return t("table.row.long_question", most=LONGEST_QUESTION)
    if len(entry.say) > LONGEST_ANSWER:
        return t("table.row.long_answer", most=LONGEST_ANSWER)
    return ""


def _questions(document: Document) -> dict[str, str]:
    """Ids of entries by all the ways in which they are asked."""
    return {
        _plain(question): text(entry, "id")
        for entry in reversed(things(document, "knowledge"))
        for question in (*texts(entry, "aliases"), text(entry, "question"))
    }


def _plain(question: str) -> str:
    return " ".join(re.sub(r"[^\w ]", " ", question.casefold()).split())


def amounts(say: str) -> list[float]:
    """Amounts of money that an answer names, each once, as numbers: with them it may be spoken."""
    found = [match.group(1) or match.group(2) for match in _AMOUNT.finditer(say)]
    found += [match.group(1) for match in _RANGE.finditer(say)]
    numbers = sorted({float(each.replace(",", "")) for each in found})
    return [int(each) if each.is_integer() else each for each in numbers]


def steps(document: Document, chosen: Plan, *, replace_known: bool) -> tuple[Step, ...]:
    """One edit: the new entries, and with `replace_known` new answers for questions that are there already."""
    made: list[Step] = []
    taken = ids(document, "knowledge")
    for entry in chosen.fresh:
        id = new_id(entry.question, taken, "entry")
        taken.append(id)
        made.append(insert(("knowledge",), _thing(id, entry)))
    for entry in chosen.known if replace_known else ():
        path = ("knowledge", entry.known)
        made.append(write(document, (*path, "say"), entry.say))
        made.append(write(document, (*path, "money"), list[Json](entry.money)))
    return tuple(made)


def _thing(id: str, entry: Incoming) -> dict[str, Json]:
    whole: dict[str, Json] = {"id": id, "question": entry.question}
    if entry.aliases:
        whole["aliases"] = list(entry.aliases)
    whole["say"] = entry.say
    if entry.money:
        whole["money"] = list[Json](entry.money)
    if entry.topic:
        whole["topic"] = entry.topic
    return whole


def as_csv(document: Document) -> bytes:
    """All entries, as a table that comes in again as it went out. Marked as UTF-8 for Excel; a cell that a spreadsheet
    would take for a formula is only text."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([t("table.heading.question"), t("table.heading.answer"), t("table.heading.topic"),
                     t("table.heading.aliases")])  # fmt: skip
    for entry in things(document, "knowledge"):
        cells = [text(entry, "question"), text(entry, "say"), text(entry, "topic"), " | ".join(texts(entry, "aliases"))]
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in cells])
    return file.getvalue().encode("utf-8-sig")
