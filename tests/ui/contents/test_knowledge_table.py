"""Knowledge from a table: read, understood, refused with a reason, brought in as one edit, and out again."""

from __future__ import annotations

import copy
import io
import zipfile

import pytest

from engine.flow import shipped
from engine.sdk import Json
from tests.support.memory_draft import MemoryDraft
from ui.contents.knowledge_table import Plan, Reading, amounts, as_csv, guess, plan, steps
from ui.contents.reading import thing, things
from ui.contents.sheets import MOST_ROWS, TableRefused, read_table


def flow() -> dict[str, Json]:
    return copy.deepcopy(shipped.load("home_services").data)


def workbook(*rows: list[object], shared: bool = True, more: dict[str, str] | None = None) -> bytes:
    """An .xlsx as Excel writes it, by hand."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings: list[str] = []
    lines = []
    for y, row in enumerate(rows, start=1):
        cells = []
        for x, value in enumerate(row):
            place = f"{chr(65 + x)}{y}"
            if value is None:
                continue
            if isinstance(value, bool):
                cells.append(f'<c r="{place}" t="b"><v>{int(value)}</v></c>')
            elif isinstance(value, int | float):
                cells.append(f'<c r="{place}"><v>{value}</v></c>')
            elif shared:
                strings.append(str(value))
                cells.append(f'<c r="{place}" t="s"><v>{len(strings) - 1}</v></c>')
            else:
                cells.append(f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>')
        lines.append(f'<row r="{y}">{"".join(cells)}</row>')
    table = "".join(f"<si><r><t>{each[:3]}</t></r><r><t>{each[3:]}</t></r></si>" for each in strings)
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships"><sheets><sheet name="FAQ" sheetId="7" r:id="rId3"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="rId3" Target="worksheets/sheet7.xml"/></Relationships>',
        "xl/worksheets/sheet7.xml": f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
        **({"xl/sharedStrings.xml": f'<sst xmlns="{main}">{table}</sst>'} if shared else {}),
        **(more or {}),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_commas_semicolons_and_tabs_are_told_apart(mark: str) -> None:
    text = f'Question{mark}Answer\n"Do you work, also on Sundays?"{mark}"Yes; by appointment."\n'
    assert read_table(text.encode()) == (
        ("Question", "Answer"),
        ("Do you work, also on Sundays?", "Yes; by appointment."),
    )


def test_a_paste_from_a_spreadsheet_keeps_line_breaks_inside_a_cell() -> None:
    assert read_table(b'How much?\t"One line\nand another"\n') == (("How much?", "One line\nand another"),)


def test_signs_of_old_windows_files_survive() -> None:
    assert read_table("Frage;Antwort\nWhat’s it cost?;10 €".encode("cp1252"))[1] == ("What’s it cost?", "10 €")
    assert read_table("a;b\ncafé;d".encode("utf-16"))[1] == ("café", "d")


@pytest.mark.parametrize("shared", [True, False])
def test_a_workbook_gives_the_rows_of_its_first_sheet(shared: bool) -> None:
    rows = read_table(workbook(["Question", "Answer"], ["Open Sundays?", None, 1500, 12.5, True], shared=shared))
    assert rows == (("Question", "Answer", "", "", ""), ("Open Sundays?", "", "1500", "12.5", "yes"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no rows"),
        (b" \n \n", "no rows"),
        (b"PK\x03\x04 nonsense", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", ".xls"),
        (b"a\0b\0\0c", "Save it as CSV"),
        (b"x" * (5 * 1024 * 1024 + 1), "5 MB"),
        (b"q,a\n" * (MOST_ROWS + 1), str(MOST_ROWS)),
    ],
)
def test_what_is_no_table_is_refused_in_plain_words(data: bytes, says: str) -> None:
    with pytest.raises(TableRefused, match=says):
        read_table(data)


def test_a_workbook_that_declares_entities_or_unpacks_without_end_is_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><sst>&a;</sst>'
    with pytest.raises(TableRefused):
        read_table(workbook(["Question"], more={"xl/sharedStrings.xml": bomb}))
    with pytest.raises(TableRefused):
        read_table(workbook(["Question"], more={"xl/worksheets/huge.xml": " " * (41 * 1024 * 1024)}))
    with pytest.raises(TableRefused):
        read_table(workbook(["Question"], more={"xl/worksheets/sheet7.xml": "<worksheet"}))


def test_columns_are_known_by_their_names() -> None:
    rows = read_table(b"Category,Question,Answer,Notes\nPrice,How much?,10 dollars,ask Bob\n")
    assert guess(rows) == Reading(("topic", "question", "say", "ignore"), heading=True)


def test_without_names_the_question_is_the_column_that_asks() -> None:
    rows = read_table(b"We come for free.,Is the estimate free?\nYes.,Do you work on Sundays?\n")
    assert guess(rows) == Reading(("say", "question"), heading=False)


def test_every_row_comes_in_or_says_why_not() -> None:
    rows = read_table(
        b"Question,Answer\nDo you feed ducks?,Every day.\n,Nobody asked\nNo answer?,\nDO YOU FEED DUCKS,Never.\n"
        b"What do you charge to fix a roof,About 300 to 900 dollars.\nLong?," + b"x" * 601 + b"\n"
    )
    found = plan(rows, guess(rows), flow())
    assert [(each.row, each.question) for each in found.fresh] == [(2, "Do you feed ducks?")]
    assert [(each.row, each.known) for each in found.known] == [(6, "price_roof_repair")]  # an alias of it
    assert [each.row for each in found.refused] == [3, 4, 5, 7]
    assert "row 2" in found.refused[2].why


def test_amounts_in_an_answer_may_be_spoken() -> None:
    assert amounts("Usually 300 to 1,500 dollars; $99.50 for the visit.") == [99.5, 300, 1500]
    assert amounts("Call 415 555 0100.") == []


def test_the_import_is_one_edit_without_a_problem_and_undone_as_one() -> None:
    draft = MemoryDraft(flow())
    errors = [issue for issue in draft.issues if issue.is_error]
    rows = read_table(
        b"Q,A,Topic,Aliases\nIs it free?,No: $99.,Price,Does it cost? | What's the fee?\nFaq two?,Yes.,,\n"
    )
    found = plan(rows, guess(rows), draft.document)
    draft.edit("Imported", *steps(draft.document, found, replace_known=False))
    assert len(draft.edits) == 1
    new = thing(draft.document, "knowledge", "is_it_free")
    assert new == {
        "id": "is_it_free", "question": "Is it free?", "aliases": ["Does it cost?", "What's the fee?"],
        "say": "No: $99.", "money": [99], "topic": "price",
    }  # fmt: skip
    assert [issue for issue in draft.issues if issue.is_error] == errors


def test_an_answer_that_is_there_is_replaced_only_when_wanted() -> None:
    document = flow()
    rows = read_table(b"Question,Answer\nWhat do you charge to fix a roof?,From 400 dollars.\n")
    found = plan(rows, guess(rows), document)
    assert steps(document, found, replace_known=False) == ()
    draft = MemoryDraft(document)
    draft.edit("Imported", *steps(document, found, replace_known=True))
    changed = thing(draft.document, "knowledge", "price_roof_repair")
    assert changed is not None
    assert (changed["say"], changed["money"]) == ("From 400 dollars.", [400])
    assert changed["about"]  # what it goes by stays


def test_what_goes_out_comes_in_again() -> None:
    document = flow()
    rows = read_table(as_csv(document))
    found = plan(rows, guess(rows), {**document, "knowledge": []})
    assert not found.refused
    assert [(e.question, e.say, list(e.aliases)) for e in found.fresh] == [
        (each["question"], each["say"], each.get("aliases", [])) for each in things(document, "knowledge")
    ]


def test_a_cell_that_a_spreadsheet_would_run_goes_out_as_text() -> None:
    document = {"knowledge": [{"id": "x", "question": "=HYPERLINK(1)", "say": "@home"}]}
    assert b"'=HYPERLINK(1),'@home" in as_csv(document)


def test_an_empty_plan_makes_no_edit() -> None:
    assert steps(flow(), Plan(), replace_known=True) == ()
