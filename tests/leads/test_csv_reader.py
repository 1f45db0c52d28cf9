"""Any CSV is read row by row, and what is wrong with one row takes no other with it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.leads.csv_files.look import count, data_rows, first_plan
from engine.leads.csv_files.reader import Row, Written, rows
from engine.leads.csv_files.sniffing import NotATable, sniff


def written_to(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    file = folder / "leads.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return file


def read(folder: Path, content: str, separator: str = ",") -> list[Row]:
    return list(rows(written_to(folder, content), Written(separator=separator)))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    lines = [["Name", "Phone", "Note"], ["Zoë, Dr. Miller", "+1 415 555 2671", "a; b | c, d"]] * 3
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(lines)
    assert sniff(written_to(tmp_path, out.getvalue())).separator == separator


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("cp1252", "cp1252"), ("latin-1", "cp1252"),
        ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be"),
    ],
)  # fmt: skip
def test_the_encoding_is_found_and_read(tmp_path: Path, encoding: str, found: str) -> None:
    content = "Name,Phone\r\n" + "Zoë Müller-Ærø,+14155552671\r\n" * 20
    file = written_to(tmp_path, content, encoding)
    written = sniff(file)
    assert (written.encoding, written.separator, written.header) == (found, ",", True)
    assert [row.cells for row in rows(file, written)][:2] == [("Name", "Phone"), ("Zoë Müller-Ærø", "+14155552671")]


def test_a_letter_of_another_encoding_at_the_very_end_is_noticed(tmp_path: Path) -> None:
    content = "Name,Phone\n" + "Ann,+14155552671\n" * 60_000
    file = written_to(tmp_path, content.encode() + "Zoë,+1".encode("cp1252"))
    assert sniff(file).encoding == "cp1252"


def test_line_breaks_in_quotes_belong_to_the_cell(tmp_path: Path) -> None:
    found = read(tmp_path, 'a,"first line\nsecond, line\r\n""third"""\nb,c\n')
    assert found == [Row(1, ("a", 'first line\nsecond, line\r\n"third"')), Row(2, ("b", "c"))]


def test_a_quote_in_the_middle_of_a_cell_is_a_quote(tmp_path: Path) -> None:
    assert read(tmp_path, '5" pipe,x\ny,"a"b\n') == [Row(1, ('5" pipe', "x")), Row(2, ("y", "ab"))]


def test_a_quote_that_is_never_closed_costs_its_row_and_no_other(tmp_path: Path) -> None:
    content = 'Ann,1\n"Bob,2\nCy,3\n' + "".join(f"n{each},{each}\n" for each in range(500))
    found = read(tmp_path, content)
    assert [row.number for row in found if row.problem] == [2]
    assert "never closed" in found[1].problem
    assert found[2] == Row(3, ("Cy", "3"))
    assert found[-1] == Row(503, ("n499", "499"))


def test_a_quote_open_at_the_end_of_the_file(tmp_path: Path) -> None:
    found = read(tmp_path, 'Ann,1\nBob,"2\nCy,3')
    assert [(row.number, bool(row.problem)) for row in found] == [(1, False), (2, True), (3, False)]


def test_rows_of_different_lengths_are_read_as_they_are(tmp_path: Path) -> None:
    assert [row.cells for row in read(tmp_path, "a,b,c\n1\n1,2,3,4\n")] == [
        ("a", "b", "c"),
        ("1",),
        ("1", "2", "3", "4"),
    ]


def test_a_line_without_end_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    found = read(tmp_path, "a,b\n" + "x" * 3_000_000 + "\nc,d\n")
    assert [(row.number, bool(row.problem)) for row in found] == [(1, False), (2, True), (3, False)]
    assert found[2].cells == ("c", "d")


def test_empty_rows_are_counted_by_number_and_are_no_leads(tmp_path: Path) -> None:
    file = written_to(tmp_path, "Name,Phone\n\n,,\nAnn,+14155552671\n\n")
    assert [row.number for row in data_rows(file, Written())] == [4]
    assert count(file, Written()) == 1


def test_rows_after_a_number_are_those_that_are_left(tmp_path: Path) -> None:
    file = written_to(tmp_path, "Name\nA\nB\nC\nD\n")
    assert [row.cells[0] for row in data_rows(file, Written(), after=3)] == ["C", "D"]
    assert [row.cells[0] for row in data_rows(file, Written(header=False), after=3)] == ["C", "D"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"), (b"  \r\n \n", "empty"), (b"PK\x03\x04" + bytes(2000), "Excel"),
        (b"\xd0\xcf\x11\xe0" + bytes(500), "Excel"), (b"%PDF-1.7 ...", "PDF"), (bytes(range(256)) * 40, "no text"),
        (b"\x7fELF" + bytes(3000), "no text"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(NotATable, match=words):
        sniff(written_to(tmp_path, content))


@pytest.mark.parametrize(
    ("first", "header"),
    [
        ("Name,Phone", True), ("Vorname;Telefon", True), ("Ann,+1 415 555 2671", False), ("Ann,ann@example.com", False),
        ("a,a", False), ("x,p:+14155552671", False),
    ],
)  # fmt: skip
def test_whether_the_first_row_names_the_columns(tmp_path: Path, first: str, header: bool) -> None:
    assert sniff(written_to(tmp_path, first + "\nBob,1\n" * 3)).header is header


def test_columns_are_known_by_their_names_in_several_languages(tmp_path: Path) -> None:
    content = "Vorname;Nachname;Telefon;E-Mail;PLZ;Budget;Consent Date;Phone;\nA;B;1;c;d;e;f;g;\n"
    plan = first_plan(written_to(tmp_path, content), Written(separator=";"))
    assert plan.columns == (
        "first_name", "last_name", "phone", "email", "zip", "Budget", "consent_at", "Phone", "ignore",
    )  # fmt: skip


def test_without_names_the_columns_are_known_by_what_they_hold(tmp_path: Path) -> None:
    content = "Ann,+1 415 555 2671,ann@example.com\nBob,(415) 555-2672,bob@example.com\n"
    plan = first_plan(written_to(tmp_path, content), Written(header=False))
    assert plan.columns == ("ignore", "phone", "email")
    assert plan.names == ("Column 1", "Column 2", "Column 3")


def test_a_day_above_twelve_tells_the_order_of_dates(tmp_path: Path) -> None:
    content = "Phone,Consent Date\n1,03/04/2026\n2,22/11/2026\n"
    assert first_plan(written_to(tmp_path, content), Written()).dates == "dmy"
    assert first_plan(written_to(tmp_path, content.replace("22/11", "11/22")), Written()).dates == "mdy"


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters='\n",;\t|'), max_size=30)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=8), st.sampled_from(",;\t|"))
def test_whatever_a_spreadsheet_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], separator: str
) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)
    file = tmp_path_factory.mktemp("csv") / "table.csv"
    file.write_text(out.getvalue(), encoding="utf-8", newline="")
    found = [list(row.cells) for row in rows(file, Written("utf-8", separator))]
    assert found == [[cell.strip() for cell in row] for row in table]


@given(st.binary(max_size=600))
def test_nothing_in_a_file_raises_but_in_words(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("csv") / "any.csv"
    file.write_bytes(content)
    try:
        written = sniff(file)
    except NotATable:
        return
    assert [row.number for row in rows(file, written)] == list(range(1, 1 + len(list(rows(file, written)))))
