"""Files of numbers as they come from registries, spreadsheets and people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.leads.number_file import LONGEST_LINE, Lines, NumberReader

PHONE = "+14155552671"


@pytest.mark.parametrize(
    "line",
    [
        "4155552671",
        "415-555-2671",
        "(415) 555-2671",
        "+1 415 555 2671",
        "1.415.555.2671",
        "415,5552671",
        "415, 555-2671",
        "415\t5552671",
        "415;5552671;;",
        '"Reyes, Dana","(415) 555-2671","94107"',
        "Dana Reyes;dana@example.com;415 555 2671",
        "94107,4155552671",
        "\u00a0415\u2011555\u20112671 ",
    ],
)
def test_a_number_is_found_however_it_is_written(line: str) -> None:
    reader = NumberReader()
    assert reader.read([line]) == [PHONE]
    assert reader.bad == 0


def test_numbers_of_other_countries_need_their_code() -> None:
    reader = NumberReader()
    assert reader.read(["+44 20 7946 0958", "x,+49 30 123456"]) == ["+442079460958", "+4930123456"]
    assert NumberReader("GB").read(["020 7946 0958"]) == ["+442079460958"]


def test_the_column_that_the_first_line_names_is_read_and_no_other() -> None:
    reader = NumberReader()
    lines = ["Name,Fax,Mobile phone", "Dana,4155550000,4155552671", "Ben,4155550001,"]
    assert reader.read(lines) == [PHONE]
    assert (reader.bad, reader.unreadable) == (1, [3])


def test_the_two_columns_of_the_registry_may_have_names() -> None:
    assert NumberReader().read(["Area Code,Phone Number", "415,5552671"]) == [PHONE]


def test_lines_without_a_number_are_told_by_their_place_and_never_quoted() -> None:
    reader = NumberReader(keep=2)
    assert reader.read(["4155552671", "", "call Dana", "12", "1155552671", "415555267"]) == [PHONE]
    assert (reader.lines, reader.bad, reader.unreadable) == (6, 4, [3, 4])


def test_words_and_dates_are_no_numbers() -> None:
    assert NumberReader().read(["2026-11-26", "order 4155552671a", "12:30:45.123456"]) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_every_encoding_that_spreadsheets_write_is_read(encoding: str) -> None:
    content = "Teléfono,Señora\r\n4155552671,Muñoz\r\n".encode(encoding)
    assert NumberReader().read(Lines().feed(content, last=True)) == [PHONE]


@given(st.lists(st.integers(1, 40), min_size=1), st.sampled_from(["\n", "\r\n"]))
def test_however_a_file_is_cut_its_lines_are_the_same(cuts: list[int], end: str) -> None:
    content = (end.join(["4155552671", "", "415,5552672", "Ana,4155552673"]) + end).encode()
    lines, found, at = Lines(), [], 0
    for cut in cuts:
        found += lines.feed(content[at : at + cut])
        at += cut
    found += lines.feed(content[at:], last=True)
    assert NumberReader().read(found) == ["+14155552671", "+14155552672", "+14155552673"]


def test_a_file_without_lines_needs_no_memory_for_all_of_it() -> None:
    lines = Lines()
    for _ in range(100):
        lines.feed(b"4" * LONGEST_LINE)
        assert len(lines._rest) <= LONGEST_LINE
