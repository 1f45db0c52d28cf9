"""A table of people who have agreed to be called: uploaded, settled how it is read, and followed while it comes in."""

from __future__ import annotations

import streamlit as st

from ui import parts
from ui.importing import choosing, following, settling
from ui.resources import lead_imports
from ui.texts import t


def main() -> None:
    chosen = st.query_params.get("import")
    if not chosen:
        with parts.troubles():
            choosing.draw()
        return
    st.page_link("app_pages/import_leads.py", label=t("il.back"), icon=":material/arrow_back:")
    with parts.troubles():
        found = lead_imports.one(parts.engine(), chosen)
        if found.state == "uploaded":
            settling.draw(found)
        else:
            following.draw(found)


main()
