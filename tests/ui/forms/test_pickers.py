"""What a form says of what can be picked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.form_page import context, shipped_draft
from tests.support.page_text import raw
from ui.forms.pickers import options_for
from ui.forms.shapes import Pick
from ui.resources.connections import Connection, Kind

KINDS = (Kind("google_sheets", "Google Sheets"), Kind("smtp", "Mail server"))
MADE = datetime(2026, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "shown"), [("google_sheets", "office (Google Sheets)"), ("smtp", "office (Mail server)")]
)
def test_the_name_of_a_product_keeps_its_capitals(kind: str, shown: str) -> None:
    around = replace(context(shipped_draft()), kinds=KINDS, connections=(Connection("office", kind, MADE),))
    assert options_for(around, Pick("connection", kinds=(kind,))) == {"office": shown}


def test_the_link_to_make_a_connection_names_the_product_as_its_maker_does() -> None:
    def page() -> None:
        from dataclasses import replace

        from tests.support.form_page import context, shipped_draft
        from ui.forms.pickers import add_connection
        from ui.forms.shapes import Pick
        from ui.resources.connections import Kind

        kinds = (Kind("google_sheets", "Google Sheets"),)
        around = replace(context(shipped_draft()), kinds=kinds, connections=())
        add_connection(around, Pick("connection", kinds=("google_sheets",)))

    shown = AppTest.from_function(page).run(timeout=60)
    assert not shown.exception
    assert "Add one (Google Sheets)" in raw(shown)
